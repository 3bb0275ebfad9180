/**
 * The exporters, and those of their metrics that dashboards and alerts use. A query names its exporters, and a test
 * refuses a metric that none of them is known to have: a misspelt name would be an empty panel and a silent alert.
 */

/** Why a metric cannot be had on a test machine without cloud, container runtime or outside chain. */
const reasons = {
  relayer: "an IBC relayer serves two chains and is no part of this program: none runs on a test machine",
  dex: "the DEX module is part of PAW's own binary; test machines run ibc-go's simd, which has none",
  ibc: "ibc-go counts once packets flow, which takes a second chain and a relayer",
  kubelet: "the embedded cluster's kubelet is simulated: no container runs, no volume is mounted",
  nodeExporter: "reads a real node's /proc and /sys; the embedded cluster's nodes are simulated",
  mesh: "proxies are injected into running pods; on the embedded cluster no pod runs",
  controller: "a controller of the platform, which does not run on the embedded cluster",
  vault: "Vault's server does not run on the embedded cluster",
} as const;

export interface Source {
  /** The exporter, its version where names depend on it, and where the names were read. */
  readonly title: string;
  readonly metrics: readonly string[];
  /** Why a test machine has none of them; missing where it has. */
  readonly absent?: string;
}

export const sources = {
  cometbft: {
    title: "CometBFT 0.37 and 0.38 on every node, port 26660; */metrics.gen.go",
    metrics: [
      "cometbft_consensus_block_interval_seconds_count",
      "cometbft_consensus_block_interval_seconds_sum",
      "cometbft_consensus_block_size_bytes",
      // Of 0.37; 0.38 says the same with blocksync_syncing and statesync_syncing.
      "cometbft_consensus_block_syncing",
      "cometbft_consensus_state_syncing",
      "cometbft_blocksync_syncing",
      "cometbft_statesync_syncing",
      "cometbft_consensus_byzantine_validators",
      "cometbft_consensus_late_votes",
      "cometbft_consensus_latest_block_height",
      "cometbft_consensus_missing_validators",
      "cometbft_consensus_missing_validators_power",
      "cometbft_consensus_num_txs",
      "cometbft_consensus_round_voting_power_percent",
      "cometbft_consensus_rounds",
      "cometbft_consensus_total_txs",
      "cometbft_consensus_validator_last_signed_height",
      "cometbft_consensus_validator_missed_blocks",
      "cometbft_consensus_validator_power",
      "cometbft_consensus_validators",
      "cometbft_consensus_validators_power",
      "cometbft_mempool_size",
      "cometbft_p2p_message_receive_bytes_total",
      "cometbft_p2p_message_send_bytes_total",
      "cometbft_p2p_peers",
    ],
  },
  "cosmos-sdk": {
    title: "Cosmos SDK 0.47 and 0.50 telemetry, on CometBFT's port; baseapp, x/staking, x/bank",
    metrics: ["staking_delegate", "staking_redelegate", "staking_undelegate", "tx_failed", "tx_successful"],
  },
  "ibc-go": {
    title: "ibc-go 7 and 8 telemetry, on CometBFT's port; modules/core, modules/apps/transfer",
    metrics: [
      "ibc_channel_close_confirm",
      "ibc_channel_close_init",
      "ibc_channel_open_ack",
      "ibc_channel_open_confirm",
      "ibc_client_misbehaviour",
      "ibc_client_update",
      "ibc_timeout_packet",
      "ibc_transfer_receive",
      "ibc_transfer_send",
      "tx_msg_ibc_acknowledge_packet",
      "tx_msg_ibc_recv_packet",
    ],
    absent: reasons.ibc,
  },
  hermes: {
    title: "Hermes 1.13, an IBC relayer, port 3001 by its default; crates/telemetry",
    metrics: [
      "acknowledgment_packets_confirmed_total",
      "backlog_size",
      "broadcast_errors_total",
      "receive_packets_confirmed_total",
      "timeout_packets_confirmed_total",
      "tx_latency_confirmed_bucket",
      "wallet_balance",
    ],
    absent: reasons.relayer,
  },
  "paw-dex": {
    title: "pawd's module x/dex, on CometBFT's port; x/dex/keeper/metrics.go",
    metrics: [
      "paw_dex_circuit_breaker_active",
      "paw_dex_liquidity_added_total",
      "paw_dex_liquidity_removed_total",
      "paw_dex_pool_reserves",
      "paw_dex_pool_tvl_total",
      "paw_dex_pools_total",
      "paw_dex_swap_fees_collected_total",
      "paw_dex_swap_latency_seconds_bucket",
      "paw_dex_swap_slippage_percent_bucket",
      "paw_dex_swap_volume_total",
      "paw_dex_swaps_total",
    ],
    absent: reasons.dex,
  },
  haproxy: {
    title: "HAProxy of the API layer, port 26660; its own exporter",
    metrics: [
      "haproxy_frontend_http_requests_total",
      "haproxy_frontend_http_responses_total",
      "haproxy_frontend_requests_denied_total",
    ],
  },
  bizra: {
    title: "bizra-apex, port 9464 (spec B7, B10)",
    metrics: [
      "bizra_errors_total",
      "bizra_finality_check_seconds_bucket",
      "bizra_finality_check_seconds_count",
      "bizra_poi_generate_seconds_count",
      "bizra_poi_verify_seconds_count",
    ],
  },
  "kube-state-metrics": {
    title: "kube-state-metrics 2.20; internal/store",
    metrics: [
      "kube_cronjob_created",
      "kube_cronjob_status_last_successful_time",
      "kube_deployment_metadata_generation",
      "kube_deployment_status_replicas_available",
      "kube_job_failed",
      "kube_job_status_start_time",
      "kube_namespace_status_phase",
      "kube_pod_container_resource_limits",
      "kube_pod_container_status_last_terminated_reason",
      "kube_pod_container_status_restarts_total",
      "kube_pod_container_status_waiting_reason",
      "kube_pod_status_phase",
      "kube_pod_status_ready",
      "kube_statefulset_metadata_generation",
    ],
  },
  cadvisor: {
    title: "cAdvisor in the kubelet, as kube-prometheus-stack 88.5 keeps it (it drops container_spec_*)",
    metrics: [
      "container_cpu_cfs_periods_total",
      "container_cpu_cfs_throttled_periods_total",
      "container_cpu_usage_seconds_total",
      "container_fs_reads_bytes_total",
      "container_fs_writes_bytes_total",
      "container_memory_working_set_bytes",
      "container_network_receive_bytes_total",
      "container_network_transmit_bytes_total",
    ],
    absent: reasons.kubelet,
  },
  kubelet: {
    title: "the kubelet's statistics of volumes",
    metrics: ["kubelet_volume_stats_available_bytes", "kubelet_volume_stats_capacity_bytes"],
    absent: reasons.kubelet,
  },
  "node-exporter": {
    title: "node exporter 1.x, on every node",
    metrics: [
      "node_cpu_seconds_total",
      "node_disk_io_time_seconds_total",
      "node_filesystem_avail_bytes",
      "node_filesystem_size_bytes",
      "node_memory_MemAvailable_bytes",
      "node_memory_MemTotal_bytes",
      "node_network_receive_bytes_total",
      "node_network_transmit_bytes_total",
    ],
    absent: reasons.nodeExporter,
  },
  linkerd: {
    title: "Linkerd's proxies, port 4191; reference/proxy-metrics, viz/metrics-api",
    metrics: [
      "identity_cert_expiration_timestamp_seconds",
      "inbound_http_authz_deny_total",
      "response_latency_ms_bucket",
      "response_total",
    ],
    absent: reasons.mesh,
  },
  "cert-manager": {
    title: "cert-manager 1.21; internal/collectors",
    metrics: [
      "certmanager_certificate_expiration_timestamp_seconds",
      "certmanager_certificate_ready_status",
      "certmanager_certificate_renewal_timestamp_seconds",
    ],
    absent: reasons.controller,
  },
  "external-secrets": {
    title: "External Secrets 2.9; pkg/controllers",
    metrics: ["clustersecretstore_status_condition", "externalsecret_status_condition"],
    absent: reasons.controller,
  },
  "argo-rollouts": {
    title:
      "Argo Rollouts 1.9, port 8090; controller/metrics. A target's own namespace makes its label exported_namespace",
    metrics: ["rollout_info"],
    absent: reasons.controller,
  },
  vault: {
    title: "Vault's telemetry, /v1/sys/metrics on every server",
    metrics: ["vault_core_unsealed"],
    absent: reasons.vault,
  },
  alertmanager: {
    title: "Alertmanager about itself",
    metrics: ["alertmanager_notifications_failed_total"],
  },
  alloy: {
    title: "counted by Alloy out of log lines; components/platform/monitoring/config.alloy",
    metrics: ["loki_process_custom_paw_evidence_lines_total"],
    absent: "Alloy reads the logs of running pods; on the embedded cluster no pod runs",
  },
  prometheus: {
    title: "Prometheus itself: what it knows of its targets and rules",
    metrics: ["prometheus_rule_evaluation_failures_total", "up"],
  },
  loki: { title: "log lines in Loki, by LogQL", metrics: [], absent: "Loki does not run on a test machine" },
  rules: {
    title: "series that the recording rules of this folder write",
    metrics: [],
  },
} as const satisfies Record<string, Source>;

export type SourceId = keyof typeof sources;

/** What cannot be had on a test machine, exporter by exporter, and why. */
export function unavailable(): {
  readonly source: SourceId;
  readonly metrics: readonly string[];
  readonly reason: string;
}[] {
  return (Object.entries(sources) as [SourceId, Source][]).flatMap(([source, { metrics, absent }]) =>
    absent === undefined ? [] : [{ source, metrics, reason: absent }],
  );
}
