/** Records of deployments (spec B16): who did what, with which versions, and how it went. */
import type { Revision } from "../deployment/revisions.ts";
import type { Result } from "../running/checks.ts";

export const outcomes = ["succeeded", "failed", "rolled back", "interrupted"] as const;
export type Outcome = (typeof outcomes)[number];

/** One look at the system while it was watched. */
export interface Look {
  /** ISO 8601. */
  readonly at: string;
  /** Checks that did not hold, with what was found; none while all is well. */
  readonly failed: readonly string[];
}

export interface DeploymentRecord {
  /** Begins with the time, so that the order of names is that of age. */
  readonly id: string;
  readonly command: "deploy" | "upgrade" | "rollback";
  readonly stack: string;
  readonly context: string;
  /** User and host. */
  readonly by: string;
  /** Commit of the program, and whether files had been changed since. */
  readonly program: { readonly commit: string; readonly dirty: boolean };
  /** What was there before: when that was deployed (ISO 8601), and the workloads' revisions of that time. */
  readonly before: { readonly deployed: string; readonly revisions: readonly Revision[] };
  /** What was chosen of the stack; empty for all. */
  readonly components: readonly string[];
  /** Images and chart sources, by name. */
  readonly versions: Readonly<Record<string, string>>;
  /** ISO 8601. */
  readonly begun: string;
  readonly ended: string;
  readonly outcome: Outcome;
  /** Why it did not succeed. */
  readonly reason?: string;
  /** What happened, in order. */
  readonly steps: readonly Step[];
  /** How many resources changed in which way. */
  readonly changes: Readonly<Record<string, number>>;
  /** The last results of gates and checks. */
  readonly checks: readonly Pick<Result, "id" | "title" | "verdict" | "found" | "faults">[];
  readonly watch: { readonly minutes: number; readonly looks: readonly Look[] };
}

export interface Step {
  /** ISO 8601. */
  readonly at: string;
  readonly what: string;
}

/** A record as a page for people. */
export function recordPage(record: DeploymentRecord): string {
  const { watch, checks } = record;
  const bad = watch.looks.filter(({ failed }) => failed.length > 0);
  return [
    `# ${record.command} of ${record.stack}: ${record.outcome}`,
    "",
    ...facts(record),
    "",
    "## What happened",
    "",
    ...record.steps.map(({ at, what }) => `- ${at} ${what}`),
    "",
    "## Checks",
    "",
    ...(checks.length === 0 ? ["None were made."] : ["| check | verdict | found |", "|---|---|---|"]),
    ...checks.map(({ title, verdict, found }) => `| ${title} | ${verdict} | ${cell(found)} |`),
    ...checks.flatMap(({ title, faults }) =>
      faults.map(({ found, next }) => `\n${title}: ${found} (${next})`),
    ),
    "",
    `## Watch: ${watch.minutes} minutes`,
    "",
    `${watch.looks.length} looks, ${bad.length} of them with something wrong.`,
    ...bad.map(({ at, failed }) => `- ${at} ${failed.join("; ")}`),
    "",
  ].join("\n");
}

function facts(record: DeploymentRecord): string[] {
  const { program, changes } = record;
  const rows = [
    ["who", record.by],
    ["cluster", record.context],
    ["begun, ended", `${record.begun}, ${record.ended}`],
    ["program", `${program.commit || "outside git"}${program.dirty ? ", with changed files" : ""}`],
    ["components", record.components.join(", ") || "all"],
    [
      "changes",
      Object.entries(changes)
        .map(([kind, count]) => `${count} ${kind}`)
        .join(", ") || "none",
    ],
    ...Object.entries(record.versions),
    ...(record.reason === undefined ? [] : [["reason", record.reason]]),
  ];
  return ["| | |", "|---|---|", ...rows.map(([name = "", value = ""]) => `| ${name} | ${cell(value)} |`)];
}

function cell(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll("\n", " ");
}

/** The beginning of an incident report: what is known is filled in, and the rest has its heading. */
export function incidentPage(record: DeploymentRecord): string {
  return [
    `# Incident: ${record.command} of ${record.stack} on ${record.begun.slice(0, 10)}`,
    "",
    `Record: \`${record.id}\`. Outcome: ${record.outcome}. Reason: ${record.reason ?? "unknown"}.`,
    "",
    "## Impact",
    "",
    "Who noticed, what did not work, from when to when (docs/dashboards: PAW Overview, bizra-apex):",
    "",
    "## Timeline (UTC)",
    "",
    ...record.steps.map(({ at, what }) => `- ${at} ${what}`),
    "",
    "## What was found",
    "",
    ...record.checks.flatMap(({ title, faults }) =>
      faults.map(({ found, next }) => `- ${title}: ${found} -> ${next}`),
    ),
    ...record.watch.looks.flatMap(({ at, failed }) => failed.map((what) => `- ${at} ${what}`)),
    "",
    "## Cause",
    "",
    "## What keeps it from happening again",
    "",
    "- [ ] a test or a policy that would have found it (owner, date)",
    "",
  ].join("\n");
}
