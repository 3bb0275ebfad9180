/**
 * Service levels of bizra (spec B13) as objectives with error budgets, and alerts on the pace at which these are used up:
 * two windows per pace, as chapter 5 of Google's Site Reliability Workbook has it, so that an alert begins soon and ends
 * soon.
 */
import { type ObservabilitySite, type Query, query, serviceLevels } from "../model.ts";
import type { Alert, Recording, RuleGroup } from "./alert.ts";

interface Objective {
  /** Label `slo` of its series. */
  readonly id: string;
  readonly title: string;
  /** Share of events, or of time, that has to be good. */
  readonly objective: number;
  /** Name of the alerts, before `BudgetBurnsFast` and `BudgetBurnsSlowly`. */
  readonly name: string;
  /** Share of what was bad within a window. */
  readonly bad: (window: string) => Query;
  /** What `bad` reads, where it averages over time. */
  readonly sample?: Recording;
}

/** Burn rates by window: a share of a 30-day budget gone (2 %, 5 %; 10 %, 10 %) within the longer window. */
const fast = [
  { rate: 14.4, long: "1h", short: "5m" },
  { rate: 6, long: "6h", short: "30m" },
] as const;
const slow = [
  { rate: 3, long: "1d", short: "2h" },
  { rate: 1, long: "3d", short: "6h" },
] as const;
const windows = ["5m", "30m", "1h", "2h", "6h", "1d", "3d"] as const;

export function serviceLevelObjectives(site: ObservabilitySite): RuleGroup {
  const objectives = objectivesOf(site);
  return {
    name: "bizra-slo",
    system: "bizra",
    interval: "30s",
    recordings: objectives.flatMap(recordings),
    alerts: objectives.flatMap(burnAlerts),
  };
}

/**
 * Spec B13 names no share of time for throughput and verification; 99 % is our own choice. `finality p99 < 1 ms` is the
 * same as 99 % of checks below it, for which the histogram needs a bucket of that bound.
 */
function objectivesOf({ namespaces, thresholds }: ObservabilitySite): readonly Objective[] {
  const ours = `namespace="${namespaces.bizra}"`;
  const checks = (metric: string, window: string, le = ""): string =>
    `sum by (namespace) (rate(bizra_finality_check_seconds_${metric}{${ours}${le}}[${window}]))`;
  return [
    {
      id: "finality",
      title: `finality checks below ${thresholds.finalitySeconds * 1000} ms`,
      objective: 0.99,
      name: "Finality",
      bad: (window) =>
        query(
          "bizra",
          `1 - ${checks("bucket", window, `,le="${thresholds.finalitySeconds}"`)} / ${checks("count", window)}`,
        ),
    },
    ofTime("poi-generation", {
      title: `more than ${serviceLevels.generation} proofs of impact generated per second`,
      objective: 0.99,
      name: "PoIGeneration",
      sources: ["bizra"],
      isBad: slower("bizra_poi_generate_seconds_count", ours, serviceLevels.generation),
    }),
    ofTime("poi-verification", {
      title: `more than ${serviceLevels.verification} proofs of impact verified per second`,
      objective: 0.99,
      name: "PoIVerification",
      sources: ["bizra"],
      isBad: slower("bizra_poi_verify_seconds_count", ours, serviceLevels.verification),
    }),
    ofTime("uptime", {
      title: "a pod that is ready",
      objective: 0.999,
      name: "Uptime",
      sources: ["kube-state-metrics"],
      // No pods at all are no series: the namespace's own stands in, as long as somebody counts.
      isBad:
        `(sum by (namespace) (kube_pod_status_ready{${ours},pod=~"bizra-apex.*",condition="true"})` +
        ` or sum by (namespace) (kube_namespace_status_phase{${ours},phase="Active"} * 0)) == bool 0`,
    }),
  ];
}

/**
 * Whether a rate is too low. Nothing is said of the first minute of all pods: a rate over it is lower than what they do,
 * and a new deployment would begin with an alarm.
 */
function slower(counter: string, ours: string, bound: number): string {
  const rate = `sum by (namespace) (rate(${counter}{${ours}}[1m]))`;
  return `(${rate} <= bool ${bound}) and on (namespace) ${counter}{${ours}} offset 1m`;
}

/** An objective about time: a series that is 1 while things are bad, averaged over windows. */
function ofTime(
  id: string,
  parts: Pick<Objective, "title" | "objective" | "name"> & {
    readonly sources: Query["sources"];
    readonly isBad: string;
  },
): Objective {
  const { sources, isBad, ...rest } = parts;
  return {
    id,
    ...rest,
    sample: { record: "bizra:slo_bad:bool", query: { sources, expr: isBad }, labels: { slo: id } },
    bad: (window) => query("rules", `avg_over_time(bizra:slo_bad:bool{slo="${id}"}[${window}])`),
  };
}

const ratio = (window: string): string => `bizra:slo_bad:ratio_${window}`;

function recordings({ id, bad, sample }: Objective): Recording[] {
  return [
    ...(sample ? [sample] : []),
    ...windows.map((window) => ({ record: ratio(window), query: bad(window), labels: { slo: id } })),
  ];
}

function burnAlerts({ id, title, objective, name }: Objective): Alert[] {
  // A budget of 0.1 % is not 0.0010000000000000009.
  const budget = Number((1 - objective).toFixed(6));
  const burning = (paces: typeof fast | typeof slow): Query =>
    query(
      "rules",
      paces
        .map(({ rate, long, short }) => {
          const bound = Number((rate * budget).toFixed(6));
          return `(${ratio(long)}{slo="${id}"} > ${bound} and ${ratio(short)}{slo="${id}"} > ${bound})`;
        })
        .join(" or "),
    );
  const shared = { runbook: "bizra" as const };
  const percent = `${Number((objective * 100).toFixed(3))} %`;
  return [
    {
      ...shared,
      name: `${name}BudgetBurnsFast`,
      query: burning(fast),
      for: "0s",
      severity: "critical",
      summary: `the budget of "${title}" is used up within days`,
      description: `${percent} is promised; {{ $value | humanizePercentage }} of the last hours was bad. At this pace a month's budget is gone in less than five days.`,
    },
    {
      ...shared,
      name: `${name}BudgetBurnsSlowly`,
      query: burning(slow),
      for: "15m",
      severity: "warning",
      summary: `the budget of "${title}" is used up within the month`,
      description: `${percent} is promised; {{ $value | humanizePercentage }} of the last days was bad.`,
      follows: [{ alert: `${name}BudgetBurnsFast`, equal: ["namespace"] }],
    },
  ];
}
