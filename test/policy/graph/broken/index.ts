/** All ways in which the small deployment is broken. */
import { network } from "./network.ts";
import { availability, evidence, mesh } from "./platform.ts";
import { integrity } from "./references.ts";
import { rights, secrets } from "./rights.ts";
import type { Broken } from "./shape.ts";

export const brokenWorlds: readonly Broken[] = [
  ...network,
  ...rights,
  ...secrets,
  ...mesh,
  ...availability,
  ...evidence,
  ...integrity,
];
