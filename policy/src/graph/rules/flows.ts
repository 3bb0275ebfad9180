/** Every flow that is needed is open at both ends, and a validator has no other (item 2). */
import { type Field, at, items } from "../../k8s/field.ts";
import { holds } from "../../rule.ts";
import { type End, type ExpectedFlow, aroundValidator, expectedFlows, validator } from "../expectations.ts";
import type { Graph, Item } from "../graph.ts";
import { type GraphFinding, type GraphRule, findingAt } from "../rule.ts";
import { type Labels, labelsOf } from "../selector.ts";
import { type Direction, type Peer, passes, policiesOn, rulesOf } from "../traffic.ts";
import type { Workload } from "../workload.ts";

const docs = "https://kubernetes.io/docs/concepts/services-networking/network-policies/";

const has = (labels: Labels, wanted: Labels): boolean =>
  Object.entries(wanted).every(([key, value]) => labels[key] === value);

function workloadsAt(graph: Graph, end: ExpectedFlow["from"]): readonly Workload[] {
  if ("cidr" in end) return [];
  return graph.workloadsIn(end.namespace).filter(({ podLabels }) => has(podLabels, end.labels));
}

const isPods = (end: ExpectedFlow["from"]): end is End => !("cidr" in end);

export const bothEnds: GraphRule = {
  id: "netpol-flow",
  item: 2,
  description:
    "Every flow that the systems need is allowed at both ends: egress at its source, ingress at its destination.",
  severity: "high",
  levels: holds.beforeUsers,
  frameworks: [],
  fix: "mend the row in components/security/flows.ts; if the flow is no longer needed, take it out of policy/src/graph/expectations.ts.",
  url: docs,
  check: (graph) => expectedFlows.flatMap((expected) => closedEnds(graph, expected)),
};

/** Namespaces of others, whose pods no deployment of ours shows. */
const othersNamespaces = ["ingress", "kube-system"];

/** The ends at which a flow is closed. A flow to or from what is not deployed here is not needed. */
function closedEnds(graph: Graph, { id, from, to, ports }: ExpectedFlow): readonly GraphFinding[] {
  const sources = workloadsAt(graph, from);
  const destinations = workloadsAt(graph, to);
  const absent = (end: ExpectedFlow["from"], found: readonly Workload[]): boolean =>
    isPods(end) && found.length === 0 && !othersNamespaces.includes(end.namespace);
  if (absent(from, sources) || absent(to, destinations)) return [];
  const ends: readonly (readonly [readonly Workload[], ExpectedFlow["from"], Direction])[] = [
    [sources, to, "egress"],
    [destinations, from, "ingress"],
  ];
  return ends.flatMap(([workloads, other, direction]) =>
    workloads.flatMap((workload) => {
      const peer = peerOf(graph, other);
      const named = direction === "ingress" ? workload.ports : destinations.flatMap((each) => each.ports);
      const closed = ports.filter(
        (port) => !passes(graph, workload, { direction, peer, port, protocol: "TCP", named }),
      );
      return closed.length === 0
        ? []
        : findingAt(workload, "", [
            `${id}: ${direction} closed on ${closed.join(", ")}`,
            "a NetworkPolicy that allows it",
          ]);
    }),
  );
}

/** The other end; where it is in this deployment it has more labels than it is known by. */
function peerOf(graph: Graph, end: ExpectedFlow["from"]): Peer {
  if (!isPods(end)) return { kind: "address", cidr: end.cidr };
  const [there] = workloadsAt(graph, end);
  return { kind: "pods", namespace: end.namespace, labels: there?.podLabels ?? end.labels };
}

export const onlyNeighbours: GraphRule = {
  id: "netpol-validator",
  item: 2,
  description:
    "A validator talks to validators, sentries, its signer, DNS and what watches it, and to nobody else.",
  severity: "critical",
  levels: holds.everywhere,
  frameworks: [],
  fix: "remove the flow; the outside reaches the chain through sentries and full nodes.",
  url: docs,
  check: (graph) =>
    workloadsAt(graph, validator).flatMap((workload) => {
      const policies = policiesOn(graph, workload);
      if (policies.length === 0)
        return [findingAt(workload, "", ["no policy at all", "the named neighbours"])];
      return policies.flatMap((policy) =>
        (["ingress", "egress"] as const).flatMap((direction) =>
          rulesOf(policy, direction).flatMap((rule) => strangers(policy, rule, direction)),
        ),
      );
    }),
};

/** The peers of a rule that are no neighbours of a validator on all of the rule's ports. */
function strangers(policy: Item, rule: Field, direction: Direction): readonly GraphFinding[] {
  const list = at(rule, direction === "ingress" ? "from" : "to");
  const ports = items(at(rule, "ports"));
  const wanted = "one of the neighbours in policy/src/graph/expectations.ts, on its ports";
  if (items(list).length === 0) return [findingAt(policy, list.path, ["every address", wanted])];
  return items(list)
    .filter((peer) => !neighbours(policy, peer, direction).some((allowed) => within(ports, allowed)))
    .map(({ path }) => findingAt(policy, path, ["a peer that a validator has no business with", wanted]));
}

/** The lists of ports on which a peer is a neighbour. */
function neighbours(policy: Item, peer: Field, direction: Direction): readonly (readonly number[])[] {
  const cidr = at(peer, "ipBlock", "cidr").value;
  const pods = labelsOf(at(peer, "podSelector", "matchLabels"));
  const named = labelsOf(at(peer, "namespaceSelector", "matchLabels"))["kubernetes.io/metadata.name"];
  const namespace = at(peer, "namespaceSelector").value === undefined ? policy.namespace : named;
  return aroundValidator
    .filter((each) => each.direction === direction)
    .filter(({ end }) =>
      end === "API server"
        ? typeof cidr === "string" && !cidr.endsWith("/0")
        : cidr === undefined && namespace === end.namespace && has(pods, end.labels),
    )
    .map(({ ports }) => ports);
}

function within(ports: readonly Field[], allowed: readonly number[]): boolean {
  return (
    ports.length > 0 &&
    ports.every(
      (field) =>
        at(field, "endPort").value === undefined && allowed.includes(at(field, "port").value as number),
    )
  );
}
