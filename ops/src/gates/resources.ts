import type { V1Container, V1Pod } from "@kubernetes/client-node";

import { toMilli } from "../../../components/quantity.ts";
import type { Fault } from "../running/checks.ts";
import { nameOf } from "../running/forward.ts";
import { type Prometheus, type Sample, withPrometheus } from "../running/prometheus.ts";
import { type Gate, type Scene, aboutPods } from "./gate.ts";

/** What the kubelets' cAdvisor tells, in the cluster's Prometheus. */
const questions = {
  memory: (namespace: string) =>
    `max by (pod, container) (container_memory_working_set_bytes{namespace="${namespace}",container!=""})`,
  cpu: (namespace: string) =>
    `sum by (pod, container) (rate(container_cpu_usage_seconds_total{namespace="${namespace}",container!=""}[5m]))`,
  throttled: (namespace: string) =>
    `sum by (pod, container) (increase(container_cpu_cfs_throttled_periods_total{namespace="${namespace}",container!=""}[5m]))`,
};
type Usage = Readonly<Record<keyof typeof questions, readonly Sample[]>>;

/** Gate 4 of spec B10: all containers under their limits, none killed for memory, none throttled. */
export const resources: Gate = {
  id: "resource-usage",
  title: "4 resource usage",
  wanted: "usage under the limits, nothing killed for memory, no throttling in the last 5 minutes",
  look: aboutPods(async (scene) => {
    const killed = scene.pods.flatMap((pod) => killedFor(pod, scene.namespace));
    const usage = await withPrometheus(scene.target, (prometheus) => usageOf(prometheus, scene.namespace));
    const containers = scene.pods.flatMap((pod) =>
      (pod.spec?.containers ?? []).map((container) => ({ pod: nameOf(pod), container })),
    );
    const faults = [...killed, ...containers.flatMap((each) => overLimits(usage, each, scene))];
    const unknown = containers.filter(
      ({ pod, container }) => sampleOf(usage.memory, pod, container.name) === undefined,
    );
    const most = Math.max(0, ...usage.memory.map(({ value }) => value));
    const found = `${containers.length} containers, at most ${mebibytes(most)} of memory`;
    if (unknown.length === 0) return { found, faults };
    const names = unknown.map(({ pod, container }) => `${pod}/${container.name}`).join(", ");
    return { found, faults, notEvaluated: `Prometheus has no usage of ${names}: are kubelets scraped?` };
  }),
};

const mebibytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)}Mi`;

async function usageOf(prometheus: Prometheus, namespace: string): Promise<Usage> {
  const [memory, cpu, throttled] = await Promise.all([
    prometheus.query(questions.memory(namespace)),
    prometheus.query(questions.cpu(namespace)),
    prometheus.query(questions.throttled(namespace)),
  ]);
  return { memory, cpu, throttled };
}

function sampleOf(samples: readonly Sample[], pod: string, container: string): number | undefined {
  return samples.find(({ labels }) => labels.pod === pod && labels.container === container)?.value;
}

interface Place {
  readonly pod: string;
  readonly container: V1Container;
}

function overLimits(usage: Usage, { pod, container }: Place, { namespace }: Scene): Fault[] {
  const limits = container.resources?.limits ?? {};
  const place = `${pod}/${container.name}`;
  const next = `kubectl top pod -n ${namespace} ${pod} --containers; docs/runbooks/resource-usage.md`;
  const memory = sampleOf(usage.memory, pod, container.name);
  const cpu = sampleOf(usage.cpu, pod, container.name);
  const throttled = sampleOf(usage.throttled, pod, container.name);
  const missing = ["cpu", "memory"].filter((resource) => limits[resource] === undefined);
  const faults = missing.map((resource) => `has no limit of ${resource}`);
  if (memory !== undefined && limits.memory !== undefined && memory * 1000 >= Number(toMilli(limits.memory)))
    faults.push(`uses ${mebibytes(memory)} of memory, limit ${limits.memory}`);
  if (cpu !== undefined && limits.cpu !== undefined && cpu * 1000 >= Number(toMilli(limits.cpu)))
    faults.push(`uses ${cpu.toFixed(2)} CPUs, limit ${limits.cpu}`);
  if (throttled !== undefined && throttled >= 1)
    faults.push(`was throttled in ${throttled.toFixed(0)} periods of the last 5 minutes`);
  return faults.map((fault) => ({ found: `${place} ${fault}`, next }));
}

function killedFor(pod: V1Pod, namespace: string): Fault[] {
  const statuses = pod.status?.containerStatuses ?? [];
  return statuses
    .filter(({ state, lastState }) =>
      [state, lastState].some((each) => each?.terminated?.reason === "OOMKilled"),
    )
    .map(({ name }) => ({
      found: `${nameOf(pod)}/${name} was killed for its memory (OOMKilled)`,
      next: `kubectl describe pod -n ${namespace} ${nameOf(pod)}; docs/runbooks/resource-usage.md`,
    }));
}
