/** Where the policy packs are, and how they are configured for each stack. */
import { join } from "node:path";

import { packNames } from "../../../policy/src/rule.ts";
import { type StackName, projectRoot } from "../project.ts";
import type { Policies } from "../stack.ts";

/** Both packs with the levels of a stack, as the Pulumi engine takes them. */
export function policiesOf(stack: StackName): Policies {
  const config = join(projectRoot, "policy", "config", `${stack}.json`);
  return {
    policyPacks: packNames.map((name) => join(projectRoot, "policy", name)),
    policyPackConfigs: packNames.map(() => config),
  };
}
