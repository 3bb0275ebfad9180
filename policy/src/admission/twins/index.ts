/** Rule by rule: its twin, or why it has none. Every rule of the checklist is in exactly one of the two. */
import type { Twin } from "../twin.ts";
import { backup } from "./backup.ts";
import { externalSecrets } from "./externalSecrets.ts";
import { images } from "./images.ts";
import { mesh } from "./mesh.ts";
import { network } from "./network.ts";
import { podSecurity } from "./podSecurity.ts";
import { rbac } from "./rbac.ts";
import { resources } from "./resources.ts";
import { secrets } from "./secrets.ts";
import { ownKey } from "./signingKeys.ts";

export const twins: Readonly<Record<string, Twin>> = {
  ...podSecurity,
  ...network,
  ...rbac,
  ...secrets,
  ...externalSecrets,
  "validator-own-key": ownKey,
  ...mesh,
  ...resources,
  ...images,
  ...backup,
};

const advice =
  "it is advice on every stack: previews give it, and a warning at every request would hide those that matter";
const noObject = "what it judges is no object of the API server:";

export const withoutTwin: Readonly<Record<string, string>> = {
  "pod-high-uid": advice,
  "secret-env-ref": advice,
  "res-ratio": advice,
  spread: advice,
  "priority-class": advice,
  "netpol-explicit-types":
    "the API server fills in policyTypes and podSelector before admission sees the object: what was left out is gone",
  "chart-values-literal": `${noObject} a Helm release is known to Helm alone`,
  "audit-policy": `${noObject} it is a file that the API server is started with`,
  "vap-audit": "the API server holds no admission policy against admission policies",
  "vault-hardened":
    "CEL cannot take the comments out of a configuration, and Vault's own namespace is not judged",
  "img-lock":
    "the list changes with every scan, and ages by the day; at admission policy-controller asks for the signature itself",
  "backup-schedule": "CEL cannot count through a cron line; that of a CronJob is judged by the API server",
};
