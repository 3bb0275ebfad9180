/** How many pods of a workload there are at least and at most. */
import type { Graph, Item } from "../../../../policy/src/graph/graph.ts";
import type { Workload } from "../../../../policy/src/graph/workload.ts";
import { at } from "../../../../policy/src/k8s/field.ts";
import { root } from "../../../../policy/src/k8s/manifest.ts";

export interface Scale {
  readonly least: number;
  readonly most: number;
  /** Why the two differ, or nothing can be said; for people. */
  readonly note: string | undefined;
}

/** Of a DaemonSet nothing is said: how many nodes there are, no object tells. */
export function scaleOf(graph: Graph, workload: Workload): Scale | undefined {
  const { kind, manifest, replicas } = workload;
  if (kind === "DaemonSet") return undefined;
  const spec = at(root(manifest), "spec");
  if (kind === "CronJob" || kind === "Job") {
    const { value } = at(kind === "Job" ? spec : at(spec, "jobTemplate", "spec"), "parallelism");
    return { least: 0, most: typeof value === "number" ? value : 1, note: "while it runs" };
  }
  const rollout = rolloutOf(graph, workload);
  const scaler = [rollout, workload].flatMap((target) => (target && scalerOf(graph, target)) ?? []).at(0);
  if (scaler) return scaler;
  const own = rollout ? at(root(rollout.manifest), "spec", "replicas").value : undefined;
  const count = typeof own === "number" ? own : (replicas ?? 1);
  return { least: count, most: count, note: undefined };
}

/** The Rollout that takes over a Deployment's pods. */
function rolloutOf(graph: Graph, { namespace, kind, name }: Workload): Item | undefined {
  return graph.ofKind("argoproj.io", "Rollout", namespace).find(({ manifest }) => {
    const reference = at(root(manifest), "spec", "workloadRef");
    return at(reference, "kind").value === kind && at(reference, "name").value === name;
  });
}

function scalerOf(graph: Graph, { namespace, kind, name }: Item): Scale | undefined {
  const scaler = graph.ofKind("autoscaling", "HorizontalPodAutoscaler", namespace).find(({ manifest }) => {
    const target = at(root(manifest), "spec", "scaleTargetRef");
    return at(target, "kind").value === kind && at(target, "name").value === name;
  });
  if (scaler === undefined) return undefined;
  const spec = at(root(scaler.manifest), "spec");
  const [least, most] = [at(spec, "minReplicas").value ?? 1, at(spec, "maxReplicas").value];
  if (typeof least !== "number" || typeof most !== "number") return undefined;
  return { least, most, note: `autoscaler ${scaler.name}` };
}
