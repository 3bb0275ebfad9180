/** Rules about the deployment as a whole. */
import type { Finding, RuleAbout } from "../rule.ts";
import type { Graph, Item } from "./graph.ts";

/** A finding about an object in its surroundings; without an object it is about the deployment as a whole. */
export interface GraphFinding extends Finding {
  readonly item?: Item;
}

/** A rule about the whole deployment: data about it, and a pure function that applies it. */
export interface GraphRule extends RuleAbout {
  /**
   * What has to be among the objects for the rule to mean anything. Without it the rule says `not evaluated`, which is
   * not green (see meta-evaluated).
   */
  readonly needs?: "charts";
  readonly check: (graph: Graph) => readonly GraphFinding[];
}

/** A finding at an object, or about the deployment as a whole. */
export function findingAt(
  item: Item | undefined,
  path: string,
  [found, wanted]: readonly [string, string],
): GraphFinding {
  return { ...(item ? { item } : {}), path, found, wanted };
}

/** Whether a rule can be applied to a deployment. */
export function isEvaluated({ needs }: GraphRule, graph: Graph): boolean {
  return needs !== "charts" || graph.chartsRendered;
}
