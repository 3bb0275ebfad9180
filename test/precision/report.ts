/** The comparison as a page. */
import { type Check, type Outcome, type Reason, agrees, explains } from "./case.ts";
import type { Snapshot } from "./snapshot.ts";

/** Two projects compared: whose objects, how they were read, and what came of it. */
export interface Comparison {
  readonly project: string;
  readonly license: string;
  readonly snapshot: Snapshot;
  readonly checks: readonly Check[];
  readonly outcomes: readonly Outcome[];
  readonly reasons: readonly Reason[];
}

interface Counts {
  readonly judged: number;
  readonly good: number;
  readonly bad: number;
  readonly stricter: number;
  readonly laxer: number;
}

export function counts(outcomes: readonly Outcome[]): Counts {
  const of = (ours: string, expected: string): number =>
    outcomes.filter((each) => each.ours === ours && each.expected === expected).length;
  return {
    judged: outcomes.length,
    good: of("pass", "pass"),
    bad: of("fail", "fail"),
    stricter: of("fail", "pass"),
    laxer: of("pass", "fail"),
  };
}

const share = ({ judged, good, bad }: Counts): string => `${(((good + bad) / judged) * 100).toFixed(1)} %`;

const row = (name: string, of: Counts): string =>
  `| ${name} | ${of.judged} | ${of.good} | ${of.bad} | ${of.stricter} | ${of.laxer} | ${share(of)} |`;

const head = (what: string): readonly string[] => [
  `| ${what} | judged | agreed: good | agreed: bad | ours stricter | ours laxer | agreement |`,
  "| --- | --: | --: | --: | --: | --: | --: |",
];

/** The reason for a disagreement: the first that is about it. */
export function reasonFor(reasons: readonly Reason[], outcome: Outcome): Reason | undefined {
  return reasons.find((reason) => explains(reason, outcome));
}

const inWords = { design: "by design", theirs: "theirs", gap: "a gap" } as const;

function disagreements({ outcomes, reasons }: Comparison): readonly string[] {
  return reasons.flatMap((reason) => {
    const about = outcomes.filter((each) => !agrees(each) && reasonFor(reasons, each) === reason);
    const [first] = about;
    if (first === undefined) return [];
    const names = [...new Set(about.map(({ name }) => name))].map((name) => `\`${name}\``).join(", ");
    const what = `${together(first.rules)}; ours ${reason.ours}, ${about.length}, ${inWords[reason.because]}`;
    return [`- **${reason.check}** (${what}): ${reason.reason} ${names}.`];
  });
}

/** Several rules in one cell: a check of theirs may ask for what several of ours do. */
function together(rules: readonly string[]): string {
  return rules.length <= 2
    ? rules.join(" and ")
    : `${rules[0]} and ${rules.length - 1} more (${rules.at(-1)} last)`;
}

/** Checks of Polaris, one folder each, that no rule of ours asks. */
function withoutOurs(comparisons: readonly Comparison[]): string {
  return comparisons
    .flatMap(({ snapshot, checks }) => {
      const folders = [...snapshot.files.keys()].flatMap(
        (path) => /^test\/checks\/([^/]+)\//.exec(path)?.[1] ?? [],
      );
      return [...new Set(folders)].filter((name) => !checks.some(({ check }) => check === name));
    })
    .toSorted()
    .join(", ");
}

/** The page, in Markdown that is not yet formatted. */
export function page(comparisons: readonly Comparison[]): string {
  const all = comparisons.flatMap(({ outcomes }) => outcomes);
  const rules = [...new Set(all.map((outcome) => together(outcome.rules)))].toSorted();
  const ofRule = (name: string): Counts => counts(all.filter((each) => together(each.rules) === name));
  const untested = rules.filter((name) => ofRule(name).bad === 0);
  const because = (name: Reason["because"]): number =>
    comparisons
      .flatMap(({ outcomes, reasons }) =>
        outcomes.map((each) => (agrees(each) ? undefined : reasonFor(reasons, each))),
      )
      .filter((reason) => reason?.because === name).length;
  return [
    "# Precision: our rules before objects that others wrote",
    "",
    "Two projects keep objects with their checks and say of each whether it is good. Our rules judge the same objects; where a check asks for a part of what a rule asks, findings about that part alone count. Nothing of theirs is in this repository. Written by `npm run test:precision`, which fails where a disagreement has no reason, or a reason no disagreement.",
    "",
    ...head("corpus"),
    ...comparisons.map((each) => row(`${each.project}, ${each.checks.length} checks`, counts(each.outcomes))),
    row("both", counts(all)),
    "",
    ...comparisons.map(
      ({ project, license, snapshot }) =>
        `- ${project}: commit \`${snapshot.commit}\` of ${snapshot.date}, ${license}.`,
    ),
    "",
    "What they say is taken from kyverno's `kyverno-test.yaml` (a result for each rule and object; `skip`, where a policy lets an object be, counts as good) and from the files that its Chainsaw tests apply (to be refused or not), and from the names of Polaris's files (`success`, `failure`; a file is one case). An object that stands in both tests of a policy word for word is counted once.",
    "",
    "## By rule",
    "",
    ...head("rule"),
    ...rules.map((name) => row(name, ofRule(name))),
    "",
    "## How to read it",
    "",
    `Of ${all.filter((each) => !agrees(each)).length} disagreements, ${because("design")} are of design (our rule asks for something else on purpose), ${because("theirs")} of theirs (the object or the check is not as Kubernetes has it), and ${because("gap")} of gaps (it would be better if our rules saw it).`,
    "",
    "- Agreement says that two readings of one demand are the same, not that the demand is right. Most of the objects are small variations of one pod, in three kinds each: kyverno's number of objects is no number of ideas.",
    "- The corpora are synthetic, each object made to be wrong in one way; they say nothing about false alarms over whole charts, which the tests of our own stacks and charts do.",
    `- No bad object in common, so nothing shown of what the rule finds: ${untested.join(", ")}. Other tests of this repository show that.`,
    `- Checks of Polaris that no rule of ours asks: ${withoutOurs(comparisons)}.`,
    "- Left out of kyverno: policies that change objects, that ask a cluster or a registry, or that hold a list of one organisation's own (registries, base images, teams), as ours are lists of this project's. Rules about this project's systems (chain, backup, mesh, Vault) have no counterpart and are not evaluated here.",
    "- kyverno's CEL and other variants of the same policies come with the same objects and are not counted again.",
    "",
    ...comparisons.flatMap((each) => [
      `## Disagreements with ${each.project}`,
      "",
      ...disagreements(each),
      "",
    ]),
  ].join("\n");
}
