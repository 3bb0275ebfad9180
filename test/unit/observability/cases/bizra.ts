/** Situations of bizra (spec B12): a scrape every 15 s here, which keeps the lists short. */
import type { Situation } from "../../../support/promtool.ts";

const base = { step: "15s" } as const;
const labels = { namespace: "bizra", system: "bizra" } as const;
const pod = (name: string, more = ""): string => `{namespace="bizra",pod="${name}"${more}}`;
/** Checks that were no slower than a bound, in seconds. */
const upTo = (bound: string): string =>
  `bizra_finality_check_seconds_bucket${pod("bizra-apex-1", `,le="${bound}"`)}`;
const generated = (name: string): string => `bizra_poi_generate_seconds_count${pod(name)}`;
const ready = (name: string): string => `kube_pod_status_ready${pod(name, ',condition="true"')}`;
const restarts = `kube_pod_container_status_restarts_total${pod("bizra-apex-1", ',container="bizra-apex"')}`;
const canary = (phase: string, more = ""): string =>
  `rollout_info{exported_namespace="bizra",name="bizra-apex-canary",phase="${phase}"${more}}`;

export const bizra: readonly Situation[] = [
  {
    ...base,
    alert: "FinalityLatencyHigh",
    when: "three of a hundred checks take one to two milliseconds; two of these three, the 99th is at 1.667",
    series: {
      [upTo("0.0005")]: "0+900x60",
      [upTo("0.001")]: "0+970x60",
      [upTo("0.002")]: "0+1000x60",
      [upTo("+Inf")]: "0+1000x60",
    },
    at: "12m",
    fires: [
      {
        labels: { ...labels, severity: "warning" },
        summary: "1 % of finality checks take longer than 1.667ms",
      },
    ],
  },
  {
    ...base,
    alert: "FinalityLatencyHigh",
    when: "995 of a thousand stay below a millisecond",
    series: {
      [upTo("0.0005")]: "0+900x60",
      [upTo("0.001")]: "0+995x60",
      [upTo("0.002")]: "0+1000x60",
      [upTo("+Inf")]: "0+1000x60",
    },
    at: "12m",
    fires: [],
  },
  {
    ...base,
    alert: "PoIThroughputLow",
    when: "two pods generate 20,000 a second each, together 40,000",
    series: { [generated("bizra-apex-1")]: "0+300000x60", [generated("bizra-apex-2")]: "0+300000x60" },
    at: "12m",
    fires: [
      {
        labels: { ...labels, severity: "warning" },
        summary: "bizra generates 40k proofs of impact per second",
      },
    ],
  },
  {
    ...base,
    alert: "PoIThroughputLow",
    when: "1,000 a second, which are 60,000 a minute: the source's rule took the one for the other and kept quiet",
    series: { [generated("bizra-apex-1")]: "0+15000x60" },
    at: "12m",
    fires: [
      {
        labels: { ...labels, severity: "warning" },
        summary: "bizra generates 1k proofs of impact per second",
      },
    ],
  },
  {
    ...base,
    alert: "PoIThroughputLow",
    when: "three pods generate 20,000 a second each",
    series: {
      [generated("bizra-apex-1")]: "0+300000x60",
      [generated("bizra-apex-2")]: "0+300000x60",
      [generated("bizra-apex-3")]: "0+300000x60",
    },
    at: "12m",
    fires: [],
  },
  {
    ...base,
    alert: "PodNotReady",
    when: "one of two pods is not ready for three minutes",
    series: { [ready("bizra-apex-1")]: "1x4 0x20", [ready("bizra-apex-2")]: "1x24" },
    at: "4m",
    fires: [
      {
        labels: { ...labels, pod: "bizra-apex-1", condition: "true", severity: "critical" },
        summary: "bizra-apex-1 is not ready",
      },
    ],
  },
  {
    ...base,
    alert: "PodNotReady",
    when: "a pod starts, and is ready after a minute and a half",
    series: { [ready("bizra-apex-1")]: "0x6 1x20" },
    at: "4m",
    fires: [],
  },
  {
    ...base,
    alert: "HighRestartCount",
    when: "one restart, three minutes ago",
    series: { [restarts]: "0x8 1x40" },
    at: "5m",
    fires: [
      {
        labels: { ...labels, pod: "bizra-apex-1", container: "bizra-apex", severity: "warning" },
        summary: "bizra-apex-1/bizra-apex was restarted within a quarter of an hour",
      },
    ],
  },
  {
    ...base,
    alert: "HighRestartCount",
    when: "it was restarted before, and not for twenty minutes",
    series: { [restarts]: "2x100" },
    at: "20m",
    fires: [],
  },
  {
    ...base,
    alert: "CanaryRolledBack",
    when: "a canary pauses at its steps, and is rolled back after four minutes; two controllers tell of it for a while",
    series: {
      [canary("Paused")]: "1x16",
      [canary("Degraded")]: "_x16 1x20",
      [canary("Degraded", ',pod="argo-rollouts-2"')]: "_x18 1x2",
    },
    at: "6m",
    fires: [
      {
        labels: { system: "bizra", name: "bizra-apex-canary", severity: "warning" },
        summary: "a new version of bizra was rolled back, or cannot be rolled out (bizra-apex-canary)",
      },
    ],
  },
  {
    ...base,
    alert: "CanaryRolledBack",
    when: "a canary waits at a step, and somebody else's was rolled back",
    series: {
      [canary("Paused")]: "1x40",
      'rollout_info{exported_namespace="shop",name="web",phase="Degraded"}': "1x40",
    },
    at: "6m",
    fires: [],
  },
];
