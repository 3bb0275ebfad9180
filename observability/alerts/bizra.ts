/**
 * bizra's four alerts (spec B12), and one about its canary (B9). Rates are per second: the source of the figures multiplied them by 60, and so compared
 * operations per minute with a bound in operations per second.
 */
import { type ObservabilitySite, query } from "../model.ts";
import type { Alert, RuleGroup } from "./alert.ts";

/** Evaluation of bizra's rules (spec B12). */
export const bizraInterval = "30s";

export function bizra({ namespaces, thresholds, canary }: ObservabilitySite): RuleGroup {
  const ours = `namespace="${namespaces.bizra}"`;
  const pods = `${ours},pod=~"bizra-apex.*"`;
  const { finalitySeconds, poiThroughput } = thresholds;
  return {
    name: "bizra",
    system: "bizra",
    interval: bizraInterval,
    alerts: [
      {
        name: "FinalityLatencyHigh",
        query: query(
          "bizra",
          `histogram_quantile(0.99, sum by (namespace, le) (rate(bizra_finality_check_seconds_bucket{${ours}}[5m]))) > ${finalitySeconds}`,
        ),
        for: "5m",
        severity: "warning",
        summary: "1 % of finality checks take longer than {{ $value | humanizeDuration }}",
        description: `The 99th percentile of bizra_finality_check_seconds is above ${finalitySeconds * 1000} ms.`,
        runbook: "bizra",
      },
      {
        name: "PoIThroughputLow",
        query: query(
          "bizra",
          `sum by (namespace) (rate(bizra_poi_generate_seconds_count{${ours}}[5m])) < ${poiThroughput}`,
        ),
        for: "5m",
        severity: "warning",
        summary: "bizra generates {{ $value | humanize }} proofs of impact per second",
        description: `Over all pods, less than ${poiThroughput} operations per second.`,
        runbook: "bizra",
        follows: [{ alert: "PodNotReady", equal: ["namespace"] }],
      },
      {
        name: "PodNotReady",
        query: query("kube-state-metrics", `kube_pod_status_ready{${pods},condition="true"} == 0`),
        for: "2m",
        severity: "critical",
        summary: "{{ $labels.pod }} is not ready",
        description: "It gets no requests.",
        runbook: "bizra",
      },
      {
        name: "HighRestartCount",
        query: query(
          "kube-state-metrics",
          `increase(kube_pod_container_status_restarts_total{${pods}}[15m]) > 0`,
        ),
        for: "1m",
        severity: "warning",
        summary: "{{ $labels.pod }}/{{ $labels.container }} was restarted within a quarter of an hour",
        description: "A container of bizra has ended and was started again.",
        runbook: "bizra",
      },
      ...(canary ? [canaryRolledBack(namespaces.bizra)] : []),
    ],
  };
}

/** It lasts until the stack file asks for a version that holds: somebody has to decide which. */
function canaryRolledBack(namespace: string): Alert {
  return {
    name: "CanaryRolledBack",
    query: query(
      "argo-rollouts",
      `max by (name) (rollout_info{exported_namespace="${namespace}",phase="Degraded"}) > 0`,
    ),
    for: "1m",
    severity: "warning",
    summary: "a new version of bizra was rolled back, or cannot be rolled out ({{ $labels.name }})",
    description: "All requests go to the stable version. npx paw canary status says what was measured.",
    runbook: "bizra",
  };
}
