/** One change of the small deployment each, the rule that it breaks, and the object that is named for it. */
import type { Manifest } from "../../../../policy/src/k8s/manifest.ts";
import type { Changes } from "../world.ts";

export interface Broken {
  readonly rule: string;
  readonly what: string;
  readonly changes?: Changes;
  readonly more?: readonly Manifest[];
  /** The object that the finding names; `deployment` where there is none. */
  readonly at: string;
  /** End of the path that the finding names. */
  readonly path?: string;
  /** How many places break the rule; one where nothing is said. */
  readonly places?: number;
}

export const broken = (
  [rule, what, at]: readonly [string, string, string],
  rest: Omit<Broken, "rule" | "what" | "at">,
): Broken => ({
  rule,
  what,
  at,
  ...rest,
});
/** Changes of one object. */
export const one = (name: string, edits: Changes[string]): { changes: Changes } => ({
  changes: { [name]: edits },
});

export const validator = "StatefulSet paw/paw-validator";
export const api = "Deployment paw/paw-api";
export const pod = "spec.template.spec";
export const container = `${pod}.containers[0]`;
