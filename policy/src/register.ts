/** Makes packs known to the Pulumi engine that started this process. */
import { PolicyPack } from "@pulumi/policy";

import { graphPolicyOf, policyOf } from "./crossguard.ts";
import { packOf } from "./packs.ts";
import type { PackName } from "./rule.ts";

/**
 * Registers packs as one, each as two policies: one for each object, and one, with `-graph`, for all together. What the
 * engine tells a process of every resource costs more than to judge it, so both packs in one are half the price.
 */
export function registerPacks(name: string, names: readonly PackName[]): void {
  const packs = names.map(packOf);
  new PolicyPack(`paw-${name}`, {
    description: packs.map(({ description }) => description).join(". "),
    enforcementLevel: "mandatory",
    policies: packs.flatMap((pack) => [
      policyOf(pack.name, {
        description: pack.description,
        rules: pack.objectRules,
        exceptions: pack.exceptions,
      }),
      graphPolicyOf(`${pack.name}-graph`, pack.description, pack),
    ]),
  });
}
