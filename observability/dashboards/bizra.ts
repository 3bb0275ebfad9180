/** bizra's dashboard (spec B11): six panels. */
import { deployments, inNamespace } from "./shared.ts";
import { type DashboardSpec, falling, rising } from "./spec.ts";
import { type ObservabilitySite, query, serviceLevels } from "../model.ts";

export function bizra(site: ObservabilitySite): DashboardSpec {
  return {
    uid: "bizra-apex",
    title: "bizra-apex",
    description: "Finality, proofs of impact, errors, resources and pods of bizra.",
    folder: "bizra",
    variables: [
      {
        name: "namespace",
        label: "Namespace",
        query: query("bizra", "label_values(bizra_finality_check_seconds_count, namespace)"),
        initial: site.namespaces.bizra,
      },
      {
        name: "pod",
        label: "Pod",
        query: query(
          "bizra",
          'label_values(bizra_finality_check_seconds_count{namespace=~"$namespace"}, pod)',
        ),
        multi: true,
      },
    ],
    annotations: deployments,
    rows: [{ title: "bizra-apex", panels: [...performance(site), ...operation(site)] }],
  };
}

const pods = `${inNamespace},pod=~"$pod"`;

const performance = ({ thresholds }: ObservabilitySite): DashboardSpec["rows"][number]["panels"] => [
  {
    kind: "timeseries",
    title: "Finality latency",
    description: `Time of a finality check: median, 95 and 99 of 100. 99 of 100 have to stay below ${thresholds.finalitySeconds * 1000} ms.`,
    unit: "s",
    width: 12,
    min: 0,
    thresholds: rising(thresholds.finalitySeconds * 0.8, thresholds.finalitySeconds),
    queries: [0.5, 0.95, 0.99].map((quantile) =>
      query(
        "bizra",
        `histogram_quantile(${quantile}, sum by (le) (rate(bizra_finality_check_seconds_bucket{${pods}}[1m])))`,
        `p${quantile * 100}`,
      ),
    ),
  },
  {
    kind: "timeseries",
    title: "PoI generation rate",
    description: `Proofs of impact generated per second. The service level is ${serviceLevels.generation}; an alert warns below ${thresholds.poiThroughput}, over all pods.`,
    unit: "ops",
    width: 12,
    min: 0,
    thresholds: falling(serviceLevels.generation, thresholds.poiThroughput),
    queries: [
      query("bizra", `sum(rate(bizra_poi_generate_seconds_count{${pods}}[1m]))`, "all pods"),
      query("bizra", `sum by (pod) (rate(bizra_poi_generate_seconds_count{${pods}}[1m]))`, "{{pod}}"),
    ],
  },
  {
    kind: "timeseries",
    title: "PoI verification rate",
    description: `Proofs of impact verified per second. The service level is ${serviceLevels.verification}.`,
    unit: "ops",
    width: 12,
    min: 0,
    thresholds: falling(serviceLevels.verification, serviceLevels.verification * 2),
    queries: [
      query("bizra", `sum(rate(bizra_poi_verify_seconds_count{${pods}}[1m]))`, "all pods"),
      query("bizra", `sum by (pod) (rate(bizra_poi_verify_seconds_count{${pods}}[1m]))`, "{{pod}}"),
    ],
  },
];

const operation = ({ namespaces }: ObservabilitySite): DashboardSpec["rows"][number]["panels"] => [
  {
    kind: "timeseries",
    title: "Error rate",
    description: "Errors per minute, over all kinds. None is normal.",
    unit: "opm",
    width: 12,
    min: 0,
    thresholds: rising(1, 10),
    queries: [query("bizra", `sum by (pod) (rate(bizra_errors_total{${pods}}[1m])) * 60`, "{{pod}}")],
  },
  {
    kind: "timeseries",
    title: "Resource usage",
    description: "CPU and memory as shares of a pod's limits. At 1 it is throttled, or killed.",
    unit: "percentunit",
    width: 12,
    min: 0,
    thresholds: rising(0.8, 0.95),
    queries: [
      {
        sources: ["cadvisor", "kube-state-metrics"],
        expr:
          `sum by (pod) (rate(container_cpu_usage_seconds_total{${pods},container="bizra-apex"}[2m]))` +
          ` / sum by (pod) (kube_pod_container_resource_limits{${pods},container="bizra-apex",resource="cpu"})`,
        legend: "{{pod}} CPU",
      },
      {
        sources: ["cadvisor", "kube-state-metrics"],
        expr:
          `sum by (pod) (container_memory_working_set_bytes{${pods},container="bizra-apex"})` +
          ` / sum by (pod) (kube_pod_container_resource_limits{${pods},container="bizra-apex",resource="memory"})`,
        legend: "{{pod}} memory",
      },
    ],
  },
  {
    kind: "timeseries",
    title: "Pod health",
    description: `Pods that are ready, and restarts within an hour, in ${namespaces.bizra} or the chosen namespace.`,
    unit: "none",
    width: 12,
    min: 0,
    queries: [
      query(
        "kube-state-metrics",
        `sum(kube_pod_status_ready{${inNamespace},pod=~"bizra-apex.*",condition="true"})`,
        "ready",
      ),
      query(
        "kube-state-metrics",
        `sum(increase(kube_pod_container_status_restarts_total{${inNamespace},pod=~"bizra-apex.*"}[1h]))`,
        "restarts in an hour",
      ),
    ],
  },
];
