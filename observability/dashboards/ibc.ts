/** IBC Activity (spec A8): channels, packets, relayers. */
import { chainVariables, deployments, inNamespace } from "./shared.ts";
import { type DashboardSpec, rising } from "./spec.ts";
import { type ObservabilitySite, query } from "../model.ts";

export function ibcActivity(site: ObservabilitySite): DashboardSpec {
  return {
    uid: "paw-ibc",
    title: "IBC Activity",
    description: "Packets and channels as our nodes count them, and the relayers that carry the packets.",
    folder: "PAW",
    variables: chainVariables(site.namespaces.paw),
    annotations: deployments,
    rows: [
      { title: "Packets", panels: packets },
      { title: "Channels and clients", panels: channels },
      { title: "Relayers", panels: relayers },
    ],
  };
}

/** Every node counts every packet, so the highest of them is the figure. */
const perHour = (metric: string, by: string): string =>
  `max by (${by}) (increase(${metric}{${inNamespace}}[1h]))`;

const packets: DashboardSpec["rows"][number]["panels"] = [
  {
    kind: "timeseries",
    title: "Transfers in an hour",
    description: "Token transfers sent to and received from other chains, by our channel.",
    unit: "short",
    width: 12,
    min: 0,
    queries: [
      query("ibc-go", perHour("ibc_transfer_send", "destination_channel"), "sent to {{destination_channel}}"),
      query("ibc-go", perHour("ibc_transfer_receive", "source_channel"), "received from {{source_channel}}"),
    ],
  },
  {
    kind: "timeseries",
    title: "Packets in an hour",
    description:
      "Packets received, acknowledged and timed out. Time-outs without acknowledgements: nobody relays.",
    unit: "short",
    width: 12,
    min: 0,
    queries: [
      query(
        "ibc-go",
        perHour("tx_msg_ibc_recv_packet", "source_channel"),
        "received from {{source_channel}}",
      ),
      query(
        "ibc-go",
        perHour("tx_msg_ibc_acknowledge_packet", "source_channel"),
        "acknowledged on {{source_channel}}",
      ),
      query("ibc-go", perHour("ibc_timeout_packet", "source_channel"), "timed out on {{source_channel}}"),
    ],
  },
];

const channels: DashboardSpec["rows"][number]["panels"] = [
  {
    kind: "timeseries",
    title: "Channels opened and closed in a day",
    description: "Handshakes that ended on our side.",
    unit: "short",
    width: 8,
    min: 0,
    queries: [
      query(
        "ibc-go",
        `max(increase(ibc_channel_open_ack{${inNamespace}}[1d])) or max(increase(ibc_channel_open_confirm{${inNamespace}}[1d]))`,
        "opened",
      ),
      query(
        "ibc-go",
        `max(increase(ibc_channel_close_init{${inNamespace}}[1d])) or max(increase(ibc_channel_close_confirm{${inNamespace}}[1d]))`,
        "closed",
      ),
    ],
  },
  {
    kind: "timeseries",
    title: "Client updates in an hour",
    description: "A client that nobody updates within its trusting period expires, and its channels with it.",
    unit: "short",
    width: 8,
    min: 0,
    queries: [query("ibc-go", perHour("ibc_client_update", "client_id"), "{{client_id}}")],
  },
  {
    kind: "timeseries",
    title: "Misbehaviour of clients in a day",
    description: "Another chain showed two versions of one height: the client is frozen.",
    unit: "short",
    width: 8,
    min: 0,
    thresholds: rising(1, 1),
    queries: [
      query(
        "ibc-go",
        `max by (client_id) (increase(ibc_client_misbehaviour{${inNamespace}}[1d]))`,
        "{{client_id}}",
      ),
    ],
  },
];

const relayers: DashboardSpec["rows"][number]["panels"] = [
  {
    kind: "timeseries",
    title: "Packets that wait",
    description: "Sent packets that the relayer has not seen answered, by channel.",
    unit: "short",
    width: 8,
    min: 0,
    thresholds: rising(10, 100),
    queries: [query("hermes", "max by (chain, channel) (backlog_size)", "{{chain}} {{channel}}")],
  },
  {
    kind: "timeseries",
    title: "Packets relayed",
    description: "Packets, acknowledgements and time-outs per second that were confirmed on their chain.",
    unit: "ops",
    width: 8,
    min: 0,
    queries: [
      query(
        "hermes",
        "sum by (dst_chain) (rate(receive_packets_confirmed_total[5m]))",
        "packets to {{dst_chain}}",
      ),
      query(
        "hermes",
        "sum by (dst_chain) (rate(acknowledgment_packets_confirmed_total[5m]))",
        "acknowledgements to {{dst_chain}}",
      ),
      query(
        "hermes",
        "sum by (dst_chain) (rate(timeout_packets_confirmed_total[5m]))",
        "time-outs to {{dst_chain}}",
      ),
    ],
  },
  {
    kind: "timeseries",
    title: "From event to confirmed transaction",
    description: "Nine of ten packets are relayed within this time.",
    unit: "ms",
    width: 8,
    min: 0,
    queries: [
      query(
        "hermes",
        "histogram_quantile(0.9, sum by (le, chain) (rate(tx_latency_confirmed_bucket[5m])))",
        "{{chain}}",
      ),
    ],
  },
  {
    kind: "timeseries",
    title: "Relayer's wallets",
    description: "What is left to pay fees with. An empty wallet relays nothing.",
    unit: "short",
    width: 12,
    min: 0,
    queries: [query("hermes", "min by (chain, denom) (wallet_balance)", "{{chain}} {{denom}}")],
  },
  {
    kind: "timeseries",
    title: "Relayer's errors",
    description: "Transactions per second that could not be sent, by the chain's account and the reason.",
    unit: "ops",
    width: 12,
    min: 0,
    queries: [
      query(
        "hermes",
        "sum by (account, error_description) (rate(broadcast_errors_total[5m]))",
        "{{account}}: {{error_description}}",
      ),
    ],
  },
];
