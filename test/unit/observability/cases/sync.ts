/** Situations of nodes that follow, or do not. Production: 4 validators, 3 sentries, 3 full nodes. */
import type { Situation } from "../../../support/promtool.ts";

const of = (pod: string, more = ""): string => `{namespace="paw",chain_id="paw-1",pod="${pod}"${more}}`;
const height = (pod: string): string => `cometbft_consensus_latest_block_height${of(pod)}`;
const peers = (pod: string, job: string): string => `cometbft_p2p_peers${of(pod, `,job="${job}"`)}`;
const up = (pod: string, job: string): string => `up{namespace="paw",pod="${pod}",job="${job}"}`;
const warning = (pod: string): Record<string, string> => ({
  namespace: "paw",
  pod,
  system: "paw",
  severity: "warning",
});

export const sync: readonly Situation[] = [
  {
    alert: "NodeCatchingUp",
    when: "a full node with CometBFT 0.38 loads blocks for forty minutes",
    step: "1m",
    series: { [`cometbft_blocksync_syncing${of("paw-full-node-0")}`]: "1x45" },
    at: "40m",
    fires: [
      {
        labels: warning("paw-full-node-0"),
        summary: "paw-full-node-0 has been catching up for half an hour",
      },
    ],
  },
  {
    alert: "NodeCatchingUp",
    when: "the same with CometBFT 0.37, from a snapshot first",
    step: "1m",
    series: {
      [`cometbft_consensus_state_syncing${of("paw-full-node-0")}`]: "1x10 0x40",
      [`cometbft_consensus_block_syncing${of("paw-full-node-0")}`]: "0x9 1x40",
    },
    at: "42m",
    fires: [
      {
        labels: warning("paw-full-node-0"),
        summary: "paw-full-node-0 has been catching up for half an hour",
      },
    ],
  },
  {
    alert: "NodeCatchingUp",
    when: "it caught up within ten minutes",
    step: "1m",
    series: { [`cometbft_blocksync_syncing${of("paw-full-node-0")}`]: "1x10 0x40" },
    at: "40m",
    fires: [],
  },
  {
    alert: "NodeBehind",
    when: "one full node has stopped following",
    step: "15s",
    series: {
      [height("paw-validator-0")]: "100+3x60",
      [height("paw-full-node-0")]: "100+3x10 130x50",
      [height("paw-full-node-1")]: "100+3x60",
    },
    at: "12m",
    fires: [
      {
        labels: { ...warning("paw-full-node-0"), chain_id: "paw-1" },
        summary: "paw-full-node-0 is 114 blocks behind",
      },
    ],
  },
  {
    alert: "NodeBehind",
    when: "nodes are a block or two apart, as they are between two scrapes",
    step: "15s",
    series: { [height("paw-validator-0")]: "102+3x60", [height("paw-full-node-0")]: "100+3x60" },
    at: "12m",
    fires: [],
  },
  {
    alert: "PeersLow",
    when: "a validator has two peers of the six of its network",
    step: "15s",
    series: { [peers("paw-validator-0", "paw-validator")]: "6x10 2x50" },
    at: "10m",
    fires: [{ labels: warning("paw-validator-0"), summary: "paw-validator-0 has 2 peers" }],
  },
  {
    alert: "PeersLow",
    when: "a full node runs and has never met a peer, so that there is no figure",
    step: "15s",
    series: { [up("paw-full-node-0", "paw-full-node")]: "1x50" },
    at: "10m",
    fires: [{ labels: warning("paw-full-node-0"), summary: "paw-full-node-0 has 0 peers" }],
  },
  {
    alert: "PeersLow",
    when: "everybody has met everybody, and a full node its three sentries",
    step: "15s",
    series: {
      [peers("paw-validator-0", "paw-validator")]: "6x50",
      [up("paw-validator-0", "paw-validator")]: "1x50",
      [peers("paw-sentry-0", "paw-sentry")]: "24x50",
      [up("paw-sentry-0", "paw-sentry")]: "1x50",
      [peers("paw-full-node-0", "paw-full-node")]: "3x50",
      [up("paw-full-node-0", "paw-full-node")]: "1x50",
    },
    at: "10m",
    fires: [],
  },
  {
    alert: "PeersLow",
    when: "a node is down altogether: another alert's business",
    step: "15s",
    series: { [up("paw-full-node-0", "paw-full-node")]: "0x50" },
    at: "10m",
    fires: [],
  },
];
