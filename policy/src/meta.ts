/** Rules about the gate itself: that it saw everything, and that what it forgives is still asked for. */
import { type Exception, isFor } from "./exceptions.ts";
import type { Graph, Item } from "./graph/graph.ts";
import { type GraphFinding, type GraphRule, findingAt, isEvaluated } from "./graph/rule.ts";
import { judge, subjectOf } from "./judge.ts";
import { type Rule, type RuleAbout, type Stack, holds } from "./rule.ts";

/** What a pack consists of. */
export interface PackRules {
  readonly objectRules: readonly Rule[];
  readonly graphRules: readonly GraphRule[];
  /** Exceptions for these rules. */
  readonly exceptions: readonly Exception[];
}

const docs = "https://www.pulumi.com/docs/insights/policy/";

type About = RuleAbout & { readonly item: "meta" };

/** Data of the meta rules, which every pack has. */
export const metaAbout = {
  evaluated: {
    id: "meta-evaluated",
    item: "meta",
    description: "Every rule had something to judge: a gate that saw no chart says nothing about charts.",
    severity: "high",
    levels: holds.inProduction,
    frameworks: [],
    fix: "set paw:charts.source to upstream or mirror, and unset PAW_OVERRIDES.",
    url: docs,
  },
  exemption: {
    id: "meta-exemption",
    item: "meta",
    description: "Every exception is used, and none has ended.",
    severity: "medium",
    levels: holds.everywhere,
    frameworks: [],
    fix: "remove the entry from policy/exceptions.yaml, or renew it with its owner's consent.",
    url: docs,
  },
  chartRendered: {
    id: "meta-chart-rendered",
    item: "meta",
    description:
      "Every chart brings objects: values that are not known in a preview leave it empty, and unjudged.",
    severity: "critical",
    levels: holds.everywhere,
    frameworks: [],
    fix: "give the chart plain values, and an API server that answers.",
    url: "https://github.com/pulumi/pulumi-kubernetes/issues/3027",
  },
  coverage: {
    id: "meta-coverage",
    item: "meta",
    description:
      "The deployment has as many workloads as it should: a gate that judged nothing is not green.",
    severity: "high",
    levels: holds.everywhere,
    frameworks: [],
    fix: "look for what the preview left out, such as by --target.",
    url: "https://github.com/pulumi/pulumi/issues/20225",
  },
} as const satisfies Record<string, About>;

/** Fewest workloads of a stack of this project: validators, sentries, full nodes, API, backup, bizra. */
export const fewestWorkloads = 6;

export interface MetaOptions {
  /** Fewest workloads. */
  readonly minimum: number;
  /** YYYY-MM-DD. */
  readonly today: string;
  readonly stack: Stack;
}

/** The meta rules of a pack. */
export function metaRules(
  { exceptions, ...rest }: PackRules,
  { minimum, today, stack }: MetaOptions,
): readonly GraphRule[] {
  const pack = { ...rest, exceptions: exceptions.filter((each) => isFor(each, stack)) };
  return [
    { ...metaAbout.evaluated, check: (graph) => notEvaluated(graph, pack.graphRules) },
    { ...metaAbout.exemption, check: (graph) => idleExceptions(graph, pack, today) },
    { ...metaAbout.chartRendered, check: emptyCharts },
    {
      ...metaAbout.coverage,
      check: ({ workloads }) =>
        workloads.length >= minimum
          ? []
          : [{ path: "", found: `${workloads.length} workloads`, wanted: `${minimum} or more` }],
    },
  ];
}

function notEvaluated(graph: Graph, rules: readonly GraphRule[]): readonly GraphFinding[] {
  const ids = rules.filter((rule) => !isEvaluated(rule, graph)).map(({ id }) => id);
  if (ids.length === 0) return [];
  const found = `no object of a chart; not evaluated: ${ids.join(", ")}`;
  return [{ path: "", found, wanted: "the platform's charts, rendered" }];
}

/** Exceptions that ended, and those whose object is there and keeps the rule. */
function idleExceptions(graph: Graph, pack: PackRules, today: string): readonly GraphFinding[] {
  const ofGraph = pack.graphRules.filter((rule) =>
    pack.exceptions.some(({ rules }) => rules.includes(rule.id)),
  );
  const broken = new Set(
    ofGraph.flatMap((rule) => rule.check(graph).map((finding) => `${rule.id} ${subjectOf(finding)}`)),
  );
  const items = new Map(graph.items.toReversed().map((item) => [subjectOf({ item }), item]));
  return pack.exceptions.flatMap(({ object, rules, expires }): readonly GraphFinding[] =>
    expires < today
      ? [{ path: "", found: `the exception for ${object}, which ended on ${expires}`, wanted: "none" }]
      : idle(graph, pack, { object, item: items.get(object), rules, broken }),
  );
}

interface Entry {
  readonly object: string;
  /** Nothing where it is not deployed. */
  readonly item: Item | undefined;
  readonly rules: readonly string[];
  /** What is broken, as `rule object`. */
  readonly broken: ReadonlySet<string>;
}

/** The rules that an exception's object keeps. Of an object that is not deployed, and of rules without charts, nothing is said. */
function idle(
  graph: Graph,
  pack: PackRules,
  { object, item, rules, broken }: Entry,
): readonly GraphFinding[] {
  if (item === undefined && (object !== "deployment" || !graph.chartsRendered)) return [];
  return rules
    .filter((id) => pack.graphRules.every((rule) => rule.id !== id || isEvaluated(rule, graph)))
    .filter((id) => !broken.has(`${id} ${object}`))
    .filter((id) => {
      const own = pack.objectRules.filter((rule) => rule.id === id);
      return item === undefined || judge(item.manifest, own).length === 0;
    })
    .map((id) =>
      findingAt(item, "", [
        `the exception for ${object} from ${id}, which it keeps`,
        "no exception that nobody needs",
      ]),
    );
}

function emptyCharts(graph: Graph): readonly GraphFinding[] {
  const parents = new Set(graph.items.map(({ parent }) => parent));
  return graph.items
    .filter(({ group, kind, urn }) => group === "helm.sh" && kind === "Chart" && urn !== undefined)
    .filter(({ urn }) => !parents.has(urn))
    .map((item) => ({ item, path: "", found: "no object", wanted: "what the chart renders" }));
}
