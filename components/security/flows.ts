/**
 * Who may talk to whom: the one table that NetworkPolicies are written from (spec A3).
 *
 * A row opens both ends: egress at the source and ingress at the destination, where the end is a workload of ours.
 * Everything that no row names is denied, in both directions.
 */
import { isMeshed } from "../mesh/injection.ts";
import { bizraPorts, dnsPort, pawPorts, proxyPorts } from "../ports.ts";
import { type PawRole, namespaces, pawRoles } from "../names.ts";
import { platformFlows, prometheus } from "./platformFlows.ts";

/** A workload that this program's policies cover. */
export interface Workload {
  readonly kind: "workload";
  readonly part: "paw" | "bizra";
  readonly component: string;
}

/** Pods of a namespace that is no workload's, all or by label. */
export interface Neighbour {
  readonly kind: "neighbour";
  readonly namespace: string;
  /** What the pods are called in a policy's name, where they are chosen by label. */
  readonly name?: string;
  readonly podLabels?: Readonly<Record<string, string>>;
  /** The account that its pods run as, by which the mesh knows them; any of the namespace where it is missing. */
  readonly serviceAccount?: string;
  /** Whether its pods are in the mesh. */
  readonly meshed?: boolean;
}

/** Addresses outside the cluster. */
export interface Outside {
  readonly kind: "outside";
  readonly cidr: string;
  readonly except?: readonly string[];
}

export type Endpoint = Workload | Neighbour | Outside;

export interface Flow {
  /** Short, unique and stable: it names the rule in reports. */
  readonly id: string;
  readonly from: Endpoint;
  readonly to: Endpoint;
  readonly ports: readonly { readonly port: number; readonly protocol: "TCP" | "UDP" }[];
  /** Why the flow is needed. */
  readonly reason: string;
}

const paw = (component: PawRole): Workload => ({ kind: "workload", part: "paw", component });
const bizra: Workload = { kind: "workload", part: "bizra", component: "apex" };
/** The ingress controller is in the mesh: the policies by identity know it by its certificate. */
const ingress: Neighbour = { kind: "neighbour", namespace: namespaces.ingress, meshed: true };
const dns: Neighbour = {
  kind: "neighbour",
  namespace: namespaces.kubeSystem,
  podLabels: { "k8s-app": "kube-dns" },
};
/** Private, loopback and link-local ranges (RFC 1918, 6598, 3927): no peer of a public network lives there. */
const internet: Outside = {
  kind: "outside",
  cidr: "0.0.0.0/0",
  except: ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16", "127.0.0.0/8"],
};

/** An object store may stand anywhere, also in a private network, and so may whoever uses a node port. */
const anywhere: Outside = { kind: "outside", cidr: "0.0.0.0/0" };
/** A remote signer in this cluster; its own chart or manifests give it this label. */
const signerPods: Neighbour = {
  kind: "neighbour",
  namespace: namespaces.signer,
  podLabels: { "app.kubernetes.io/component": "remote-signer" },
};

const tcp = (...ports: number[]): Flow["ports"] => ports.map((port) => ({ port, protocol: "TCP" }));
const { p2p, rpc, rest, grpc, grpcWeb, metrics, signer } = pawPorts;

/** What the table depends on. */
export interface Site {
  /** Networks and port of the API server. */
  readonly apiServer: { readonly cidrs: readonly string[]; readonly port: number };
  /** Whether a remote signer dials the validators. */
  readonly remoteSigner: boolean;
  /** Whether the backup asks the API server for snapshots. */
  readonly snapshots: boolean;
  /** Whether nodes load the genesis from outside. */
  readonly genesisFromOutside: boolean;
  /** Whether the platform's charts are installed, the mesh among them. */
  readonly platform: boolean;
  /** Whether images are verified at admission. */
  readonly verifiesImages: boolean;
  /** Whether snapshots of Vault are taken. */
  readonly vaultSnapshots: boolean;
  /** Whether the node ports of spec A15 are open. */
  readonly nodePorts: boolean;
}

/** Roles that run a chain node. */
const nodeRoles = ["validator", "sentry", "full-node", "backup"] as const;

const nodeFlows: readonly Flow[] = [
  {
    id: "p2p-validator-validator",
    from: paw("validator"),
    to: paw("validator"),
    ports: tcp(p2p.port),
    reason: "consensus between validators",
  },
  {
    id: "p2p-validator-sentry",
    from: paw("validator"),
    to: paw("sentry"),
    ports: tcp(p2p.port),
    reason: "blocks out to the network",
  },
  {
    id: "p2p-sentry-validator",
    from: paw("sentry"),
    to: paw("validator"),
    ports: tcp(p2p.port),
    reason: "transactions in from the network",
  },
  {
    id: "p2p-sentry-sentry",
    from: paw("sentry"),
    to: paw("sentry"),
    ports: tcp(p2p.port),
    reason: "sentries know each other",
  },
  {
    id: "p2p-full-node-sentry",
    from: paw("full-node"),
    to: paw("sentry"),
    ports: tcp(p2p.port),
    reason: "full nodes follow through sentries",
  },
  {
    id: "p2p-sentry-full-node",
    from: paw("sentry"),
    to: paw("full-node"),
    ports: tcp(p2p.port),
    reason: "sentries dial full nodes back",
  },
  {
    id: "p2p-internet-sentry",
    from: internet,
    to: paw("sentry"),
    ports: tcp(p2p.port),
    reason: "outside peers dial in",
  },
  {
    id: "p2p-sentry-internet",
    from: paw("sentry"),
    to: internet,
    ports: tcp(p2p.port),
    reason: "sentries dial outside peers",
  },
  {
    id: "rpc-ingress-full-node",
    from: ingress,
    to: paw("full-node"),
    ports: tcp(rpc.port),
    reason: "public RPC is served by full nodes",
  },
  {
    id: "rpc-full-node-validator",
    from: paw("full-node"),
    to: paw("validator"),
    ports: tcp(rpc.port),
    reason: "light-client proofs and status",
  },
  { id: "api-ingress", from: ingress, to: paw("api"), ports: tcp(rest.port), reason: "public REST" },
  {
    id: "grpc-ingress-full-node",
    from: ingress,
    to: paw("full-node"),
    ports: tcp(grpc.port),
    reason: "public gRPC",
  },
  {
    id: "api-full-node",
    from: paw("api"),
    to: paw("full-node"),
    ports: tcp(rest.port),
    reason: "the API layer passes requests on to full nodes",
  },
  {
    id: "p2p-backup-sentry",
    from: paw("backup"),
    to: paw("sentry"),
    ports: tcp(p2p.port),
    reason: "the node that is backed up follows the chain through sentries",
  },
  {
    id: "backup-store",
    from: paw("backup"),
    to: anywhere,
    ports: tcp(443),
    reason: "encrypted backups go to an object store",
  },
];

/** Rows that depend on the site, and those that every role has. */
const pawFlows = (site: Site): Flow[] => [
  ...nodeFlows,
  ...kubeApiRows(site, "validator", "the start guard uses up the mark of an unused key"),
  ...(site.snapshots ? kubeApiRows(site, "backup", "the backup asks for a snapshot of its volume") : []),
  ...(site.remoteSigner
    ? [
        {
          id: "signer-validator",
          from: signerPods,
          to: paw("validator"),
          ports: tcp(signer.port),
          reason: "the remote signer dials in and signs",
        },
      ]
    : []),
  ...(site.genesisFromOutside
    ? nodeRoles.map((role) => ({
        id: `genesis-${role}`,
        from: paw(role),
        to: internet,
        ports: tcp(443),
        reason: "the genesis is loaded from outside, and checked by its hash",
      }))
    : []),
  ...pawRoles
    .filter((role) => role !== "backup")
    .map((role) => ({
      id: `metrics-${role}`,
      from: prometheus,
      to: paw(role),
      ports: tcp(metrics.port),
      reason: "Prometheus scrapes every node",
    })),
  ...pawRoles.map((role) => dnsRow(paw(role))),
];

const bizraFlows: readonly Flow[] = [
  {
    id: "p2p-bizra",
    from: bizra,
    to: bizra,
    ports: tcp(bizraPorts.p2p),
    reason: "consensus between the replicas",
  },
  {
    id: "ingress-bizra",
    from: ingress,
    to: bizra,
    ports: tcp(bizraPorts.http, bizraPorts.rpc, bizraPorts.ws),
    reason: "HTTP, RPC and WebSocket clients",
  },
  {
    id: "metrics-bizra",
    from: prometheus,
    to: bizra,
    ports: tcp(bizraPorts["rust-metrics"]),
    reason: "Prometheus scrapes the Rust metrics",
  },
  dnsRow(bizra),
];

/** What answers on a node port (spec A15), whoever asks. */
const nodePortFlows: readonly Flow[] = (
  [
    ["sentry", [p2p.port]],
    ["full-node", [rpc.port, grpc.port, grpcWeb.port]],
    ["api", [rest.port]],
  ] as const
).map(([role, ports]) => ({
  id: `node-port-${role}`,
  from: anywhere,
  to: paw(role),
  ports: tcp(...ports),
  reason: "a developer's own machine comes in by node ports",
}));

/** The whole table for a site. */
export function flowTable(site: Site): readonly Flow[] {
  const meshed = [...pawRoles.map(paw), bizra, prometheus];
  const workloads = [...pawFlows(site), ...bizraFlows, ...(site.nodePorts ? nodePortFlows : [])];
  if (!site.platform) return workloads;
  return [...workloads.map(withProxyPort), ...platformFlows(site, meshed, dns)];
}

/** Two proxies may talk to each other on the proxy's own port, whatever port was asked for. */
function withProxyPort(flow: Flow): Flow {
  const { from, to, ports } = flow;
  const meshed = inMesh(from) && to.kind === "workload" && ports.some((port) => isMeshed(to.part, port));
  return meshed ? { ...flow, ports: [...ports, ...tcp(proxyPorts.inbound)] } : flow;
}

function inMesh(end: Endpoint): boolean {
  return end.kind === "workload" || (end.kind === "neighbour" && end.meshed === true);
}

function dnsRow(from: Workload): Flow {
  const ports = (["UDP", "TCP"] as const).map((protocol) => ({ port: dnsPort, protocol }));
  return {
    id: `dns-${from.part}-${from.component}`,
    from: from,
    to: dns,
    ports: ports,
    reason: "names are resolved by kube-dns alone",
  };
}

function kubeApiRows({ apiServer }: Site, role: PawRole, reason: string): Flow[] {
  return apiServer.cidrs.map((cidr, index) => ({
    id: `kube-api-${role}${index === 0 ? "" : `-${index}`}`,
    from: paw(role),
    to: { kind: "outside", cidr },
    ports: tcp(apiServer.port),
    reason,
  }));
}
