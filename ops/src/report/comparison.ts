/** Objects beside those of another stack, or of the same stack at another commit. */
import type { Given } from "../../../policy/src/graph/graph.ts";
import { type Change, changesBetween } from "../compare/changes.ts";
import type { StackName } from "../project.ts";

export interface Comparison {
  /** In words: `commit 1a2b3c4` or `stack staging`. */
  readonly against: string;
  /** What the changes mean: one program after the other, or two stacks that stay side by side. */
  readonly note: string;
  readonly changes: readonly Change[];
}

/** What the program has changed since a commit. */
export function besideCommit(commit: string, before: readonly Given[], given: readonly Given[]): Comparison {
  return {
    against: `commit ${commit.slice(0, 12)}`,
    note: "What a deployment of this would do to one of that commit.",
    changes: changesBetween(before, given),
  };
}

/** How another stack differs. Addresses in Pulumi's state name their stack, and so say nothing of a move between two. */
export function besideStack(stack: StackName, before: readonly Given[], given: readonly Given[]): Comparison {
  const withoutAddress = before.map(({ manifest, source }) => ({ manifest, source }));
  return {
    against: `stack ${stack}`,
    note: "Nothing is ever turned from one stack into the other: what would be removed or replaced shows where they part.",
    changes: changesBetween(withoutAddress, given),
  };
}
