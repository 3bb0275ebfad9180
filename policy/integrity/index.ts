import { registerPack } from "../src/register.ts";

registerPack("integrity");
