/** The ten items of the security checklist, each with its verdict and what it rests on. */
import { type AssessOptions, type Assessment, type Judged, assess } from "../../../policy/src/assess.ts";
import type { Given } from "../../../policy/src/graph/graph.ts";
import { allRules, packOf } from "../../../policy/src/packs.ts";
import { type RuleAbout, checklist, packNames } from "../../../policy/src/rule.ts";
import { statusOf } from "../policy/formats.ts";
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
  /** Rules that had something to judge, and ids of those that had nothing. */
  readonly evaluated: number;
  readonly notEvaluated: readonly string[];
  /** Objects that at least one rule of the item looks at by themselves. */
  readonly objects: number;
  /** Rules of the item that look at all objects together. */
  readonly whole: number;
  readonly findings: readonly FindingGroup[];
  readonly accepted: readonly Accepted[];
}

/** What is judged beside the ten items. */
const beside = {
  integrity: "objects fit together: references, selectors, API versions, backups",
  meta: "the gate itself: that it saw all, and that exceptions are needed",
} as const;

/** The ten rows in order, and two for what is judged beside them. */
export function checklistOf(given: readonly Given[], options: AssessOptions): readonly ChecklistRow[] {
  const assessment = assess(given, options);
  const items = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10] as const;
  return [
    ...items.map((item) => rowFor({ item, title: checklist[item] }, given, assessment)),
    ...(["integrity", "meta"] as const).map((item) =>
      rowFor({ item, title: beside[item] }, given, assessment),
    ),
  ];
}

interface About {
  readonly item: RuleAbout["item"];
  readonly title: string;
}

function rowFor({ item, title }: About, given: readonly Given[], assessment: Assessment): ChecklistRow {
  const own = allRules.filter((rule) => rule.item === item).map(({ id }) => id);
  const found = assessment.findings.filter(({ rule }) => rule.item === item);
  const notEvaluated = [...new Set(assessment.notEvaluated)].filter((id) => own.includes(id));
  const single = packNames.flatMap((name) => packOf(name).objectRules.filter((rule) => rule.item === item));
  const objects = given.filter(({ manifest }) => single.some((rule) => rule.judges(manifest))).length;
  const evaluated = own.length - notEvaluated.length;
  return {
    item: typeof item === "number" ? item : undefined,
    title,
    verdict: verdictOf(found, { evaluated, notEvaluated }),
    evaluated,
    notEvaluated,
    objects,
    whole: own.length - single.length,
    findings: groupsOf(found),
    accepted: acceptedIn(found),
  };
}

/**
 * An item is proven where all its rules had something to judge, and nothing stops a deployment of this stack: warnings
 * stand beside the word. What nobody can tell is never green.
 */
function verdictOf(
  findings: readonly Judged[],
  { evaluated, notEvaluated }: Pick<ChecklistRow, "evaluated" | "notEvaluated">,
): Verdict {
  if (findings.some((finding) => statusOf(finding) === "failed")) return "failed";
  const unknown = findings.some((finding) => finding.notEvaluated === true && !finding.exception);
  return unknown || notEvaluated.length > 0 || evaluated === 0 ? "not evaluated" : "proven";
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
        places: [...places.values()].toReversed().map(({ subject, found, wanted }) => ({ subject, found, wanted })),
      };
    })
    .toSorted((a, b) => order.indexOf(a.status) - order.indexOf(b.status));
}

/** Exceptions by their words: one line for all objects that are accepted for the same reason. */
function acceptedIn(findings: readonly Judged[]): readonly Accepted[] {
  const groups = Map.groupBy(
    findings.filter(({ exception }) => exception !== undefined),
    ({ exception }) => [exception?.reason, exception?.owner, exception?.expires, exception?.ticket].join("\0"),
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
