/**
 * Situations of bizra's service levels (spec B13). Budgets: 1 % of finality checks, 1 % of the time for rates, 0.1 % of
 * the time for uptime. Fast: 14.4 budgets in an hour or 6 in six hours; slowly: 3 in a day or 1 in three days.
 */
import type { Situation } from "../../../support/promtool.ts";

const pod = (more = ""): string => `{namespace="bizra",pod="bizra-apex-1"${more}}`;
const withinMs = `bizra_finality_check_seconds_bucket${pod(',le="0.001"')}`;
const checks = `bizra_finality_check_seconds_count${pod()}`;
const generated = `bizra_poi_generate_seconds_count${pod()}`;
const verified = `bizra_poi_verify_seconds_count${pod()}`;
const ready = `kube_pod_status_ready${pod(',condition="true"')}`;
const other = 'kube_pod_status_ready{namespace="bizra",pod="bizra-apex-2",condition="true"}';
const space = 'kube_namespace_status_phase{namespace="bizra",phase="Active"}';

/** A counter that grows by so much a step, for so many steps. */
function counting(...phases: readonly (readonly [steps: number, perStep: number])[]): string {
  let value = 0;
  const values = phases.flatMap(([steps, perStep]) =>
    Array.from({ length: steps }, () => (value += perStep)),
  );
  return `0 ${values.join(" ")}`;
}

const of = (slo: string, severity: string): Record<string, string> => ({
  namespace: "bizra",
  system: "bizra",
  slo,
  severity,
});
/** Operations per minute that are so many per second. */
const perSecond = (rate: number): number => rate * 60;

const finality: readonly Situation[] = [
  {
    alert: "FinalityBudgetBurnsFast",
    when: "one of five checks is slow for an hour and ten minutes: 20 budgets",
    step: "1m",
    series: { [withinMs]: "0+800x70", [checks]: "0+1000x70" },
    at: "70m",
    fires: [
      {
        labels: of("finality", "critical"),
        summary: 'the budget of "finality checks below 1 ms" is used up within days',
      },
    ],
  },
  {
    alert: "FinalityBudgetBurnsFast",
    when: "7 of 100 are slow for six hours: 7 budgets",
    step: "1m",
    series: { [withinMs]: "0+930x370", [checks]: "0+1000x370" },
    at: "365m",
    fires: [
      {
        labels: of("finality", "critical"),
        summary: 'the budget of "finality checks below 1 ms" is used up within days',
      },
    ],
  },
  {
    alert: "FinalityBudgetBurnsFast",
    when: "one of five was slow for an hour, and forty minutes ago it was mended",
    step: "1m",
    series: { [withinMs]: counting([60, 800], [40, 1000]), [checks]: "0+1000x100" },
    at: "100m",
    fires: [],
  },
  {
    alert: "FinalityBudgetBurnsFast",
    when: "one of five is slow, for five minutes after six hours without any",
    step: "1m",
    series: { [withinMs]: counting([360, 1000], [5, 800]), [checks]: "0+1000x365" },
    at: "365m",
    fires: [],
  },
  {
    alert: "FinalityBudgetBurnsSlowly",
    when: "4 of 100 are slow for a day: 4 budgets",
    step: "5m",
    series: { [withinMs]: "0+960x300", [checks]: "0+1000x300" },
    at: "24h",
    fires: [
      {
        labels: of("finality", "warning"),
        summary: 'the budget of "finality checks below 1 ms" is used up within the month',
      },
    ],
  },
  {
    alert: "FinalityBudgetBurnsSlowly",
    when: "1 of 200 is slow for three days, as the objective allows",
    step: "5m",
    series: { [withinMs]: "0+995x870", [checks]: "0+1000x870" },
    at: "72h",
    fires: [],
  },
];

const rates: readonly Situation[] = [
  {
    alert: "PoIGenerationBudgetBurnsFast",
    when: "9,000 a second for an hour",
    step: "1m",
    series: { [generated]: counting([65, perSecond(9000)]) },
    at: "65m",
    fires: [
      {
        labels: of("poi-generation", "critical"),
        summary:
          'the budget of "more than 10000 proofs of impact generated per second" is used up within days',
      },
    ],
  },
  {
    alert: "PoIGenerationBudgetBurnsFast",
    when: "11,000 a second: less than the alert on throughput wants, and within the service level",
    step: "1m",
    series: { [generated]: counting([65, perSecond(11000)]) },
    at: "65m",
    fires: [],
  },
  {
    alert: "PoIGenerationBudgetBurnsFast",
    when: "a first deployment, whose first minute of samples holds less than a minute's work",
    step: "15s",
    series: { [generated]: `_x4 ${counting([8, 15 * 12_000])}` },
    at: "2m30s",
    fires: [],
  },
  {
    alert: "PoIGenerationBudgetBurnsSlowly",
    when: "of every hundred minutes five are too slow, for half a day: 5 budgets",
    step: "1m",
    series: {
      [generated]: counting(
        ...Array.from(
          { length: 15 },
          () =>
            [
              [95, perSecond(12000)],
              [5, perSecond(4000)],
            ] as const,
        ).flat(),
      ),
    },
    at: "13h",
    fires: [
      {
        labels: of("poi-generation", "warning"),
        summary:
          'the budget of "more than 10000 proofs of impact generated per second" is used up within the month',
      },
    ],
  },
  {
    alert: "PoIGenerationBudgetBurnsSlowly",
    when: "five slow minutes in half a day",
    step: "1m",
    series: { [generated]: counting([680, perSecond(12000)], [5, perSecond(4000)], [95, perSecond(12000)]) },
    at: "13h",
    fires: [],
  },
  {
    alert: "PoIVerificationBudgetBurnsFast",
    when: "4,000 a second for an hour",
    step: "1m",
    series: { [verified]: counting([65, perSecond(4000)]) },
    at: "65m",
    fires: [
      {
        labels: of("poi-verification", "critical"),
        summary: 'the budget of "more than 5000 proofs of impact verified per second" is used up within days',
      },
    ],
  },
  {
    alert: "PoIVerificationBudgetBurnsFast",
    when: "6,000 a second",
    step: "1m",
    series: { [verified]: counting([65, perSecond(6000)]) },
    at: "65m",
    fires: [],
  },
  {
    alert: "PoIVerificationBudgetBurnsSlowly",
    when: "of every hundred minutes five are too slow, for half a day: 5 budgets",
    step: "1m",
    series: {
      [verified]: counting(
        ...Array.from(
          { length: 15 },
          () =>
            [
              [95, perSecond(6000)],
              [5, perSecond(4000)],
            ] as const,
        ).flat(),
      ),
    },
    at: "13h",
    fires: [
      {
        labels: of("poi-verification", "warning"),
        summary:
          'the budget of "more than 5000 proofs of impact verified per second" is used up within the month',
      },
    ],
  },
  {
    alert: "PoIVerificationBudgetBurnsSlowly",
    when: "five slow minutes in half a day",
    step: "1m",
    series: { [verified]: counting([680, perSecond(6000)], [5, perSecond(4000)], [95, perSecond(6000)]) },
    at: "13h",
    fires: [],
  },
];

const uptime: readonly Situation[] = [
  {
    alert: "UptimeBudgetBurnsFast",
    when: "no pod has been ready for three minutes of the last hour",
    step: "1m",
    series: { [ready]: "1x60 0x3", [other]: "1x60 0x3", [space]: "1x64" },
    at: "63m",
    fires: [
      {
        labels: of("uptime", "critical"),
        summary: 'the budget of "a pod that is ready" is used up within days',
      },
    ],
  },
  {
    alert: "UptimeBudgetBurnsFast",
    when: "all pods are gone, and with them their series",
    step: "1m",
    series: { [ready]: "1x60 stale", [other]: "1x60 stale", [space]: "1x70" },
    at: "65m",
    fires: [
      {
        labels: of("uptime", "critical"),
        summary: 'the budget of "a pod that is ready" is used up within days',
      },
    ],
  },
  {
    alert: "UptimeBudgetBurnsFast",
    when: "one of two pods is ready throughout",
    step: "1m",
    series: { [ready]: "1x60 0x5", [other]: "1x65", [space]: "1x65" },
    at: "65m",
    fires: [],
  },
  {
    alert: "UptimeBudgetBurnsFast",
    when: "nobody counts: kube-state-metrics itself is down",
    step: "1m",
    series: { [ready]: "1x60 stale", [other]: "1x60 stale", [space]: "1x60 stale" },
    at: "75m",
    fires: [],
  },
  {
    alert: "UptimeBudgetBurnsSlowly",
    when: "an outage of ten minutes an hour ago, after half a day without",
    step: "1m",
    series: { [ready]: "1x720 0x9 1x70", [space]: "1x800" },
    at: "790m",
    fires: [
      {
        labels: of("uptime", "warning"),
        summary: 'the budget of "a pod that is ready" is used up within the month',
      },
    ],
  },
  {
    alert: "UptimeBudgetBurnsSlowly",
    when: "one minute without a ready pod in a day",
    step: "1m",
    series: { [ready]: "1x1440 0 1x70", [space]: "1x1520" },
    at: "1510m",
    fires: [],
  },
];

export const slo: readonly Situation[] = [...finality, ...rates, ...uptime];
