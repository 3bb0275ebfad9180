/** Names of the chain's nodes, of their pods and of where these are found. */
import { namespaces } from "../names.ts";
import { pawPorts } from "../ports.ts";

/** The three kinds of node. The value is the pods' `app.kubernetes.io/component`. */
export const nodeRoles = ["validator", "sentry", "full-node"] as const;
export type NodeRole = (typeof nodeRoles)[number];

/** Number of nodes of each role. */
export type NodeCounts = Readonly<Record<NodeRole, number>>;

/** Name of a role's StatefulSet and of its headless Service. */
export function workloadName(role: NodeRole): string {
  return `paw-${role}`;
}

/** Name of one node: its pod, its key in the Secrets, its entry in the network's facts. */
export function podName(role: NodeRole, ordinal: number): string {
  return `${workloadName(role)}-${ordinal}`;
}

/** Names of all nodes of a role, in order. */
export function podNames(role: NodeRole, count: number): string[] {
  return Array.from({ length: count }, (_, ordinal) => podName(role, ordinal));
}

/** DNS name below which the pods of a role are found by their own names; it stays when a pod gets a new address. */
export function serviceHost(role: NodeRole): string {
  return `${workloadName(role)}.${namespaces.paw}.svc`;
}

/** Where another node dials: `<id>@<host>:<port>`, the form of CometBFT's `p2p.persistent_peers`. */
export function peerAddress(role: NodeRole, ordinal: number, nodeId: string): string {
  return `${nodeId}@${podName(role, ordinal)}.${serviceHost(role)}:${pawPorts.p2p.port}`;
}
