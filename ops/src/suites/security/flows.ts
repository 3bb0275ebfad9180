/**
 * Who may talk to whom by the policies that the cluster has now, held against the flow table (spec A3, A25). What is asked
 * is chosen out of both, so that a difference of either has a witness: every end that a row or a policy speaks of, and
 * the addresses and ports on both sides of each of their limits.
 */
import type { Endpoint, Flow } from "../../../../components/security/flows.ts";
import { namespaceNameLabel, selectorLabels } from "../../../../components/names.ts";
import { type Graph, graphOf } from "../../../../policy/src/graph/graph.ts";
import type { Labels } from "../../../../policy/src/graph/selector.ts";
import {
  type Direction,
  type Peer,
  type Opening,
  covers,
  isFor,
  openingsOf,
  opens,
  policiesOn,
} from "../../../../policy/src/graph/traffic.ts";
import type { Workload } from "../../../../policy/src/graph/workload.ts";
import type { Fault, Outcome } from "../../running/checks.ts";
import type { StoredObject } from "../../running/api.ts";
import { addressesOf, peersOf, portsOf } from "./witnesses.ts";

/** What the cluster has: namespaces, policies, and pods with what makes them. */
export interface LiveNetwork {
  readonly namespaces: readonly StoredObject[];
  readonly policies: readonly StoredObject[];
  readonly pods: readonly StoredObject[];
}

export interface WrittenFlows {
  readonly flows: readonly Flow[];
  /** Where each part lives: the namespaces whose policies are judged. */
  readonly parts: Readonly<Record<"paw" | "bizra", string>>;
}

/** Pods that the same policies choose, by the part that they are. */
interface Group {
  readonly name: string;
  readonly workload: Workload;
}

interface Port {
  readonly port: number;
  readonly protocol: "TCP" | "UDP";
}

export function judgeFlows(live: LiveNetwork, written: WrittenFlows): Outcome {
  const witnesses = peersOf(live, written);
  const graph = graphOf(
    [
      ...[...live.namespaces, ...witnesses.namespaces, ...live.policies, ...live.pods],
      ...Object.values(written.parts).map(stranger),
    ].map((manifest) => ({ manifest, source: "cluster" })),
  );
  const groups = groupsIn(graph, Object.values(written.parts));
  const ports = portsOf(live, written);
  const peers: Peer[] = [...witnesses.peers, ...addressesOf(live, written).map(asPeer)];
  const differences = groups.flatMap((group) =>
    (["ingress", "egress"] as const).flatMap((direction) => {
      const side = sideOf(graph, written, { group, direction });
      return peers.flatMap((peer) => differencesOf(graph, side, { peer, ports, parts: written.parts }));
    }),
  );
  const missing = workloadsIn(written).filter(
    (end) =>
      !groups.some(({ workload: { namespace, podLabels } }) =>
        isEnd(end, { kind: "pods", namespace, labels: podLabels }, written),
      ),
  );
  return {
    found: `${groups.length} kinds of pods, ${peers.length} other ends, ${ports.length} ports both ways, by ${live.policies.length} policies, against ${written.flows.length} rows`,
    faults: [
      ...missing.map((end) => ({
        found: `no pod of ${nameOf(end)} is there to be looked at`,
        next: "is the stack deployed? npx paw test smoke",
      })),
      ...faultsOf(differences),
    ],
  };
}

/** A pod that nobody knows of, as somebody may start it: nothing is open to it. */
function stranger(namespace: string): StoredObject {
  return {
    ...{ apiVersion: "v1", kind: "Pod" },
    metadata: { name: "a-pod-of-nobody", namespace },
    spec: { containers: [{ name: "any" }] },
  };
}

/** One direction of a group: what its policies let through, and the rows that speak of it. */
interface Side {
  readonly group: Group;
  readonly direction: Direction;
  readonly openings: readonly Opening[] | "everything";
  readonly rows: readonly Flow[];
}

interface Question {
  readonly peer: Peer;
  readonly ports: readonly Port[];
  readonly parts: WrittenFlows["parts"];
}

function sideOf(
  graph: Graph,
  { flows, parts }: WrittenFlows,
  { group, direction }: Pick<Side, "group" | "direction">,
): Side {
  const { namespace, podLabels: labels } = group.workload;
  const own: Peer = { kind: "pods", namespace, labels };
  return {
    ...{ group, direction },
    openings: openingsOf(graph, group.workload, direction),
    rows: flows.filter(({ from, to }) => isEnd(direction === "ingress" ? to : from, own, { parts })),
  };
}

interface Difference {
  readonly group: string;
  readonly direction: Direction;
  readonly peer: string;
  readonly kind: "open" | "closed";
  readonly ports: readonly string[];
  /** Rows that ask for it. */
  readonly rows: readonly string[];
}

function differencesOf(graph: Graph, side: Side, { peer, ports, parts }: Question): Difference[] {
  const { group, direction } = side;
  const rules =
    side.openings === "everything"
      ? side.openings
      : side.openings.filter((opening) => isFor(graph, opening, { direction, peer }));
  const rows = side.rows.filter(({ from, to }) =>
    isEnd(direction === "ingress" ? from : to, peer, { parts }),
  );
  if (rules.length === 0 && rows.length === 0) return [];
  const named = direction === "ingress" ? group.workload.ports : namedAt(graph, peer);
  const isOpen = (port: Port): boolean =>
    rules === "everything" || rules.some(({ rule }) => opens(rule, { ...port, named }));
  const rowsOn = ({ port, protocol }: Port): readonly Flow[] =>
    rows.filter((row) => row.ports.some((each) => each.port === port && each.protocol === protocol));
  const open = ports.filter((port) => isOpen(port) && rowsOn(port).length === 0);
  const closed = ports.filter((port) => !isOpen(port) && rowsOn(port).length > 0);
  const found = { group: group.name, direction, peer: describe(peer) };
  const asked = [...new Set(closed.flatMap(rowsOn).map(({ id }) => id))];
  return [
    ...(open.length > 0 ? [{ ...found, kind: "open" as const, ports: open.map(portName), rows: [] }] : []),
    ...(closed.length > 0
      ? [{ ...found, kind: "closed" as const, ports: closed.map(portName), rows: asked }]
      : []),
  ];
}

/** Whether an end of a row is meant by, or holds, somebody. */
export function isEnd(end: Endpoint, peer: Peer, { parts }: Pick<WrittenFlows, "parts">): boolean {
  if (end.kind === "outside") {
    if (peer.kind !== "address" || !covers(end.cidr, peer.cidr)) return false;
    return !(end.except ?? []).some((except) => covers(except, peer.cidr));
  }
  if (peer.kind !== "pods") return false;
  const [namespace, labels]: [string, Labels] =
    end.kind === "workload"
      ? [parts[end.part], selectorLabels(end.part, end.component)]
      : [end.namespace, end.podLabels ?? {}];
  return (
    namespace === peer.namespace && Object.entries(labels).every(([key, value]) => peer.labels[key] === value)
  );
}

function workloadsIn({ flows }: WrittenFlows): Endpoint[] {
  const ends = flows.flatMap(({ from, to }) => [from, to]).filter((end) => end.kind === "workload");
  return [...new Map(ends.map((end) => [nameOf(end), end])).values()];
}

/** One of all pods that have the same name for reports and are chosen by the same policies. */
function groupsIn(graph: Graph, namespaces: readonly string[]): Group[] {
  const groups = new Map<string, Group>();
  for (const workload of namespaces.flatMap((namespace) => graph.workloadsIn(namespace))) {
    const policies = policiesOn(graph, workload).map(({ name }) => name);
    const component = workload.podLabels["app.kubernetes.io/component"] ?? workload.name;
    const name = `${workload.namespace}/${component}`;
    const key = [name, workload.hostNetwork, ...policies.toSorted()].join(" ");
    if (!groups.has(key)) groups.set(key, { name, workload });
  }
  return [...groups.values()];
}

/** Names that the pods at the other end give to ports. */
function namedAt(graph: Graph, peer: Peer): Workload["ports"] {
  if (peer.kind !== "pods") return [];
  return graph
    .workloadsIn(peer.namespace)
    .filter(({ podLabels }) => Object.entries(peer.labels).every(([key, value]) => podLabels[key] === value))
    .flatMap(({ ports }) => ports);
}

/** Differences that are alike in all but the other end are one fault. */
function faultsOf(differences: readonly Difference[]): Fault[] {
  const alike = new Map<string, Difference[]>();
  for (const each of differences) {
    const key = [each.group, each.direction, each.kind, ...each.ports].join(" ");
    alike.set(key, [...(alike.get(key) ?? []), each]);
  }
  return [...alike.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const peers = shortened([...new Set(group.map(({ peer }) => peer))]);
    const rows = [...new Set(group.flatMap((each) => each.rows))];
    const way = first.direction === "ingress" ? "from" : "to";
    const [, component = ""] = first.group.split("/");
    const [namespace = ""] = first.group.split("/");
    return first.kind === "open"
      ? [
          {
            found: `${first.group}: ${first.direction} ${way} ${peers} is open on ${shortened(first.ports)}, and no row has it`,
            next: `kubectl -n ${namespace} get networkpolicies; take away what is not of this program, or pulumi up --refresh`,
          },
        ]
      : [
          {
            found: `${first.group}: ${first.direction} ${way} ${peers} is closed on ${shortened(first.ports)}, against ${rows.join(", ")}`,
            next: `kubectl -n ${namespace} get networkpolicy allow-${component} -o yaml; pulumi up --refresh`,
          },
        ];
  });
}

function shortened(list: readonly string[]): string {
  const most = 4;
  const rest = list.length - most;
  return rest > 0 ? `${list.slice(0, most).join(", ")} and ${rest} more` : list.join(", ");
}

const asPeer = (cidr: string): Peer => ({ kind: "address", cidr });
const portName = ({ port, protocol }: Port): string => `${port}/${protocol}`;

function describe(peer: Peer): string {
  if (peer.kind === "address") return peer.cidr;
  const { namespace, labels } = peer;
  const known =
    labels["app.kubernetes.io/component"] ??
    labels["app.kubernetes.io/name"] ??
    labels["k8s-app"] ??
    Object.entries(labels)
      .filter(([key]) => key !== namespaceNameLabel)
      .map(([key, value]) => `${key}=${value}`)
      .join(",");
  return `${namespace}/${known === "" ? "any pod" : known}`;
}

function nameOf(end: Endpoint): string {
  if (end.kind === "outside") return end.cidr;
  return end.kind === "workload" ? `${end.part}/${end.component}` : `${end.namespace}/${end.name ?? "*"}`;
}
