/** What runs where, and which Services lead to it. */
import type { Graph, Item } from "../../../policy/src/graph/graph.ts";
import { type Workload, isBehind, protocolOf } from "../../../policy/src/graph/workload.ts";
import { type Field, at, items } from "../../../policy/src/k8s/field.ts";
import { root } from "../../../policy/src/k8s/manifest.ts";

export interface ServiceBox {
  readonly name: string;
  /** ClusterIP, NodePort, LoadBalancer or ExternalName; `headless` where it has no address. */
  readonly type: string;
  /** Such as `rpc 26657/TCP`. */
  readonly ports: readonly string[];
  /** Indices of the namespace's workloads that it leads to. */
  readonly selects: readonly number[];
  /** Why it leads nowhere that is to be seen here. */
  readonly nowhere: string | undefined;
}

export interface WorkloadBox {
  readonly kind: string;
  readonly name: string;
  /** Pods, such as `4 pods` or `one a node`. */
  readonly pods: string;
  readonly hostNetwork: boolean;
}

export interface NamespaceBox {
  readonly name: string;
  readonly workloads: readonly WorkloadBox[];
  readonly services: readonly ServiceBox[];
}

/** The namespaces in which something runs or is offered, by name; and those that hold neither. */
export interface Topology {
  readonly namespaces: readonly NamespaceBox[];
  readonly empty: readonly string[];
}

export function topologyOf(graph: Graph): Topology {
  const services = graph.ofKind("", "Service");
  const filled = new Set([...graph.workloadNamespaces, ...services.map(({ namespace }) => namespace)]);
  const brought = graph.ofKind("", "Namespace").map(({ name }) => name);
  return {
    namespaces: [...filled].toSorted().map((name) => namespaceBox(graph, name)),
    empty: brought.filter((name) => !filled.has(name)).toSorted(),
  };
}

function namespaceBox(graph: Graph, name: string): NamespaceBox {
  const workloads = graph.workloadsIn(name).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const services = graph.ofKind("", "Service", name).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  return {
    name,
    workloads: workloads.map((workload) => ({
      kind: workload.kind,
      name: workload.name,
      pods: podsOf(workload),
      hostNetwork: workload.hostNetwork,
    })),
    services: services.map((service) => serviceBox(service, workloads)),
  };
}

function podsOf({ kind, replicas }: Workload): string {
  if (kind === "DaemonSet") return "one a node";
  if (kind === "CronJob") return "by the clock";
  if (kind === "Job") return "once";
  if (replicas === undefined) return "number not known";
  return replicas === 1 ? "1 pod" : `${replicas} pods`;
}

function serviceBox({ name, manifest }: Item, workloads: readonly Workload[]): ServiceBox {
  const spec = at(root(manifest), "spec");
  const selector = at(spec, "selector");
  const type = at(spec, "type").value ?? "ClusterIP";
  const headless = at(spec, "clusterIP").value === "None";
  const selects = workloads.flatMap((workload, index) => (isBehind(selector, workload) ? [index] : []));
  return {
    name,
    type: headless ? "headless" : typeof type === "string" ? type : "type not known",
    ports: items(at(spec, "ports")).map(portName),
    selects,
    nowhere: selects.length > 0 ? undefined : reasonFor(selector, type),
  };
}

function portName(port: Field): string {
  const [name, number] = ["name", "port"].map((field) => at(port, field).value);
  const text = `${typeof number === "number" ? number : "not known"}/${protocolOf(port) ?? "not known"}`;
  return typeof name === "string" ? `${name} ${text}` : text;
}

function reasonFor(selector: Field, type: unknown): string {
  if (type === "ExternalName") return "a name outside the cluster";
  return selector.value === undefined ? "it has no selector" : "no workload among the objects has its labels";
}
