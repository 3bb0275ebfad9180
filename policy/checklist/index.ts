import { registerPacks } from "../src/register.ts";

registerPacks("checklist", ["checklist"]);
