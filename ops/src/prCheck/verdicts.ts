/** What the rules say of a stack, item by item of the checklist. */
import type { Assessment, Judged } from "../../../policy/src/assess.ts";
import { isBlocking } from "../../../policy/src/judge.ts";
import { type RuleAbout, checklist } from "../../../policy/src/rule.ts";
import type { Verdict } from "../running/checks.ts";

export type Item = RuleAbout["item"];

/** The ten items, and the two groups of rules beside them. */
export const items: readonly Item[] = [
  ...Object.keys(checklist).map((number) => Number(number) as keyof typeof checklist),
  "integrity",
  "meta",
];

export function titleOf(item: Item): string {
  if (item === "integrity") return "objects fit together";
  if (item === "meta") return "the gate itself";
  return `${item}. ${checklist[item]}`;
}

export interface ItemVerdict {
  readonly item: Item;
  readonly verdict: Verdict;
  /** Rules of the item that were applied. */
  readonly rules: number;
  /** Ids of those that had nothing to judge. */
  readonly notEvaluated: readonly string[];
  readonly failed: readonly Judged[];
  readonly warnings: number;
  readonly accepted: number;
}

/** A verdict for each item: failed where a rule fails the gate, not evaluated where one had nothing to judge. */
export function verdictsOf(assessment: Assessment): ItemVerdict[] {
  return items.map((item) => {
    const rules = assessment.rules.filter((rule) => rule.item === item).map(({ id }) => id);
    const own = assessment.findings.filter(({ rule }) => rule.item === item);
    const failed = own.filter(isBlocking);
    const untold = own.filter((finding) => finding.notEvaluated === true).map(({ rule }) => rule.id);
    const notEvaluated = [
      ...new Set([...rules.filter((id) => assessment.notEvaluated.includes(id)), ...untold]),
    ];
    const accepted = own.filter(({ exception }) => exception !== undefined).length;
    return {
      item,
      verdict: failed.length > 0 ? "failed" : notEvaluated.length > 0 ? "not evaluated" : "proven",
      rules: rules.length - rules.filter((id) => assessment.notEvaluated.includes(id)).length,
      notEvaluated,
      failed,
      warnings: own.length - failed.length - accepted,
      accepted,
    };
  });
}
