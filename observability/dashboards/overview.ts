/** PAW Overview (spec A8): blocks, transactions, peers. */
import { chain, chainVariables, deployments, inNamespace } from "./shared.ts";
import { type DashboardSpec, falling, rising } from "./spec.ts";
import { type ObservabilitySite, query } from "../model.ts";

const height = `cometbft_consensus_latest_block_height{${chain}}`;
const nodes = `${inNamespace},job=~"paw-(validator|sentry|full-node)"`;

export function overview(site: ObservabilitySite): DashboardSpec {
  return {
    uid: "paw-overview",
    title: "PAW Overview",
    description: "Does the chain make blocks, who takes part, and what do clients see?",
    folder: "PAW",
    variables: chainVariables(site.namespaces.paw),
    annotations: deployments,
    rows: [
      { title: "The chain now", panels: now(site) },
      { title: "Blocks and transactions", panels: blocks },
      { title: "Peers", panels: peers },
      { title: "What clients see", panels: clients },
    ],
  };
}

const now = (site: ObservabilitySite): DashboardSpec["rows"][number]["panels"] => [
  {
    kind: "stat",
    title: "Height",
    description: "The newest block that any node has committed.",
    unit: "none",
    width: 4,
    queries: [query("cometbft", `max(${height})`)],
  },
  {
    kind: "stat",
    title: "Seconds per block",
    description: `Mean of the last five minutes. Beyond ${site.maxBlockAge} s nodes are no longer ready.`,
    unit: "s",
    decimals: 1,
    width: 4,
    thresholds: rising(site.maxBlockAge / 4, site.maxBlockAge),
    queries: [
      query(
        "cometbft",
        `sum(rate(cometbft_consensus_block_interval_seconds_sum{${chain}}[5m])) / sum(rate(cometbft_consensus_block_interval_seconds_count{${chain}}[5m]))`,
      ),
    ],
  },
  {
    kind: "stat",
    title: "Transactions per second",
    description:
      "Transactions in committed blocks, mean of five minutes, as the node that saw most of them counts.",
    unit: "ops",
    decimals: 2,
    width: 4,
    queries: [query("cometbft", `max(rate(cometbft_consensus_total_txs{${chain}}[5m]))`)],
  },
  {
    kind: "stat",
    title: "Validators",
    description: "Size of the set that signs; it shrinks when one is jailed.",
    unit: "none",
    width: 4,
    queries: [query("cometbft", `max(cometbft_consensus_validators{${chain}})`)],
  },
  {
    kind: "stat",
    title: "Missing voting power",
    description:
      "Share of the power that did not sign the last block. A block with a third missing cannot be made.",
    unit: "percentunit",
    width: 4,
    thresholds: rising(0.1, 0.3),
    queries: [
      query(
        "cometbft",
        `max(cometbft_consensus_missing_validators_power{${chain}} / cometbft_consensus_validators_power{${chain}})`,
      ),
    ],
  },
  {
    kind: "stat",
    title: "Nodes that answer",
    description: "Share of validators, sentries and full nodes that Prometheus can scrape.",
    unit: "percentunit",
    width: 4,
    thresholds: falling(0.75, 1),
    queries: [query("prometheus", `avg(up{${nodes}})`)],
  },
];

const blocks: DashboardSpec["rows"][number]["panels"] = [
  {
    kind: "timeseries",
    title: "Height by node",
    description: "All lines together is normal; a line below the others is a node that follows late.",
    unit: "none",
    width: 12,
    queries: [query("cometbft", `max by (pod) (${height})`, "{{pod}}")],
  },
  {
    kind: "timeseries",
    title: "Block interval by node",
    description: "Mean over two minutes, per node.",
    unit: "s",
    width: 12,
    min: 0,
    queries: [
      query(
        "cometbft",
        `sum by (pod) (rate(cometbft_consensus_block_interval_seconds_sum{${chain}}[2m])) / sum by (pod) (rate(cometbft_consensus_block_interval_seconds_count{${chain}}[2m]))`,
        "{{pod}}",
      ),
    ],
  },
  {
    kind: "timeseries",
    title: "Transactions",
    description:
      "Executed per second, and those of them that failed in execution. Nodes count alike, so the highest is shown.",
    unit: "ops",
    width: 6,
    min: 0,
    queries: [
      query("cosmos-sdk", `max(rate(tx_successful{${inNamespace}}[2m])) or vector(0)`, "successful"),
      query("cosmos-sdk", `max(rate(tx_failed{${inNamespace}}[2m])) or vector(0)`, "failed"),
    ],
  },
  {
    kind: "timeseries",
    title: "Waiting in the mempool",
    description:
      "Transactions that are not in a block yet, per node. Growth without end is more than the chain takes.",
    unit: "short",
    width: 6,
    min: 0,
    queries: [query("cometbft", `max by (pod) (cometbft_mempool_size{${chain}})`, "{{pod}}")],
  },
  {
    kind: "timeseries",
    title: "Size of blocks",
    description: "Bytes of the last block.",
    unit: "bytes",
    width: 6,
    min: 0,
    queries: [query("cometbft", `max(cometbft_consensus_block_size_bytes{${chain}})`, "bytes")],
  },
  {
    kind: "timeseries",
    title: "Transactions per block",
    description: "Transactions of the last block when it was looked at.",
    unit: "short",
    width: 6,
    min: 0,
    queries: [query("cometbft", `max(cometbft_consensus_num_txs{${chain}})`, "transactions")],
  },
];

const peers: DashboardSpec["rows"][number]["panels"] = [
  {
    kind: "timeseries",
    title: "Peers by node",
    description:
      "Validators know each other and the sentries; full nodes know the sentries; sentries know many.",
    unit: "none",
    width: 12,
    min: 0,
    queries: [query("cometbft", `max by (pod) (cometbft_p2p_peers{${chain}})`, "{{pod}}")],
  },
  {
    kind: "timeseries",
    title: "P2P traffic by node",
    description: "Bytes per second that a node receives from peers, and sends to them.",
    unit: "Bps",
    width: 12,
    min: 0,
    queries: [
      query(
        "cometbft",
        `sum by (pod) (rate(cometbft_p2p_message_receive_bytes_total{${chain}}[2m]))`,
        "{{pod}} received",
      ),
      query(
        "cometbft",
        `sum by (pod) (rate(cometbft_p2p_message_send_bytes_total{${chain}}[2m]))`,
        "{{pod}} sent",
      ),
    ],
  },
];

const clients: DashboardSpec["rows"][number]["panels"] = [
  {
    kind: "timeseries",
    title: "API requests by answer",
    description:
      "Requests per second at the API layer, by class of the answer. 5xx is the chain's or the proxy's fault.",
    unit: "reqps",
    width: 16,
    min: 0,
    stacked: true,
    queries: [
      query(
        "haproxy",
        `sum by (code) (rate(haproxy_frontend_http_responses_total{${inNamespace},proxy="rest"}[2m]))`,
        "{{code}}",
      ),
    ],
  },
  {
    kind: "timeseries",
    title: "API requests refused",
    description:
      "Requests per second that the API layer turned away: over the limit, without a token, or of a wrong method.",
    unit: "reqps",
    width: 8,
    min: 0,
    queries: [
      query(
        "haproxy",
        `sum(rate(haproxy_frontend_requests_denied_total{${inNamespace},proxy="rest"}[2m]))`,
        "refused",
      ),
      query(
        "haproxy",
        `sum(rate(haproxy_frontend_http_requests_total{${inNamespace},proxy="rest"}[2m]))`,
        "all",
      ),
    ],
  },
];
