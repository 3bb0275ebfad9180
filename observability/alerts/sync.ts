/** Do nodes follow the chain? */
import { type ObservabilitySite, type Query, query } from "../model.ts";
import type { RuleGroup } from "./alert.ts";
import { stalled } from "./consensus.ts";

const followsStalled = [{ alert: stalled, equal: ["namespace"] }];
/** Blocks below the highest node from which on a node is behind (our own choice: some minutes at any block time). */
const blocksBehind = 20;

export function sync({ namespaces, expectedPeers }: ObservabilitySite): RuleGroup {
  const paw = `namespace="${namespaces.paw}"`;
  return {
    name: "paw-sync",
    system: "paw",
    alerts: [
      {
        name: "NodeCatchingUp",
        // CometBFT 0.37 and 0.38 name these differently.
        query: query(
          "cometbft",
          ["blocksync_syncing", "statesync_syncing", "consensus_block_syncing", "consensus_state_syncing"]
            .map((name) => `max by (namespace, pod) (cometbft_${name}{${paw}}) == 1`)
            .join(" or "),
        ),
        for: "30m",
        severity: "warning",
        summary: "{{ $labels.pod }} has been catching up for half an hour",
        description:
          "The node loads old blocks or a snapshot. Right after its start this is normal; for long it is a slow disk or a lack of peers.",
        runbook: "node-behind",
        follows: followsStalled,
      },
      {
        name: "NodeBehind",
        query: query(
          "cometbft",
          `max by (namespace, chain_id) (cometbft_consensus_latest_block_height{${paw}}) - on (namespace, chain_id) group_right () cometbft_consensus_latest_block_height{${paw}} > ${blocksBehind}`,
        ),
        for: "5m",
        severity: "warning",
        summary: "{{ $labels.pod }} is {{ $value }} blocks behind",
        description: "Other nodes are further. Clients of this node see the past.",
        runbook: "node-behind",
        follows: [
          ...followsStalled,
          { alert: "NodeCatchingUp", equal: ["namespace", "pod"] },
          { alert: "PeersLow", equal: ["namespace", "pod"] },
        ],
      },
      {
        name: "PeersLow",
        query: peersLow(paw, expectedPeers),
        for: "5m",
        severity: "warning",
        summary: "{{ $labels.pod }} has {{ $value }} peers",
        description:
          "Less than half of the nodes that it is told to connect to: they are down, or something is between.",
        runbook: "node-behind",
        follows: followsStalled,
      },
    ],
  };
}

/** Fewer peers than half of those of our own; a node that never had any shows no figure at all. */
function peersLow(paw: string, expected: ObservabilitySite["expectedPeers"]): Query {
  const parts = Object.entries(expected).map(([role, count]) => {
    const nodes = `${paw},job="paw-${role}"`;
    const least = Math.max(1, Math.ceil(count / 2));
    return (
      `(max by (namespace, pod) (cometbft_p2p_peers{${nodes}}) < ${least})` +
      ` or (max by (namespace, pod) (up{${nodes}} * 0) unless on (namespace, pod) (cometbft_p2p_peers{${nodes}} or up{${nodes}} == 0))`
    );
  });
  return { sources: ["cometbft", "prometheus"], expr: parts.join(" or ") };
}
