/** Rule by rule: its twin, or why it has none. Every rule of the checklist is in exactly one of the two. */
import type { Twin } from "../twin.ts";
import { images } from "./images.ts";
import { mesh } from "./mesh.ts";
import { network } from "./network.ts";
import { podSecurity } from "./podSecurity.ts";
import { rbac } from "./rbac.ts";
import { resources } from "./resources.ts";
import { secrets } from "./secrets.ts";

export const twins: Readonly<Record<string, Twin>> = {
  ...podSecurity,
  ...network,
  ...rbac,
  ...secrets,
  ...mesh,
  ...resources,
  ...images,
};

export const withoutTwin: Readonly<Record<string, string>> = {
  "netpol-explicit-types":
    "the API server fills in policyTypes and podSelector before admission sees the object: what was left out is gone",
};
