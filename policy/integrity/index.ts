import { registerPacks } from "../src/register.ts";

registerPacks("integrity", ["integrity"]);
