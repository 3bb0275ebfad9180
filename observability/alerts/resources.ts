/** Do pods have what they need, and do they stay up? */
import { type ObservabilitySite, query } from "../model.ts";
import type { Alert, RuleGroup } from "./alert.ts";
import { stalled } from "./consensus.ts";

export function resources({ namespaces, platformNamespaces }: ObservabilitySite): RuleGroup {
  const all = `namespace=~"${[namespaces.paw, namespaces.bizra, ...platformNamespaces].join("|")}"`;
  return {
    name: "paw-resources",
    system: "paw",
    alerts: [...volumes(all), ...compute(all), ...containers(all), ...reach(all, namespaces.paw)],
  };
}

const volumes = (all: string): readonly Alert[] => [
  {
    name: "VolumeFillsUp",
    query: query(
      "kubelet",
      `predict_linear(kubelet_volume_stats_available_bytes{${all}}[6h], 4 * 24 * 3600) < 0` +
        ` and kubelet_volume_stats_available_bytes{${all}} / kubelet_volume_stats_capacity_bytes{${all}} < 0.4`,
    ),
    for: "1h",
    severity: "warning",
    summary: "{{ $labels.persistentvolumeclaim }} will be full within four days",
    description: "At the pace of the last six hours. Volumes grow in place, without a restart.",
    runbook: "storage",
    follows: [{ alert: "VolumeAlmostFull", equal: ["namespace", "persistentvolumeclaim"] }],
  },
  {
    name: "VolumeAlmostFull",
    query: query(
      "kubelet",
      `kubelet_volume_stats_available_bytes{${all}} / kubelet_volume_stats_capacity_bytes{${all}} < 0.1`,
    ),
    for: "5m",
    severity: "critical",
    summary: "{{ $labels.persistentvolumeclaim }} has {{ $value | humanizePercentage }} left",
    description: "A node whose disk is full stops, and its database may not survive it.",
    runbook: "storage",
  },
];

const compute = (all: string): readonly Alert[] => [
  {
    name: "MemoryNearLimit",
    query: {
      sources: ["cadvisor", "kube-state-metrics"],
      expr:
        `max by (namespace, pod, container) (container_memory_working_set_bytes{${all},container!=""})` +
        ` / max by (namespace, pod, container) (kube_pod_container_resource_limits{${all},resource="memory"}) > 0.9`,
    },
    for: "10m",
    severity: "warning",
    summary: "{{ $labels.pod }}/{{ $labels.container }} uses {{ $value | humanizePercentage }} of its memory",
    description: "At the limit the container is killed.",
    runbook: "resource-usage",
  },
  {
    name: "CpuThrottled",
    query: query(
      "cadvisor",
      `sum by (namespace, pod, container) (increase(container_cpu_cfs_throttled_periods_total{${all},container!=""}[5m]))` +
        ` / sum by (namespace, pod, container) (increase(container_cpu_cfs_periods_total{${all},container!=""}[5m])) > 0.25`,
    ),
    for: "15m",
    severity: "warning",
    summary:
      "{{ $labels.pod }}/{{ $labels.container }} is throttled {{ $value | humanizePercentage }} of the time",
    description: "It wants more CPU than its limit. A throttled validator signs late.",
    runbook: "resource-usage",
  },
];

const containers = (all: string): readonly Alert[] => [
  {
    name: "ContainerRestarting",
    query: query("kube-state-metrics", `increase(kube_pod_container_status_restarts_total{${all}}[1h]) > 2`),
    for: "5m",
    severity: "warning",
    summary:
      "{{ $labels.pod }}/{{ $labels.container }} was restarted {{ $value | humanize }} times in an hour",
    description: "It comes back each time, and something ends it: an error, a probe, or a lack of memory.",
    runbook: "containers-restarting",
    follows: [
      { alert: "ContainerCrashLooping", equal: ["namespace", "pod", "container"] },
      { alert: "ContainerOutOfMemory", equal: ["namespace", "pod", "container"] },
    ],
  },
  {
    name: "ContainerCrashLooping",
    query: query(
      "kube-state-metrics",
      `max_over_time(kube_pod_container_status_waiting_reason{${all},reason="CrashLoopBackOff"}[5m]) == 1`,
    ),
    for: "5m",
    severity: "warning",
    summary: "{{ $labels.pod }}/{{ $labels.container }} does not stay up",
    description: "Kubernetes waits longer after every end. The log of the one before says why it ended.",
    runbook: "containers-restarting",
  },
  {
    name: "ContainerOutOfMemory",
    query: query(
      "kube-state-metrics",
      `increase(kube_pod_container_status_restarts_total{${all}}[30m]) > 0` +
        ` and on (namespace, pod, container) kube_pod_container_status_last_terminated_reason{${all},reason="OOMKilled"} == 1`,
    ),
    for: "0s",
    severity: "warning",
    summary: "{{ $labels.pod }}/{{ $labels.container }} was killed for its memory",
    description: "It reached its memory limit within the last half hour.",
    runbook: "resource-usage",
  },
  {
    name: "PodPending",
    query: query("kube-state-metrics", `kube_pod_status_phase{${all},phase="Pending"} == 1`),
    for: "15m",
    severity: "warning",
    summary: "{{ $labels.pod }} is not started",
    description:
      "No machine fits it, its volume is not there, its image cannot be pulled, or a Secret is missing.",
    runbook: "pods-pending",
  },
];

const reach = (all: string, paw: string): readonly Alert[] => [
  {
    name: "TargetDown",
    query: query("prometheus", `up{${all}} == 0`),
    for: "5m",
    severity: "warning",
    summary: "{{ $labels.pod }} does not show its metrics ({{ $labels.job }})",
    description:
      "Prometheus knows the target and gets no answer: the process is down, or a policy is between. Alerts about it cannot fire.",
    runbook: "metrics-silent",
    follows: [
      { alert: "ContainerCrashLooping", equal: ["namespace", "pod"] },
      { alert: "PodPending", equal: ["namespace", "pod"] },
    ],
  },
  {
    name: "ApiUnavailable",
    query: query(
      "kube-state-metrics",
      `kube_deployment_status_replicas_available{namespace="${paw}",deployment="paw-api"} == 0`,
    ),
    for: "2m",
    severity: "critical",
    summary: "the chain's API answers nobody",
    description: "No pod of {{ $labels.deployment }} is ready. They are ready when a full node is.",
    runbook: "services-not-accessible",
    follows: [{ alert: stalled, equal: ["namespace"] }],
  },
];
