import type { Exception } from "./exceptions.ts";
import type { Graph, Item } from "./graph/graph.ts";
import { type GraphRule, isEvaluated } from "./graph/rule.ts";
import type { Manifest } from "./k8s/manifest.ts";
import { describe } from "./k8s/manifest.ts";
import type { Finding, Level, Rule, RuleAbout } from "./rule.ts";

/** A finding together with the rule that was broken. */
export interface Verdict extends Finding {
  readonly rule: RuleAbout;
  /** The object, where the rule looked at more than one; nothing where it is about the deployment as a whole. */
  readonly item?: Item;
}

/** Applies rules to one manifest. The same place is reported once per rule. */
export function judge(manifest: Manifest, rules: readonly Rule[]): readonly Verdict[] {
  return rules
    .filter((rule) => rule.judges(manifest))
    .flatMap((rule) => {
      const byPlace = new Map<string, Verdict>();
      for (const finding of rule.check(manifest)) {
        const place = `${finding.path} ${finding.found}`;
        if (!byPlace.has(place)) byPlace.set(place, { ...finding, rule });
      }
      return [...byPlace.values()];
    });
}

/** Applies rules about the whole to a deployment. Rules that have nothing to judge are named, not passed. */
export function judgeGraph(
  graph: Graph,
  rules: readonly GraphRule[],
): { readonly verdicts: readonly Verdict[]; readonly notEvaluated: readonly GraphRule[] } {
  return {
    verdicts: rules
      .filter((rule) => isEvaluated(rule, graph))
      .flatMap((rule) => rule.check(graph).map((finding) => ({ ...finding, rule }))),
    notEvaluated: rules.filter((rule) => !isEvaluated(rule, graph)),
  };
}

/** What a finding is about: an object as `Kind namespace/name`, or the deployment. */
export function subjectOf({ item }: Pick<Verdict, "item">): string {
  return item === undefined ? "deployment" : describe(item.manifest);
}

/** Places that a message lists; more of them are counted. */
const listed = 10;

/**
 * The text of a violation: rule, object, fields with what was found and wanted, fix and source.
 *
 * @param verdicts findings of one rule about one object.
 * @param subject the object, in words.
 * @param source where it comes from: the name of the resource in the Pulumi program, or a file.
 */
export function message(
  verdicts: readonly [Verdict, ...Verdict[]],
  subject: string,
  source?: string,
): string {
  const [{ rule }] = verdicts;
  const more = verdicts.length - listed;
  return [
    `${rule.id}: ${subject}${source === undefined ? "" : ` (${source})`}`,
    ...verdicts.slice(0, listed).map(placeOf),
    ...(more > 0 ? [`and at ${more} more`] : []),
    `Fix: ${rule.fix}`,
    rule.url,
  ].join("\n");
}

function placeOf({ path, container, found, wanted, notEvaluated }: Verdict): string {
  const field = container === undefined ? path : `${path} (container ${container})`;
  const what = `${notEvaluated ? "not evaluated, as there is" : "found"} ${found}, wanted ${wanted}.`;
  return field === "" ? what : `${field}: ${what}`;
}

/** Findings put together by rule and object, in their order. */
export function byRuleAndObject(verdicts: readonly Verdict[]): readonly [Verdict, ...Verdict[]][] {
  const groups = new Map<string, [Verdict, ...Verdict[]]>();
  for (const verdict of verdicts) {
    const key = `${verdict.rule.id} ${subjectOf(verdict)} ${String(verdict.notEvaluated)}`;
    const group = groups.get(key);
    if (group) group.push(verdict);
    else groups.set(key, [verdict]);
  }
  return [...groups.values()];
}

/** Whether a finding fails a gate: its level is mandatory, it is known to be one, and nobody accepted it. */
export function isBlocking({
  level,
  exception,
  notEvaluated,
}: {
  readonly level: Level;
  readonly exception: Exception | undefined;
  readonly notEvaluated?: true | undefined;
}): boolean {
  return level === "mandatory" && exception === undefined && notEvaluated !== true;
}
