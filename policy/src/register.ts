/** Makes a pack known to the Pulumi engine that started this process. */
import { flushCompileCache } from "node:module";

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
  // The engine kills packs, and Node would write what it compiled when it ends: each start would compile it all anew.
  // It is done while the engine starts the program, which takes a second, and nothing waits for the pack.
  setTimeout(flushCompileCache, 300).unref();
}
