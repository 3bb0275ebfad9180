/** Both packs over a set of objects, without the Pulumi engine: what `paw policy check` and tests run. */
import { levelOf, parseConfig } from "./config.ts";
import { type Exception, exceptionFor } from "./exceptions.ts";
import { type Given, graphOf } from "./graph/graph.ts";
import { type Verdict, judge, judgeGraph, subjectOf } from "./judge.ts";
import { describe } from "./k8s/manifest.ts";
import { metaRules } from "./meta.ts";
import { type Pack, packOf } from "./packs.ts";
import { type Level, type RuleAbout, type Stack, packNames } from "./rule.ts";

/** A broken rule, with everything that a reader needs. No text in it is taken from a free value of a manifest. */
export interface Judged {
  readonly rule: RuleAbout;
  readonly level: Level;
  /** The object as `Kind namespace/name`, or `deployment`. */
  readonly subject: string;
  /** Where the object comes from; nothing where there is no single one. */
  readonly source: string | undefined;
  readonly path: string;
  readonly found: string;
  readonly wanted: string;
  readonly container?: string | undefined;
  /** True where the rule could not tell; see Finding. */
  readonly notEvaluated?: true | undefined;
  /** Why it is accepted, if it is. */
  readonly exception: Exception | undefined;
}

export interface Assessment {
  readonly findings: readonly Judged[];
  /** Ids of rules that had nothing to judge. */
  readonly notEvaluated: readonly string[];
  /** Every rule that was applied or would have been. */
  readonly rules: readonly RuleAbout[];
  readonly objects: number;
}

export interface AssessOptions {
  /** Whose levels hold. */
  readonly stack: Stack;
  /** Levels of single rules, by id. */
  readonly levels?: Readonly<Record<string, Level>>;
  /** Fewest workloads that have to be there; 0 for a set of files, which may be about anything. */
  readonly minimum: number;
  /** YYYY-MM-DD. */
  readonly today: string;
}

/** Judges objects by both packs. */
export function assess(given: readonly Given[], options: AssessOptions): Assessment {
  const graph = graphOf(given);
  const parts = packNames.map((name) => assessBy(packOf(name), { given, graph, options }));
  const rules = new Map(parts.flatMap((part) => part.rules.map((rule) => [rule.id, rule])));
  return {
    findings: parts.flatMap(({ findings }) => findings),
    notEvaluated: parts.flatMap(({ notEvaluated }) => notEvaluated),
    rules: [...rules.values()],
    objects: given.length,
  };
}

interface Subject {
  readonly given: readonly Given[];
  readonly graph: ReturnType<typeof graphOf>;
  readonly options: AssessOptions;
}

function assessBy(pack: Pack, { given, graph, options }: Subject): Omit<Assessment, "objects"> {
  const { stack, levels = {}, minimum, today } = options;
  const meta = metaRules(pack, { minimum, today, stack });
  const rules: readonly RuleAbout[] = [...pack.objectRules, ...pack.graphRules, ...meta];
  const own = Object.fromEntries(
    Object.entries(levels).filter(([id]) => rules.some((rule) => rule.id === id)),
  );
  const config = parseConfig({ stack, levels: own }, rules);
  const judged = (verdict: Verdict, subject: string, source: string | undefined): Judged => ({
    rule: verdict.rule,
    level: levelOf(verdict.rule, config),
    subject,
    source,
    path: verdict.path,
    found: verdict.found,
    wanted: verdict.wanted,
    container: verdict.container,
    notEvaluated: verdict.notEvaluated,
    exception: exceptionFor(pack.exceptions, { rule: verdict.rule.id, object: subject, today, stack }),
  });
  const single = given.flatMap(({ manifest, source }) => {
    const verdicts = judge(manifest, pack.objectRules);
    return verdicts.map((verdict) => judged(verdict, describe(manifest), source));
  });
  const { verdicts, notEvaluated } = judgeGraph(graph, [...pack.graphRules, ...meta]);
  const whole = verdicts.map((verdict) => judged(verdict, subjectOf(verdict), verdict.item?.source));
  return { findings: [...single, ...whole], notEvaluated: notEvaluated.map(({ id }) => id), rules };
}
