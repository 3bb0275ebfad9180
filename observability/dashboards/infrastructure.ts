/** Infrastructure (spec A8): CPU, memory, disk, network, and the mesh between the pods. */
import { deployments, inNamespace, podVariables } from "./shared.ts";
import { type DashboardSpec, falling, rising } from "./spec.ts";
import { type ObservabilitySite, type Query, query } from "../model.ts";

const pods = `${inNamespace},pod=~"$pod"`;
const containers = `${pods},container!=""`;

export function infrastructure({ namespaces, platformNamespaces }: ObservabilitySite): DashboardSpec {
  return {
    uid: "paw-infrastructure",
    title: "Infrastructure",
    description: "What pods and machines use, of what they have.",
    folder: "PAW",
    variables: podVariables([namespaces.paw, namespaces.bizra, ...platformNamespaces]),
    annotations: deployments,
    rows: [
      { title: "Pods", panels: state },
      { title: "CPU and memory", panels: compute },
      { title: "Disk", panels: disk },
      { title: "Network and mesh", panels: network },
      { title: "Machines", panels: machines },
    ],
  };
}

/** How much of a limit is used. */
const ofLimit = (used: string, resource: "cpu" | "memory"): Query => ({
  sources: ["cadvisor", "kube-state-metrics"],
  expr: `sum by (pod) (${used}) / sum by (pod) (kube_pod_container_resource_limits{${pods},resource="${resource}"})`,
  legend: "{{pod}}",
});

const state: DashboardSpec["rows"][number]["panels"] = [
  {
    kind: "timeseries",
    title: "Pods that are not ready",
    description: "Pods of a running workload that do not answer their readiness probe. None is normal.",
    unit: "none",
    width: 12,
    min: 0,
    thresholds: rising(1, 2),
    queries: [
      query(
        "kube-state-metrics",
        `sum by (pod) (kube_pod_status_ready{${pods},condition="false"} * on (namespace, pod) group_left () kube_pod_status_phase{${pods},phase="Running"})`,
        "{{pod}}",
      ),
    ],
  },
  {
    kind: "timeseries",
    title: "Restarts in an hour",
    description: "Containers that ended and were started again.",
    unit: "none",
    width: 12,
    min: 0,
    thresholds: rising(1, 3),
    queries: [
      query(
        "kube-state-metrics",
        `sum by (pod, container) (increase(kube_pod_container_status_restarts_total{${pods}}[1h]))`,
        "{{pod}} {{container}}",
      ),
    ],
  },
];

const compute: DashboardSpec["rows"][number]["panels"] = [
  {
    kind: "timeseries",
    title: "CPU of the limit",
    description: "At 1 a pod gets no more CPU and is throttled.",
    unit: "percentunit",
    width: 8,
    min: 0,
    thresholds: rising(0.8, 0.95),
    queries: [ofLimit(`rate(container_cpu_usage_seconds_total{${containers}}[2m])`, "cpu")],
  },
  {
    kind: "timeseries",
    title: "Memory of the limit",
    description: "At 1 a container is killed.",
    unit: "percentunit",
    width: 8,
    min: 0,
    thresholds: rising(0.8, 0.9),
    queries: [ofLimit(`container_memory_working_set_bytes{${containers}}`, "memory")],
  },
  {
    kind: "timeseries",
    title: "Throttled",
    description: "Share of the scheduler's periods in which a container wanted more CPU than it may have.",
    unit: "percentunit",
    width: 8,
    min: 0,
    thresholds: rising(0.1, 0.25),
    queries: [
      query(
        "cadvisor",
        `sum by (pod, container) (rate(container_cpu_cfs_throttled_periods_total{${containers}}[5m])) / sum by (pod, container) (rate(container_cpu_cfs_periods_total{${containers}}[5m]))`,
        "{{pod}} {{container}}",
      ),
    ],
  },
];

const disk: DashboardSpec["rows"][number]["panels"] = [
  {
    kind: "timeseries",
    title: "Free space on volumes",
    description: "Share of a volume that is free. Volumes grow in place: docs/runbooks/storage.md.",
    unit: "percentunit",
    width: 12,
    min: 0,
    max: 1,
    thresholds: falling(0.1, 0.25),
    queries: [
      query(
        "kubelet",
        `min by (persistentvolumeclaim) (kubelet_volume_stats_available_bytes{${inNamespace}} / kubelet_volume_stats_capacity_bytes{${inNamespace}})`,
        "{{persistentvolumeclaim}}",
      ),
    ],
  },
  {
    kind: "timeseries",
    title: "Disk traffic",
    description: "Bytes per second that a pod reads and writes.",
    unit: "Bps",
    width: 12,
    min: 0,
    queries: [
      query("cadvisor", `sum by (pod) (rate(container_fs_reads_bytes_total{${pods}}[2m]))`, "{{pod}} read"),
      query(
        "cadvisor",
        `sum by (pod) (rate(container_fs_writes_bytes_total{${pods}}[2m]))`,
        "{{pod}} written",
      ),
    ],
  },
];

const network: DashboardSpec["rows"][number]["panels"] = [
  {
    kind: "timeseries",
    title: "Network traffic",
    description: "Bytes per second that a pod receives and sends.",
    unit: "Bps",
    width: 8,
    min: 0,
    queries: [
      query(
        "cadvisor",
        `sum by (pod) (rate(container_network_receive_bytes_total{${pods}}[2m]))`,
        "{{pod}} received",
      ),
      query(
        "cadvisor",
        `sum by (pod) (rate(container_network_transmit_bytes_total{${pods}}[2m]))`,
        "{{pod}} sent",
      ),
    ],
  },
  {
    kind: "timeseries",
    title: "Success in the mesh",
    description: "Share of the requests that a pod's proxy answered without failure.",
    unit: "percentunit",
    width: 8,
    min: 0,
    max: 1,
    thresholds: falling(0.95, 0.99),
    queries: [
      query(
        "linkerd",
        `sum by (pod) (rate(response_total{${pods},direction="inbound",classification="success"}[2m])) / sum by (pod) (rate(response_total{${pods},direction="inbound"}[2m]))`,
        "{{pod}}",
      ),
    ],
  },
  {
    kind: "timeseries",
    title: "Latency in the mesh",
    description: "95 of 100 requests to a pod are answered within this time.",
    unit: "ms",
    width: 8,
    min: 0,
    queries: [
      query(
        "linkerd",
        `histogram_quantile(0.95, sum by (le, pod) (rate(response_latency_ms_bucket{${pods},direction="inbound"}[2m])))`,
        "{{pod}}",
      ),
    ],
  },
];

const machines: DashboardSpec["rows"][number]["panels"] = [
  {
    kind: "timeseries",
    title: "CPU of machines",
    description: "Share of a machine's CPU time that is used.",
    unit: "percentunit",
    width: 6,
    min: 0,
    max: 1,
    thresholds: rising(0.8, 0.95),
    queries: [
      query(
        "node-exporter",
        '1 - avg by (instance) (rate(node_cpu_seconds_total{mode="idle"}[2m]))',
        "{{instance}}",
      ),
    ],
  },
  {
    kind: "timeseries",
    title: "Memory of machines",
    description: "Share of a machine's memory that is used.",
    unit: "percentunit",
    width: 6,
    min: 0,
    max: 1,
    thresholds: rising(0.8, 0.95),
    queries: [
      query(
        "node-exporter",
        "1 - avg by (instance) (node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes)",
        "{{instance}}",
      ),
    ],
  },
  {
    kind: "timeseries",
    title: "Disks of machines",
    description:
      "Share of a machine's root file system that is used, and of the time in which its disk is busy.",
    unit: "percentunit",
    width: 6,
    min: 0,
    max: 1,
    thresholds: rising(0.8, 0.95),
    queries: [
      query(
        "node-exporter",
        '1 - avg by (instance) (node_filesystem_avail_bytes{mountpoint="/"} / node_filesystem_size_bytes{mountpoint="/"})',
        "{{instance}} space",
      ),
      query(
        "node-exporter",
        "max by (instance) (rate(node_disk_io_time_seconds_total[2m]))",
        "{{instance}} busy",
      ),
    ],
  },
  {
    kind: "timeseries",
    title: "Network of machines",
    description: "Bytes per second that a machine receives and sends, the loopback left out.",
    unit: "Bps",
    width: 6,
    min: 0,
    queries: [
      query(
        "node-exporter",
        'sum by (instance) (rate(node_network_receive_bytes_total{device!="lo"}[2m]))',
        "{{instance}} received",
      ),
      query(
        "node-exporter",
        'sum by (instance) (rate(node_network_transmit_bytes_total{device!="lo"}[2m]))',
        "{{instance}} sent",
      ),
    ],
  },
];
