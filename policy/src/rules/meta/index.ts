/** The gate itself: nothing gets past it unseen. */
import type { Rule } from "../../rule.ts";
import { noRelease } from "./noRelease.ts";
import { patches } from "./patches.ts";
import { unknownIdentity } from "./unknown.ts";

export const meta: readonly Rule[] = [noRelease, unknownIdentity, patches];
