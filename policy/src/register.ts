/** Makes a pack known to the Pulumi engine that started this process. */
import { PolicyPack } from "@pulumi/policy";

import { graphPolicyOf, policyOf } from "./crossguard.ts";
import { type PackFolder, packOf } from "./packs.ts";

/** Registers a pack as two policies: one for each object, and one, with `-graph`, for all together. */
export function registerPack(name: PackFolder): void {
  const pack = packOf(name);
  const { description, objectRules, exceptions } = pack;
  new PolicyPack(`paw-${name}`, {
    description,
    enforcementLevel: "mandatory",
    policies: [
      policyOf(name, { description, rules: objectRules, exceptions }),
      graphPolicyOf(`${name}-graph`, description, pack),
    ],
  });
}
