/** Who may reach whom on which port: by NetworkPolicies, and by the mesh's authorizations. */
import type { Graph } from "../../../../policy/src/graph/graph.ts";
import {
  type Caller,
  type MeshAnswer,
  authorizes,
  isMeshed,
  isSkipped,
} from "../../../../policy/src/graph/mesh.ts";
import {
  type Direction,
  type Opening,
  isFor,
  openingsOf,
  opens,
} from "../../../../policy/src/graph/traffic.ts";
import { type End, endsOf, isGoverned, podsAt } from "./ends.ts";
import { type Port, portsAt } from "./ports.ts";

/** Whether NetworkPolicies let a connection through, and at which end they do not. */
export type NetworkAnswer =
  "allowed" | "closed at the source" | "closed at the target" | "closed at both ends";

export interface Cell {
  readonly from: End;
  readonly to: End;
  readonly port: Port;
  readonly network: NetworkAnswer;
  readonly mesh: MeshAnswer;
}

export interface FlowMatrix {
  readonly ends: readonly End[];
  readonly cells: readonly Cell[];
  /** Workloads on the node's own network, where neither holds. */
  readonly onNodes: readonly string[];
}

/** The whole matrix: each pair of ends of which one is ours to govern, on each port that somebody names. */
export function matrixOf(graph: Graph): FlowMatrix {
  const ends = endsOf(graph);
  const governed = new Set(ends.filter((end) => isGoverned(graph, end)));
  const cells = ends
    .filter(({ unnamed }) => unnamed !== true)
    .flatMap((to) => {
      const callers = ends.filter((from) => governed.has(from) || governed.has(to));
      const ports = portsAt(graph, to, callers);
      return callers.flatMap((from) => cellsOf(graph, { from, to }, ports));
    });
  const onNodes = graph.workloads
    .filter(({ hostNetwork }) => hostNetwork)
    .map(({ namespace, name }) => `${namespace}/${name}`);
  return { ends, cells, onNodes };
}

/** Whether policies and mesh say different things of a connection. */
export function disagree({ network, mesh }: Cell): boolean {
  return mesh === "allowed" ? network !== "allowed" : mesh === "refused" && network === "allowed";
}

interface Pair {
  readonly from: End;
  readonly to: End;
}

function cellsOf(graph: Graph, pair: Pair, ports: readonly Port[]): readonly Cell[] {
  const [leaves, enters] = [gate(graph, pair, "egress"), gate(graph, pair, "ingress")];
  return ports.map((port) => ({
    ...pair,
    port,
    network: answerOf(leaves(port), enters(port)),
    mesh: meshAnswer(graph, pair, port),
  }));
}

function answerOf(leaves: boolean, enters: boolean): NetworkAnswer {
  if (leaves) return enters ? "allowed" : "closed at the target";
  return enters ? "closed at the source" : "closed at both ends";
}

/** What one side lets through, port by port; an address closes nothing. */
function gate(graph: Graph, { from, to }: Pair, direction: Direction): (port: Port) => boolean {
  const [self, other] = direction === "egress" ? [from, to] : [to, from];
  const pods = podsAt(self);
  const openings = pods ? openingsOf(graph, pods, direction) : "everything";
  if (openings === "everything") return () => true;
  const way = { direction, peer: other.peer };
  const rules = openings.filter((opening: Opening) => isFor(graph, opening, way));
  const named = to.workload?.ports ?? [];
  return (port) => rules.some(({ rule }) => opens(rule, { ...port, named }));
}

function meshAnswer(graph: Graph, { from, to }: Pair, { port, protocol }: Port): MeshAnswer {
  if (to.peer.kind === "address") return "no say";
  // Whether somebody else's pods are in the mesh is not among the objects.
  if (to.workload === undefined) return "not evaluated";
  return authorizes(graph, to.workload, { caller: callerOf(graph, from, port), port, protocol });
}

/** How an end shows itself to a proxy. Of pods that are not among the objects, account and proxy are not known. */
function callerOf(graph: Graph, { peer, workload, unnamed }: End, port: number): Caller {
  if (peer.kind === "address") return peer;
  const { namespace } = peer;
  if (workload === undefined)
    return { kind: "pods", namespace, account: undefined, meshed: unnamed ? false : undefined };
  const meshed = isMeshed(graph, workload) && !isSkipped(graph, workload, { direction: "outbound", port });
  const account = workload.account === "" ? undefined : workload.account;
  return { kind: "pods", namespace, account, meshed };
}
