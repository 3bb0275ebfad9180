import { registerPacks } from "../src/register.ts";

registerPacks("all", ["checklist", "integrity"]);
