/**
 * What this program sets in a node's `config.toml` (CometBFT) and `app.toml` (Cosmos SDK). Everything else stays as
 * the chain's own binary has it: a pod writes the binary's defaults first and puts these values over them.
 */
import { pawPorts } from "../ports.ts";
import { type NodeRole, podName, serviceHost } from "./nodes.ts";
import type { Peers } from "./peers.ts";
import { type Toml, toToml } from "./toml.ts";

/** Where a new full node gets the state from, instead of replaying every block. */
export interface StateSync {
  /** A height whose hash the operator knows (`statesync.trust_height`). */
  readonly trustHeight: number;
  /** The hash of the block at that height (`statesync.trust_hash`): 64 hexadecimal digits. */
  readonly trustHash: string;
}

export interface NodeSettings {
  /** Pause after a block, such as `5s` (`consensus.timeout_commit`). */
  readonly timeoutCommit: string;
  /** Least fee that a node takes, such as `0.025upaw` (`minimum-gas-prices`). */
  readonly minimumGasPrices: string;
  /** Blocks looked back for signatures of this very key before it signs at all (`consensus.double_sign_check_height`). */
  readonly doubleSignCheckHeight: number;
  /** Height at which all nodes stop for an upgrade (`halt-height`); 0 for none. */
  readonly haltHeight: number;
  /** Where gRPC-Web is served: on a port of its own (Cosmos SDK up to 0.47) or with REST (0.50 and newer). */
  readonly grpcWeb: "own" | "rest";
  /** Blocks between two state-sync snapshots that sentries and full nodes offer (`state-sync.snapshot-interval`). */
  readonly snapshotInterval: number;
  readonly stateSync?: StateSync | undefined;
  /** True where a remote signer holds the consensus keys and dials in (`priv_validator_laddr`). */
  readonly remoteSigner: boolean;
}

/** Listens on all addresses of the pod; who may come is the NetworkPolicies' business. */
const anywhere = "0.0.0.0";
/** Files that a pod mounts one by one, see podTemplate.ts. */
export const keyFiles = {
  consensus: "/keys/priv_validator_key.json",
  node: "/keys/node_key.json",
} as const;

/** `config.toml` of a role: only what differs from CometBFT's defaults or must not depend on them. */
export function configToml(role: NodeRole, peers: Peers, settings: NodeSettings): string {
  const validator = role === "validator";
  const signsItself = validator && !settings.remoteSigner;
  const sections: Toml = {
    "": {
      // With a remote signer CometBFT still makes a key file that nobody uses, at its usual place.
      ...(signsItself ? { priv_validator_key_file: keyFiles.consensus } : {}),
      ...(validator && settings.remoteSigner
        ? { priv_validator_laddr: `tcp://${anywhere}:${pawPorts.signer.port}` }
        : {}),
      // A full node's id matters to nobody: the binary makes a key and keeps it with the data.
      node_key_file: role === "full-node" ? "data/node_key.json" : keyFiles.node,
    },
    rpc: { laddr: `tcp://${anywhere}:${pawPorts.rpc.port}`, cors_allowed_origins: [], pprof_laddr: "" },
    p2p: {
      laddr: `tcp://${anywhere}:${pawPorts.p2p.port}`,
      addr_book_file: "data/addrbook.json",
      // Sentries meet the internet: private addresses, the cluster's own, have no place in their books.
      addr_book_strict: role === "sentry",
      // Address translation on the way (load balancers, some network plugins) makes many peers look like one.
      allow_duplicate_ip: true,
      pex: peers.pex,
      private_peer_ids: peers.privateIds.join(","),
      unconditional_peer_ids: peers.unconditionalIds.join(","),
      max_num_inbound_peers: peers.maxInbound,
      max_num_outbound_peers: peers.maxOutbound,
    },
    ...(role === "full-node" && settings.stateSync
      ? { statesync: stateSyncSection(settings.stateSync) }
      : {}),
    consensus: {
      timeout_commit: settings.timeoutCommit,
      // A remote signer's key always has a history here, which this check would take for a twin's.
      ...(signsItself ? { double_sign_check_height: settings.doubleSignCheckHeight } : {}),
    },
    tx_index: { indexer: role === "full-node" ? "kv" : "null" },
    instrumentation: {
      prometheus: true,
      prometheus_listen_addr: `${anywhere}:${pawPorts.metrics.port}`,
      namespace: "cometbft",
    },
  };
  return toToml(sections);
}

/** The light client of state sync compares two servers at least: the first two validators (spec A3, RPC nodes -> validators). */
function stateSyncSection({ trustHeight, trustHash }: StateSync): Toml[string] {
  const servers = [0, 1].map(
    (ordinal) => `http://${podName("validator", ordinal)}.${serviceHost("validator")}:${pawPorts.rpc.port}`,
  );
  return {
    enable: true,
    rpc_servers: servers.join(","),
    trust_height: trustHeight,
    trust_hash: trustHash,
  };
}

/** `app.toml` of a role: full nodes serve REST, gRPC and gRPC-Web; the others serve nothing but their chain. */
export function appToml(role: NodeRole, settings: NodeSettings): string {
  const serving = role === "full-node";
  const sections: Toml = {
    "": {
      "minimum-gas-prices": settings.minimumGasPrices,
      // A validator needs the latest states alone; the others keep what clients and new nodes ask for.
      pruning: role === "validator" ? "everything" : "default",
      "halt-height": settings.haltHeight,
    },
    telemetry: {
      enabled: true,
      // Seconds that a gauge without news is still shown; more than a scrape's 15.
      "prometheus-retention-time": 60,
      "enable-hostname": false,
      "enable-hostname-label": false,
      "enable-service-label": false,
      "service-name": "",
    },
    api: {
      enable: serving,
      address: `tcp://${anywhere}:${pawPorts.rest.port}`,
      "enabled-unsafe-cors": false,
    },
    grpc: { enable: serving, address: `${anywhere}:${pawPorts.grpc.port}` },
    "grpc-web": {
      enable: serving,
      ...(settings.grpcWeb === "own" ? { address: `${anywhere}:${pawPorts.grpcWeb.port}` } : {}),
    },
    "state-sync": {
      "snapshot-interval": role === "validator" ? 0 : settings.snapshotInterval,
      "snapshot-keep-recent": 2,
    },
  };
  return toToml(sections);
}
