/** Where the policy packs are, and how they are configured for each stack. */
import { join } from "node:path";

import { type StackName, projectRoot } from "../project.ts";
import type { Policies } from "../stack.ts";

/**
 * Both packs, in the one process that costs less, with the levels of a stack, as the Pulumi engine takes them.
 *
 * @param folder where the program is: this checkout by default.
 */
export function policiesOf(stack: StackName, folder = projectRoot): Policies {
  return {
    policyPack: join(folder, "policy", "both"),
    policyPackConfig: join(folder, "policy", "config", `${stack}.json`),
  };
}
