/** What a stack asks for, by workload and namespace, and together. */
import type { Graph } from "../../../../policy/src/graph/graph.ts";
import { isMeshed } from "../../../../policy/src/graph/mesh.ts";
import type { Workload } from "../../../../policy/src/graph/workload.ts";
import { at, items } from "../../../../policy/src/k8s/field.ts";
import { root } from "../../../../policy/src/k8s/manifest.ts";
import { quantity } from "../../../../policy/src/k8s/quantity.ts";
import { type PodDemand, podDemand } from "./pods.ts";
import { type Scale, scaleOf } from "./scale.ts";

/** At least and at most: with as few, and as many, pods as there can be. */
export type Range = readonly [least: number, most: number];

/** Pods; CPU in thousandths of a core; memory and storage in bytes. */
export interface Sums {
  readonly pods: Range;
  readonly requests: { readonly cpu: Range; readonly memory: Range };
  readonly limits: { readonly cpu: Range; readonly memory: Range };
  readonly storage: Range;
}

export interface WorkloadDemand {
  readonly name: string;
  readonly kind: string;
  readonly pod: PodDemand;
  /** Nothing for a DaemonSet: one pod a node. */
  readonly scale: Scale | undefined;
}

export interface NamespaceDemand {
  readonly name: string;
  readonly workloads: readonly WorkloadDemand[];
  readonly sums: Sums;
}

export interface Resources {
  readonly namespaces: readonly NamespaceDemand[];
  readonly total: Sums;
  /** Containers without a limit, that the totals of limits lack. */
  readonly unlimited: number;
  /** Pods to which the mesh's injector adds a proxy, which is not among the objects and not in the sums. */
  readonly proxied: Range;
}

export function resourcesOf(graph: Graph): Resources {
  const claims = claimsOf(graph);
  const places = new Set([...graph.workloadNamespaces, ...claims.map(({ namespace }) => namespace)]);
  const namespaces = [...places].toSorted().map((name): NamespaceDemand => {
    const workloads = graph.workloadsIn(name).map((workload) => demandOf(graph, workload));
    const own = claims.filter(({ namespace }) => namespace === name);
    return { name, workloads, sums: sumsOf(workloads, own) };
  });
  const all = namespaces.flatMap(({ workloads }) => workloads);
  const meshed = graph.workloads
    .filter((workload) => isMeshed(graph, workload))
    .flatMap((workload) => scaleOf(graph, workload) ?? []);
  return {
    namespaces,
    total: sumsOf(all, claims),
    unlimited: all.reduce((count, { pod }) => count + pod.unlimited, 0),
    proxied: rangeOf(meshed, ({ least, most }) => [least, most]),
  };
}

function demandOf(graph: Graph, workload: Workload): WorkloadDemand {
  const { name, kind } = workload;
  return { name, kind, pod: podDemand(workload), scale: scaleOf(graph, workload) };
}

function rangeOf<T>(list: readonly T[], range: (each: T) => Range): Range {
  return list.map(range).reduce<Range>(([a, b], [least, most]) => [a + least, b + most], [0, 0]);
}

function sumsOf(workloads: readonly WorkloadDemand[], claims: readonly Claim[]): Sums {
  const times = (amount: (pod: PodDemand) => number): Range =>
    rangeOf(workloads, ({ pod, scale }) => [
      amount(pod) * (scale?.least ?? 0),
      amount(pod) * (scale?.most ?? 0),
    ]);
  return {
    pods: times(() => 1),
    requests: {
      cpu: times(({ requests }) => requests.cpu),
      memory: times(({ requests }) => requests.memory),
    },
    limits: { cpu: times(({ limits }) => limits.cpu), memory: times(({ limits }) => limits.memory) },
    storage: rangeOf(claims, ({ bytes, least }) => [least ? bytes : 0, bytes]),
  };
}

interface Claim {
  readonly namespace: string;
  readonly name: string;
  readonly bytes: number;
  /** Whether it is there with the fewest pods as well. */
  readonly least: boolean;
}

/** Claims that are objects, and those that a StatefulSet or an operator makes for each pod; each name once. */
function claimsOf(graph: Graph): readonly Claim[] {
  const written = graph.ofKind("", "PersistentVolumeClaim").map(({ namespace, name, manifest }) => ({
    ...{ namespace, name, least: true },
    bytes: quantity(at(root(manifest), "spec", "resources", "requests", "storage").value) ?? 0,
  }));
  const made = graph.workloads.flatMap((workload) => claimsFor(graph, workload));
  const all = [...made, ...written];
  return [...new Map(all.map((claim) => [`${claim.namespace}/${claim.name}`, claim])).values()];
}

function claimsFor(graph: Graph, workload: Workload): readonly Claim[] {
  const { namespace, name, manifest } = workload;
  const spec = at(root(manifest), "spec");
  const own = at(spec, "storage", "volumeClaimTemplate");
  const templates = [...items(at(spec, "volumeClaimTemplates")), ...(own.value === undefined ? [] : [own])];
  const { least = 0, most = 0 } = scaleOf(graph, workload) ?? {};
  return templates.flatMap((template) => {
    const title = at(template, "metadata", "name").value;
    const bytes = quantity(at(template, "spec", "resources", "requests", "storage").value) ?? 0;
    return Array.from({ length: most }, (_, index) => ({
      ...{ namespace, bytes, least: index < least },
      name: `${typeof title === "string" ? title : "data"}-${name}-${index}`,
    }));
  });
}
