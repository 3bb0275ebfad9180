/** The ten items of the security checklist, each with its verdict and what it rests on. */
import { type AssessOptions, type Assessment, type Judged, assess } from "../../../policy/src/assess.ts";
import type { Given } from "../../../policy/src/graph/graph.ts";
import { allRules, packOf } from "../../../policy/src/packs.ts";
import { packNames } from "../../../policy/src/rule.ts";
import { statusOf } from "../policy/formats.ts";
import { type ItemVerdict, titleOf, verdictsOf } from "../prCheck/verdicts.ts";
import type { Verdict } from "../running/checks.ts";

/** Findings of one rule that count alike, and what is said of them. */
export interface FindingGroup {
  readonly rule: string;
  readonly description: string;
  readonly status: ReturnType<typeof statusOf>;
  /** Whether the rule could not tell; see Finding. */
  readonly unknown: boolean;
  /** What to write instead. */
  readonly fix: string;
  /** Each object once, as messages name it, with what was found there first. */
  readonly places: readonly { readonly subject: string; readonly found: string; readonly wanted: string }[];
}

/** A finding that somebody took upon himself. */
export interface Accepted {
  readonly rules: readonly string[];
  readonly objects: readonly string[];
  readonly reason: string;
  readonly owner: string;
  /** YYYY-MM-DD. */
  readonly expires: string;
  readonly ticket: string;
}

export interface ChecklistRow {
  /** The item's number; nothing for what is judged beside the ten. */
  readonly item: number | undefined;
  readonly title: string;
  readonly verdict: Verdict;
  /** Rules that had something to judge, and ids of those that had nothing, or could not tell of some object. */
  readonly evaluated: number;
  readonly notEvaluated: readonly string[];
  /** Objects that at least one rule of the item looks at by themselves. */
  readonly objects: number;
  /** Rules of the item that look at all objects together. */
  readonly whole: number;
  readonly findings: readonly FindingGroup[];
  readonly accepted: readonly Accepted[];
}

/** The ten rows in order, and two for what is judged beside them. */
export function checklistOf(given: readonly Given[], options: AssessOptions): readonly ChecklistRow[] {
  const assessment = assess(given, options);
  return verdictsOf(assessment).map((verdict) => rowFor(verdict, given, assessment));
}

/** An item's row: its verdict is the one that pull requests get (ops/src/prCheck/verdicts.ts). */
function rowFor(
  { item, verdict, rules, notEvaluated }: ItemVerdict,
  given: readonly Given[],
  { findings }: Assessment,
): ChecklistRow {
  const single = packNames.flatMap((name) => packOf(name).objectRules.filter((rule) => rule.item === item));
  const own = findings.filter(({ rule }) => rule.item === item);
  return {
    item: typeof item === "number" ? item : undefined,
    title: titleOf(item).replace(/^\d+\. /, ""),
    // No rule at all would be no evidence either.
    verdict: rules === 0 && verdict === "proven" ? "not evaluated" : verdict,
    evaluated: rules,
    notEvaluated,
    objects: given.filter(({ manifest }) => single.some((rule) => rule.judges(manifest))).length,
    whole: allRules.filter((rule) => rule.item === item).length - single.length,
    findings: groupsOf(own),
    accepted: acceptedIn(own),
  };
}

const order = ["failed", "warning", "accepted"] as const;

function groupsOf(findings: readonly Judged[]): readonly FindingGroup[] {
  const groups = Map.groupBy(findings, (finding) =>
    [finding.rule.id, statusOf(finding), finding.notEvaluated === true].join(" "),
  );
  return [...groups.values()]
    .flatMap((group) => {
      const [first] = group;
      if (first === undefined || first.exception) return [];
      const places = new Map(group.toReversed().map((each) => [each.subject, each]));
      return {
        rule: first.rule.id,
        description: first.rule.description,
        status: statusOf(first),
        unknown: first.notEvaluated === true,
        fix: first.rule.fix,
        places: [...places.values()]
          .toReversed()
          .map(({ subject, found, wanted }) => ({ subject, found, wanted })),
      };
    })
    .toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
}

/** Exceptions by their words: one line for all objects that are accepted for the same reason. */
function acceptedIn(findings: readonly Judged[]): readonly Accepted[] {
  const groups = Map.groupBy(
    findings.filter(({ exception }) => exception !== undefined),
    ({ exception }) =>
      [exception?.reason, exception?.owner, exception?.expires, exception?.ticket].join("\0"),
  );
  return [...groups.values()].flatMap((group) => {
    const exception = group[0]?.exception;
    if (exception === undefined) return [];
    const { reason, owner, expires, ticket } = exception;
    const unique = (list: readonly string[]): readonly string[] => [...new Set(list)].toSorted();
    return {
      ...{ reason, owner, expires, ticket },
      rules: unique(group.map(({ rule }) => rule.id)),
      objects: unique(group.map(({ subject }) => subject)),
    };
  });
}
