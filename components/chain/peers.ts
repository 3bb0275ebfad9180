/**
 * Who dials whom. Validators know each other and the sentries and nobody else; sentries know the validators, keep their
 * ids to themselves, and meet the network; full nodes stand behind the sentries.
 */
import { type Network } from "./network.ts";
import { type NodeCounts, type NodeRole, peerAddress, podName } from "./nodes.ts";

/** The peer settings of one role, equal for all its pods; a pod leaves out its own line when it starts. */
export interface Peers {
  /** `p2p.persistent_peers`, one address each; the pod's own may be among them. */
  readonly persistent: readonly string[];
  /** `p2p.private_peer_ids`: ids that are never told to others. */
  readonly privateIds: readonly string[];
  /** `p2p.unconditional_peer_ids`: ids that are let in whatever the limits say. */
  readonly unconditionalIds: readonly string[];
  /** `p2p.pex`: whether addresses are exchanged with peers. */
  readonly pex: boolean;
  /** `p2p.max_num_inbound_peers`: how many others may dial in, beside the unconditional ones. */
  readonly maxInbound: number;
  /** `p2p.max_num_outbound_peers`: how many others are dialled, beside the persistent ones. */
  readonly maxOutbound: number;
}

interface Member {
  readonly id: string;
  readonly address: string;
}

/**
 * Peer settings of a role. The lists grow by one line per node, whatever the number of pods that read them.
 *
 * @throws Error when a node is missing in the facts; `topologyFaults` says so first, and better.
 */
export function peersOf(role: NodeRole, network: Network, counts: NodeCounts): Peers {
  const validators = members("validator", network, counts);
  const sentries = members("sentry", network, counts);
  const ids = (list: readonly Member[]): string[] => list.map(({ id }) => id);
  const addresses = (list: readonly Member[]): string[] => list.map(({ address }) => address);
  const inside = [...validators, ...sentries];
  switch (role) {
    case "validator":
      return {
        persistent: addresses(inside),
        privateIds: ids(inside),
        unconditionalIds: ids(inside),
        pex: false,
        // Nobody but the unconditional peers: the limit for all others is none.
        maxInbound: 0,
        maxOutbound: 0,
      };
    case "sentry":
      return {
        persistent: addresses(inside),
        privateIds: ids(validators),
        unconditionalIds: ids(inside),
        pex: true,
        // CometBFT's own defaults.
        maxInbound: 40,
        maxOutbound: 10,
      };
    case "full-node":
      return {
        persistent: addresses(sentries),
        privateIds: [],
        unconditionalIds: ids(sentries),
        pex: false,
        maxInbound: 0,
        maxOutbound: 0,
      };
  }
}

function members(role: "validator" | "sentry", network: Network, counts: NodeCounts): Member[] {
  return Array.from({ length: counts[role] }, (_, ordinal) => {
    const pod = podName(role, ordinal);
    const id = network.nodes[pod]?.nodeId;
    if (id === undefined) throw new Error(`the network's facts have no node id of ${pod}`);
    return { id, address: peerAddress(role, ordinal, id) };
  });
}

/**
 * How many validators of equal power may be away at once without a third of the voting power being gone: CometBFT needs
 * more than two thirds to make a block. 0 for one to three validators: each of them is needed.
 */
export function validatorsThatMayBeAway(validators: number): number {
  return Math.max(0, Math.ceil(validators / 3) - 1);
}
