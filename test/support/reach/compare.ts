/** Every cell of a report's flow matrix beside the second opinion on it. */
import { type Cell, type FlowMatrix, matrixOf } from "../../../ops/src/report/flows/matrix.ts";
import { graphOf } from "../../../policy/src/graph/graph.ts";
import { type Source, secondOpinion as onMesh, serversNaming } from "./mesh.ts";
import { type Party, secondOpinion as onNetwork } from "./network.ts";
import { type PolicySet, type Running, objectsOf } from "./sets.ts";

export interface Compared {
  readonly cell: Cell;
  readonly network: string;
  readonly mesh: string;
}

export function matrixFor(set: PolicySet): FlowMatrix {
  return matrixOf(graphOf(objectsOf(set)));
}

/** The matrix of a set, each cell with what the other method makes of the same set or of a changed one. */
export function compared(set: PolicySet, other: PolicySet = set): Compared[] {
  const namespaces = Object.fromEntries(
    Object.entries(other.namespaces).map(([name, { labels }]) => [name, labels]),
  );
  const cluster = { namespaces, policies: other.policies };
  return matrixFor(set).cells.map((cell) => {
    const { port, protocol } = cell.port;
    const [from, to] = [partyOf(other, cell.from), partyOf(other, cell.to)];
    const network = onNetwork(cluster, { from, to, port, protocol });
    if ("address" in to) return { cell, network, mesh: "no say" };
    if (!("account" in to)) return { cell, network, mesh: "not evaluated" };
    const ask = { source: sourceOf(other, cell.from), to: to as Running, port, protocol };
    return { cell, network, mesh: onMesh(other.mesh, ask) };
  });
}

const podOf = ({ pods }: PolicySet, { workload }: Cell["from"]): Running | undefined =>
  pods.find(({ id }) => id === workload?.name);

function partyOf(set: PolicySet, end: Cell["from"]): Party {
  const pod = podOf(set, end);
  if (pod) return pod;
  if (end.peer.kind === "address") return { address: end.peer.cidr.replace("/32", "") };
  const { namespace, labels } = end.peer;
  return { id: end.name, namespace, labels: { ...labels }, ports: [] };
}

function sourceOf(set: PolicySet, end: Cell["from"]): Source {
  const pod = podOf(set, end);
  if (pod) return { kind: "ours", pod };
  if (end.peer.kind === "address") return { kind: "address", address: end.peer.cidr.replace("/32", "") };
  return { kind: end.unnamed ? "stray" : "others", namespace: end.peer.namespace };
}

/** The cells of which the two methods say different things. */
export function differences(set: PolicySet, other: PolicySet = set): Compared[] {
  return compared(set, other).filter(
    ({ cell, network, mesh }) => cell.network !== network || !isSame(other, cell, mesh),
  );
}

/**
 * Where several Servers name a port and the caller is somebody else's pod, the report may say that it does not know where
 * trying every way shows that no way passes: what is open at one Server is not put together with what is at another.
 */
function isSame(set: PolicySet, cell: Cell, mesh: string): boolean {
  if (cell.mesh === mesh) return true;
  const to = podOf(set, cell.to);
  const several = to !== undefined && serversNaming(set.mesh, to, cell.port.port).length > 1;
  return several && cell.mesh === "not evaluated" && mesh === "refused";
}

export function inWords({ cell, network, mesh }: Compared): string {
  const { from, to, port } = cell;
  return `${from.name} -> ${to.name} ${port.port}/${port.protocol}: report ${cell.network}, ${cell.mesh}; second opinion ${network}, ${mesh}`;
}
