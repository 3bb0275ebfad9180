/** All rules that need one object alone, by pack. */
import type { Rule } from "../rule.ts";
import { audit } from "./audit/index.ts";
import { backup } from "./backup/index.ts";
import { images } from "./images/index.ts";
import { integrity } from "./integrity/index.ts";
import { mesh } from "./mesh/index.ts";
import { meta } from "./meta/index.ts";
import { network } from "./network/index.ts";
import { highUid } from "./podSecurity/highUid.ts";
import { podSecurity } from "./podSecurity/index.ts";
import { rbac } from "./rbac/index.ts";
import { resources } from "./resources/index.ts";
import { secrets } from "./secrets/index.ts";

/** The ten items of the security checklist. */
export const checklistRules: readonly Rule[] = [
  ...podSecurity,
  highUid,
  ...network,
  ...rbac,
  ...secrets,
  ...mesh,
  ...resources,
  ...audit,
  ...images,
  ...backup,
];

/** What keeps objects fitting together, and the gate whole. */
export const integrityRules: readonly Rule[] = [...integrity, ...meta];
