/** Situations of volumes, memory, CPU, containers and targets. */
import type { Situation } from "../../../support/promtool.ts";

const base = { step: "1m" } as const;
const warning = { severity: "warning", system: "paw" } as const;
const critical = { severity: "critical", system: "paw" } as const;
const claim = '{namespace="paw",persistentvolumeclaim="data-paw-validator-0"}';
const container = { namespace: "paw", pod: "paw-validator-0", container: "node" } as const;
const node = '{namespace="paw",pod="paw-validator-0",container="node"}';
const restarts = `kube_pod_container_status_restarts_total${node}`;
const GB = 1_000_000_000;

export const resources: readonly Situation[] = [
  {
    alert: "VolumeFillsUp",
    when: "150 of 500 GB are free, and 1 GB goes every half hour: three days and a bit are left",
    step: "30m",
    series: {
      [`kubelet_volume_stats_available_bytes${claim}`]: `${160 * GB}-${GB}x20`,
      [`kubelet_volume_stats_capacity_bytes${claim}`]: `${500 * GB}x20`,
    },
    at: "10h",
    fires: [
      {
        labels: { namespace: "paw", persistentvolumeclaim: "data-paw-validator-0", ...warning },
        summary: "data-paw-validator-0 will be full within four days",
      },
    ],
  },
  {
    alert: "VolumeFillsUp",
    when: "150 of 500 GB are free, and 1 GB goes every two hours: twelve days are left",
    step: "30m",
    series: {
      [`kubelet_volume_stats_available_bytes${claim}`]: `${155 * GB}-${GB / 4}x20`,
      [`kubelet_volume_stats_capacity_bytes${claim}`]: `${500 * GB}x20`,
    },
    at: "10h",
    fires: [],
  },
  {
    alert: "VolumeFillsUp",
    when: "a snapshot is being written to an empty volume, at a pace that will not last",
    step: "30m",
    series: {
      [`kubelet_volume_stats_available_bytes${claim}`]: `${480 * GB}-${3 * GB}x20`,
      [`kubelet_volume_stats_capacity_bytes${claim}`]: `${500 * GB}x20`,
    },
    at: "10h",
    fires: [],
  },
  {
    ...base,
    alert: "VolumeAlmostFull",
    when: "25 of 500 GB are free",
    series: {
      [`kubelet_volume_stats_available_bytes${claim}`]: `${25 * GB}x20`,
      [`kubelet_volume_stats_capacity_bytes${claim}`]: `${500 * GB}x20`,
    },
    at: "10m",
    fires: [
      {
        labels: { namespace: "paw", persistentvolumeclaim: "data-paw-validator-0", ...critical },
        summary: "data-paw-validator-0 has 5% left",
      },
    ],
  },
  {
    ...base,
    alert: "VolumeAlmostFull",
    when: "100 of 500 GB are free",
    series: {
      [`kubelet_volume_stats_available_bytes${claim}`]: `${100 * GB}x20`,
      [`kubelet_volume_stats_capacity_bytes${claim}`]: `${500 * GB}x20`,
    },
    at: "10m",
    fires: [],
  },
  ...compute(),
  ...containers(),
  ...reach(),
];

function compute(): readonly Situation[] {
  const memory = `container_memory_working_set_bytes${node}`;
  const pause = 'container_memory_working_set_bytes{namespace="paw",pod="paw-validator-0",container=""}';
  const limit =
    'kube_pod_container_resource_limits{namespace="paw",pod="paw-validator-0",container="node",resource="memory",unit="byte"}';
  const throttled = `container_cpu_cfs_throttled_periods_total${node}`;
  const periods = `container_cpu_cfs_periods_total${node}`;
  return [
    {
      ...base,
      alert: "MemoryNearLimit",
      when: "7.6 of 8 GB for twenty minutes",
      series: { [memory]: "7600000000x30", [pause]: "7900000000x30", [limit]: "8000000000x30" },
      at: "20m",
      fires: [
        { labels: { ...container, ...warning }, summary: "paw-validator-0/node uses 95% of its memory" },
      ],
    },
    {
      ...base,
      alert: "MemoryNearLimit",
      when: "6 of 8 GB, and the pod's own sum is no container's",
      series: { [memory]: "6000000000x30", [pause]: "7900000000x30", [limit]: "8000000000x30" },
      at: "20m",
      fires: [],
    },
    {
      ...base,
      alert: "CpuThrottled",
      when: "in half of its periods it wanted more",
      series: { [throttled]: "0+300x40", [periods]: "0+600x40" },
      at: "30m",
      fires: [
        {
          labels: { ...container, ...warning },
          summary: "paw-validator-0/node is throttled 50% of the time",
        },
      ],
    },
    {
      ...base,
      alert: "CpuThrottled",
      when: "in one of ten periods",
      series: { [throttled]: "0+60x40", [periods]: "0+600x40" },
      at: "30m",
      fires: [],
    },
  ];
}

function containers(): readonly Situation[] {
  const waiting =
    'kube_pod_container_status_waiting_reason{namespace="paw",pod="paw-validator-0",container="node",reason="CrashLoopBackOff"}';
  const killed =
    'kube_pod_container_status_last_terminated_reason{namespace="paw",pod="paw-validator-0",container="node",reason="OOMKilled"}';
  const phase = (of: string): string =>
    `kube_pod_status_phase{namespace="paw",pod="paw-validator-0",phase="${of}"}`;
  return [
    {
      ...base,
      alert: "ContainerRestarting",
      when: "four restarts within the hour",
      series: { [restarts]: "0x10 1x10 2x10 3x10 4x30" },
      at: "55m",
      fires: [
        {
          labels: { ...container, ...warning },
          // Over the hour that has begun, Prometheus stretches four in 55 minutes to the whole of it.
          summary: "paw-validator-0/node was restarted 4 times in an hour",
        },
      ],
    },
    {
      ...base,
      alert: "ContainerRestarting",
      when: "one restart, an hour ago",
      series: { [restarts]: "0x5 1x120" },
      at: "55m",
      fires: [],
    },
    {
      ...base,
      alert: "ContainerCrashLooping",
      when: "it starts for a moment every few minutes and waits again",
      series: { [waiting]: "1 1 1 _ 1 1 1 _ 1 1 1 1 _ 1 1 1 1" },
      at: "15m",
      fires: [
        {
          labels: { ...container, reason: "CrashLoopBackOff", ...warning },
          summary: "paw-validator-0/node does not stay up",
        },
      ],
    },
    {
      ...base,
      alert: "ContainerCrashLooping",
      when: "it crashed once and has stayed up since",
      series: { [waiting]: "1 _x20" },
      at: "15m",
      fires: [],
    },
    {
      ...base,
      alert: "ContainerOutOfMemory",
      when: "it was killed ten minutes ago",
      series: { [restarts]: "2x10 3x30", [killed]: "_x10 1x30" },
      at: "20m",
      fires: [
        { labels: { ...container, ...warning }, summary: "paw-validator-0/node was killed for its memory" },
      ],
    },
    {
      ...base,
      alert: "ContainerOutOfMemory",
      when: "it was killed last week, and Kubernetes still remembers",
      series: { [restarts]: "3x90", [killed]: "1x90" },
      at: "80m",
      fires: [],
    },
    {
      ...base,
      alert: "PodPending",
      when: "no machine for twenty minutes",
      series: { [phase("Pending")]: "1x30", [phase("Running")]: "0x30" },
      at: "20m",
      fires: [
        {
          labels: { namespace: "paw", pod: "paw-validator-0", phase: "Pending", ...warning },
          summary: "paw-validator-0 is not started",
        },
      ],
    },
    {
      ...base,
      alert: "PodPending",
      when: "it waited two minutes for its volume",
      series: { [phase("Pending")]: "1x2 0x30", [phase("Running")]: "0x2 1x30" },
      at: "20m",
      fires: [],
    },
  ];
}

function reach(): readonly Situation[] {
  const up = 'up{namespace="paw",pod="paw-sentry-0",job="paw-sentry"}';
  const available = 'kube_deployment_status_replicas_available{namespace="paw",deployment="paw-api"}';
  return [
    {
      ...base,
      alert: "TargetDown",
      when: "a sentry is not scraped for ten minutes",
      series: { [up]: "1x5 0x15" },
      at: "15m",
      fires: [
        {
          labels: { namespace: "paw", pod: "paw-sentry-0", job: "paw-sentry", ...warning },
          summary: "paw-sentry-0 does not show its metrics (paw-sentry)",
        },
      ],
    },
    {
      ...base,
      alert: "TargetDown",
      when: "one scrape was lost, and a target of somebody else's namespace is down",
      series: { [up]: "1x5 0 1x15", 'up{namespace="kube-system",pod="x",job="x"}': "0x30" },
      at: "15m",
      fires: [],
    },
    {
      ...base,
      alert: "ApiUnavailable",
      when: "no pod of the API is ready",
      series: { [available]: "3x5 0x10" },
      at: "10m",
      fires: [
        {
          labels: { namespace: "paw", deployment: "paw-api", ...critical },
          summary: "the chain's API answers nobody",
        },
      ],
    },
    {
      ...base,
      alert: "ApiUnavailable",
      when: "one of three is left",
      series: { [available]: "3x5 1x10" },
      at: "10m",
      fires: [],
    },
  ];
}
