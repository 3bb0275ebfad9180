/** The rows of the flow table for the platform's own namespaces: who may reach its servers, and whom these reach. */
import { proxyPorts } from "../ports.ts";
import type { Endpoint, Flow, Neighbour, Outside } from "./flows.ts";

/** Pods of the platform, by the labels that their charts give them. */
const pods = (namespace: string, name: string, podLabels: Record<string, string>): Neighbour => ({
  kind: "neighbour",
  namespace,
  name,
  podLabels,
});
const named = (namespace: string, name: string): Neighbour =>
  pods(namespace, name, { "app.kubernetes.io/name": name });
const linkerd = (component: string): Neighbour =>
  pods("linkerd", component, { "linkerd.io/control-plane-component": component });
const viz = (component: string): Neighbour => pods("linkerd-viz", component, { component });

/** In the mesh, since the workloads' proxies let only callers with a certificate in; the account is its chart's. */
export const prometheus: Neighbour = {
  ...named("monitoring", "prometheus"),
  serviceAccount: "prometheus-prometheus",
  meshed: true,
};
const alertmanager = named("monitoring", "alertmanager");
const grafana = named("monitoring", "grafana");
const loki = named("monitoring", "loki");
const alloy = named("monitoring", "alloy");
const kubeStateMetrics = named("monitoring", "kube-state-metrics");
const prometheusOperator = pods("monitoring", "prometheus-operator", {
  "app.kubernetes.io/component": "prometheus-operator",
});
const certManager = named("cert-manager", "cert-manager");
const certManagerWebhook = named("cert-manager", "webhook");
const certManagerInjector = named("cert-manager", "cainjector");
const trustManager = named("cert-manager", "trust-manager");
const vault = named("vault", "vault");
const vaultSnapshot = pods("vault", "vault-snapshot", { "app.kubernetes.io/component": "vault-snapshot" });
const externalSecrets = named("external-secrets", "external-secrets");
const externalSecretsWebhook = named("external-secrets", "external-secrets-webhook");
const externalSecretsCerts = named("external-secrets", "external-secrets-cert-controller");
const policyController = named("policy-controller", "policy-controller");
const rollouts = named("argo-rollouts", "argo-rollouts");

const anywhere: Outside = { kind: "outside", cidr: "0.0.0.0/0" };

/** Namespaces of the platform whose pods are told apart by network policies. */
export const guardedNamespaces = [
  "cert-manager",
  "linkerd",
  "linkerd-viz",
  "vault",
  "external-secrets",
  "monitoring",
  "argo-rollouts",
  "policy-controller",
] as const;

type Row = readonly [id: string, from: Endpoint, to: Endpoint, ports: readonly number[], reason: string];

/** What is scraped of the platform itself: pods and port. */
const scraped: readonly (readonly [Neighbour, number])[] = [
  [certManager, 9402],
  [certManagerWebhook, 9402],
  [certManagerInjector, 9402],
  [trustManager, 9402],
  [externalSecrets, 8080],
  [externalSecretsWebhook, 8080],
  [externalSecretsCerts, 8080],
  [rollouts, 8090],
  [policyController, 9090],
  [vault, 8200],
  [prometheusOperator, 10250],
  [prometheus, 9090],
  [alertmanager, 9093],
  [alertmanager, 8080],
  [prometheus, 8080],
  [grafana, 3000],
  [loki, 3100],
  [alloy, 12345],
  [kubeStateMetrics, 8080],
  [linkerd("destination"), 9990],
  [linkerd("identity"), 9990],
  [linkerd("proxy-injector"), 9990],
  [viz("metrics-api"), 9995],
  [viz("tap"), 9998],
  [viz("tap-injector"), 9995],
  [viz("web"), 9994],
];

/** Webhooks and extension servers that the API server calls: pods and port. */
const called: readonly (readonly [Neighbour, number])[] = [
  [certManagerWebhook, 10250],
  [trustManager, 6443],
  [externalSecretsWebhook, 10250],
  [prometheusOperator, 10250],
  [linkerd("proxy-injector"), 8443],
  [linkerd("destination"), 8443],
  [linkerd("destination"), 9443],
  [viz("tap"), 8089],
  [viz("tap-injector"), 8443],
  [policyController, 8443],
];

const between: readonly Row[] = [
  ["alerts", prometheus, alertmanager, [9093], "alerts go to Alertmanager"],
  ["alertmanager-peers", alertmanager, alertmanager, [9094], "replicas agree on who notifies"],
  ["alert-receivers", alertmanager, anywhere, [443, 587], "Slack, PagerDuty and a mail server"],
  ["grafana-prometheus", grafana, prometheus, [9090], "dashboards query metrics"],
  ["grafana-loki", grafana, loki, [3100], "dashboards query logs"],
  ["grafana-alertmanager", grafana, alertmanager, [9093], "dashboards show alerts and silences"],
  ["alloy-loki", alloy, loki, [3100], "logs are sent to Loki"],
  ["alloy-peers", alloy, alloy, [12345], "replicas share the pods out"],
  ["loki-peers", loki, loki, [7946, 9095], "replicas find one another and share queries"],
  ["loki-store", loki, anywhere, [443], "chunks go to an object store"],
  ["secrets-vault", externalSecrets, vault, [8200], "Secrets are read from Vault"],
  ["issuer-vault", certManager, vault, [8200], "Vault signs the mesh's issuer"],
  ["acme", certManager, anywhere, [443], "public certificates are ordered over ACME"],
  ["vault-peers", vault, vault, [8200, 8201], "raft"],
  ["vault-unseal", vault, anywhere, [443], "a key service unseals Vault"],
  [
    "viz-prometheus",
    viz("metrics-api"),
    prometheus,
    [9090, proxyPorts.inbound],
    "the mesh's figures come from Prometheus",
  ],
  ["web-metrics-api", viz("web"), viz("metrics-api"), [8085], "the dashboard shows figures"],
  ["web-tap", viz("web"), viz("tap"), [8089], "the dashboard shows requests"],
  ["analysis", rollouts, prometheus, [9090], "a canary is judged by metrics"],
  ["image-signatures", policyController, anywhere, [443], "signatures are read from registries"],
];

const snapshots: readonly Row[] = [
  ["snapshot-vault", vaultSnapshot, vault, [8200], "a snapshot is taken of what Vault holds"],
  ["snapshot-store", vaultSnapshot, anywhere, [443], "encrypted snapshots go to an object store"],
];

export interface PlatformFlowSite {
  /** Networks and port of the API server. */
  readonly apiServer: { readonly cidrs: readonly string[]; readonly port: number };
  /** Whether images are verified at admission. */
  readonly verifiesImages: boolean;
  /** Whether snapshots of Vault are taken. */
  readonly vaultSnapshots: boolean;
  /** Whether the node ports of spec A15 are open. */
  readonly nodePorts: boolean;
}

/** What answers on a node port (spec A15), whoever asks. */
const nodePorts: readonly Row[] = (
  [
    [grafana, 3000],
    [prometheus, 9090],
    [alertmanager, 9093],
  ] as const
).map(([to, port]) => [
  `node-port-${to.name ?? ""}`,
  anywhere,
  to,
  [port],
  "a developer's own machine comes in by node ports",
]);

/** Rows for the platform, and for the pods of the workloads that are in the mesh. */
export function platformFlows(site: PlatformFlowSite, meshed: readonly Endpoint[], dns: Neighbour): Flow[] {
  const apiServers = site.apiServer.cidrs.map((cidr): Outside => ({ kind: "outside", cidr }));
  const absent = site.verifiesImages ? undefined : policyController;
  return [
    ...[...between, ...(site.vaultSnapshots ? snapshots : []), ...(site.nodePorts ? nodePorts : [])]
      .filter(([, from]) => from !== absent)
      .map(toFlow),
    ...scraped
      .filter(([to]) => to !== absent)
      .map(([to, port]) =>
        toFlow([
          `metrics-${to.name ?? ""}-${port}`,
          prometheus,
          to,
          [port],
          "Prometheus scrapes the platform",
        ]),
      ),
    ...called
      .filter(([to]) => to !== absent)
      .flatMap(([to, port]) =>
        apiServers.map((from, index) =>
          toFlow([
            `webhook-${to.name ?? ""}-${port}-${index}`,
            from,
            to,
            [port],
            "the API server asks a webhook",
          ]),
        ),
      ),
    // The agent that writes the CNI plugin watches pods, to repair those that began before it.
    ...[...guardedNamespaces, "linkerd-cni"]
      .filter((namespace) => namespace !== absent?.namespace)
      .flatMap((namespace) => everyPod(namespace, apiServers, dns)),
    ...meshRows([...meshed, ...guarded("linkerd", "linkerd-viz")]),
    toFlow([
      "scrape-nodes",
      prometheus,
      anywhere,
      [10250, 9100, 9153, 6443, 443],
      "kubelets, nodes, DNS and the API server are scraped",
    ]),
  ];
}

const guarded = (...names: string[]): Endpoint[] =>
  names.map((namespace) => ({ kind: "neighbour", namespace }));

/** Controllers all: each watches the API server, and finds others by name. */
function everyPod(namespace: string, apiServers: readonly Outside[], dns: Neighbour): Flow[] {
  const from: Neighbour = { kind: "neighbour", namespace };
  return [
    ...apiServers.map((to, index) =>
      toFlow([`kube-api-${namespace}-${index}`, from, to, [443, 6443], "controllers watch the API server"]),
    ),
    {
      id: `dns-${namespace}`,
      from,
      to: dns,
      ports: [
        { port: 53, protocol: "UDP" },
        { port: 53, protocol: "TCP" },
      ],
      reason: "names are resolved by kube-dns alone",
    },
  ];
}

/** A proxy asks the control plane who it is, where others are and what is allowed, and is scraped. */
function meshRows(meshed: readonly Endpoint[]): Flow[] {
  return meshed.flatMap((pod, index) => [
    toFlow([
      `mesh-identity-${index}`,
      pod,
      linkerd("identity"),
      [8080, proxyPorts.inbound],
      "a proxy gets its certificate",
    ]),
    toFlow([
      `mesh-destination-${index}`,
      pod,
      linkerd("destination"),
      [8086, 8090, proxyPorts.inbound],
      "a proxy learns where to go, and who may come",
    ]),
    toFlow([`mesh-metrics-${index}`, prometheus, pod, [proxyPorts.admin], "Prometheus scrapes every proxy"]),
  ]);
}

function toFlow([id, from, to, ports, reason]: Row): Flow {
  return { id, from, to, ports: ports.map((port) => ({ port, protocol: "TCP" })), reason };
}
