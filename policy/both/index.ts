import { registerPack } from "../src/register.ts";

registerPack("both");
