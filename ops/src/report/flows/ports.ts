/** The ports that a question about two ends has to be asked for. */
import type { Graph } from "../../../../policy/src/graph/graph.ts";
import { serversOf } from "../../../../policy/src/graph/mesh.ts";
import { policiesOn, rulesOf } from "../../../../policy/src/graph/traffic.ts";
import { type Protocol, type Workload, isBehind, protocolOf } from "../../../../policy/src/graph/workload.ts";
import { type Field, at, items } from "../../../../policy/src/k8s/field.ts";
import { root } from "../../../../policy/src/k8s/manifest.ts";
import { type End, podsAt } from "./ends.ts";

export interface Port {
  readonly port: number;
  readonly protocol: Protocol;
  /** Whether it stands for all ports that nobody names. */
  readonly other?: true;
}

const last = 65_535;

/**
 * Ports at an end, sorted: those that its containers, Services, Servers and policies name, and of either protocol one
 * that nobody names, which stands for all others.
 */
export function portsAt(graph: Graph, end: End, callers: readonly End[]): readonly Port[] {
  const { workload } = end;
  const rules = [
    ...rulesOn(graph, end, "ingress"),
    // Of a workload its own objects tell; of others only what its callers may ask.
    ...(workload ? [] : callers.flatMap((caller) => rulesOn(graph, caller, "egress"))),
  ];
  const written = rules.flatMap((rule) => items(at(rule, "ports")));
  const named = [...(workload ? ownPorts(graph, workload) : []), ...written.flatMap(limitsOf)];
  const unique = new Map(named.map((each) => [`${each.port}/${each.protocol}`, each]));
  const sorted = [...unique.values()].toSorted(
    (a, b) => a.port - b.port || (a.protocol < b.protocol ? -1 : 1),
  );
  return [
    ...sorted,
    ...(["TCP", "UDP"] as const).flatMap((protocol) => otherPort([...sorted], written, protocol)),
  ];
}

function rulesOn(graph: Graph, end: End, direction: "ingress" | "egress"): readonly Field[] {
  const pods = podsAt(end);
  return pods ? policiesOn(graph, pods).flatMap((policy) => rulesOf(policy, direction)) : [];
}

/** What a workload itself listens on, as far as its objects say. */
function ownPorts(graph: Graph, workload: Workload): readonly Port[] {
  const { ports, namespace } = workload;
  const offered = graph
    .ofKind("", "Service", namespace)
    .filter(({ manifest }) => isBehind(at(root(manifest), "spec", "selector"), workload))
    .flatMap(({ manifest }) => items(at(root(manifest), "spec", "ports")))
    .flatMap((field) => targetOf(field, workload));
  return [
    ...ports.map(({ port, protocol = "TCP" }) => ({ port, protocol })),
    ...offered,
    ...served(graph, workload),
  ];
}

/** The port of a pod that a Service's port leads to. */
export function targetOf(field: Field, { ports }: Workload): readonly Port[] {
  const target = at(field, "targetPort").value ?? at(field, "port").value;
  const protocol = protocolOf(field);
  if (protocol === undefined) return [];
  if (typeof target === "number") return [{ port: target, protocol }];
  return ports
    .filter((each) => each.name === target && (each.protocol ?? "TCP") === protocol)
    .map(({ port }) => ({ port, protocol }));
}

/** Ports that Servers name by number. Those that they name by name are ports of containers. */
function served(graph: Graph, workload: Workload): readonly Port[] {
  return graph
    .ofKind("policy.linkerd.io", "Server", workload.namespace)
    .map(({ manifest }) => at(root(manifest), "spec", "port").value)
    .filter((port) => typeof port === "number")
    .filter((port) => serversOf(graph, workload, port).length > 0)
    .map((port) => ({ port, protocol: "TCP" }));
}

/** Both ends of a range, or the port; nothing for names, which containers give. */
function limitsOf(field: Field): readonly Port[] {
  const protocol = protocolOf(field);
  const limits = [at(field, "port").value, at(field, "endPort").value];
  return protocol === undefined
    ? []
    : limits.filter((port) => typeof port === "number").map((port) => ({ port, protocol }));
}

/** The lowest port that nobody names, neither alone nor within a range. */
function otherPort(
  named: readonly Port[],
  written: readonly Field[],
  protocol: "TCP" | "UDP",
): readonly Port[] {
  const ranges = [
    ...named.map(({ port }) => [port, port] as const),
    ...written.flatMap((field) => {
      const [from, to] = [at(field, "port").value, at(field, "endPort").value];
      return typeof from === "number" && typeof to === "number" ? [[from, to] as const] : [];
    }),
  ].toSorted(([a], [b]) => a - b);
  let free = 1;
  for (const [from, to] of ranges) if (from <= free) free = Math.max(free, to + 1);
  return free <= last ? [{ port: free, protocol, other: true }] : [];
}
