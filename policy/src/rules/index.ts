/** All rules of the pack `checklist` that need one object alone. */
import type { Rule } from "../rule.ts";
import { images } from "./images/index.ts";
import { mesh } from "./mesh/index.ts";
import { network } from "./network/index.ts";
import { podSecurity } from "./podSecurity/index.ts";
import { rbac } from "./rbac/index.ts";
import { resources } from "./resources/index.ts";
import { secrets } from "./secrets/index.ts";

export const checklistRules: readonly Rule[] = [
  ...podSecurity,
  ...network,
  ...rbac,
  ...secrets,
  ...mesh,
  ...resources,
  ...images,
];

/** Rules of the pack `integrity` that need one object alone. */
export const integrityRules: readonly Rule[] = [];
