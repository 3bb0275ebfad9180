/** What rules cannot know of this project by themselves: each entry is a decision, with its reason. */

/** Where images may come from. */
export interface Registry {
  /** Beginning of an image's name. */
  readonly prefix: string;
  /** `digest`: this project's own choice of image, pinned by its digest. `chart`: the chart's release names the tag. */
  readonly pinnedBy: "digest" | "chart";
  /** Whether its images are signed by keys that this project knows, and verified at admission. */
  readonly verified?: true;
  readonly reason: string;
}

export const registries: readonly Registry[] = [
  {
    prefix: "registry.example.com/paw/",
    pinnedBy: "digest",
    verified: true,
    reason: "the chain; stands for your own registry",
  },
  { prefix: "ghcr.io/cosmos/", pinnedBy: "digest", reason: "a chain to try with, in local" },
  { prefix: "ghcr.io/bizra/", pinnedBy: "digest", verified: true, reason: "bizra" },
  {
    prefix: "docker.io/library/",
    pinnedBy: "digest",
    reason: "tools and the API's proxy, from Docker's own images",
  },
  { prefix: "docker.io/curlimages/", pinnedBy: "digest", reason: "curl, from its own project" },
  { prefix: "docker.io/restic/", pinnedBy: "digest", reason: "restic, from its own project" },
  { prefix: "cr.l5d.io/linkerd/", pinnedBy: "chart", reason: "Linkerd" },
  { prefix: "quay.io/jetstack/", pinnedBy: "chart", reason: "cert-manager and trust-manager" },
  { prefix: "ghcr.io/external-secrets/", pinnedBy: "chart", reason: "External Secrets" },
  { prefix: "hashicorp/vault", pinnedBy: "chart", reason: "Vault" },
  { prefix: "docker.io/grafana/", pinnedBy: "chart", reason: "Grafana, Loki, Alloy" },
  { prefix: "quay.io/kiwigrid/k8s-sidecar", pinnedBy: "chart", reason: "Grafana's dashboards" },
  { prefix: "quay.io/prometheus/", pinnedBy: "chart", reason: "Prometheus, Alertmanager, node exporter" },
  { prefix: "quay.io/prometheus-operator/", pinnedBy: "chart", reason: "Prometheus Operator" },
  { prefix: "registry.k8s.io/kube-state-metrics/", pinnedBy: "chart", reason: "kube-state-metrics" },
  {
    prefix: "ghcr.io/argoproj-labs/",
    pinnedBy: "digest",
    reason: "what lets Argo Rollouts weigh routes of the Gateway API",
  },
  { prefix: "quay.io/argoproj/", pinnedBy: "chart", reason: "Argo Rollouts" },
  { prefix: "ghcr.io/sigstore/policy-controller/", pinnedBy: "chart", reason: "verification of images" },
];

/** Ports that peers of a chain, and a remote signer, use outside the mesh: they encrypt by keys of their own. */
export const peerPorts: readonly number[] = [26656, 26659, 30333];

/** Ports that a NetworkPolicy may open to every address. */
export const openPorts: readonly {
  readonly direction: "ingress" | "egress";
  readonly port: number;
  readonly reason: string;
}[] = [
  { direction: "ingress", port: 26656, reason: "peers of the chain dial sentries" },
  {
    direction: "egress",
    port: 443,
    reason: "object stores, ACME, key services and receivers of alerts have no fixed addresses",
  },
  { direction: "egress", port: 587, reason: "a mail server" },
  ...[10250, 9100, 9153, 6443].map((port) => ({
    direction: "egress" as const,
    port,
    reason: "Prometheus scrapes nodes, DNS and the API server, whose addresses are the cluster's",
  })),
];

/** Services that may be reached from outside without an Ingress. */
export const exposedServices: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  { pattern: /^paw-sentry-\d+-p2p$/, reason: "peers of the chain dial each sentry" },
];

/** Containers that need longer to start than a liveness probe has patience. */
export const slowStarters: readonly {
  /** Labels `app.kubernetes.io/part-of` and `component` of the pod. */
  readonly partOf: string;
  readonly components: readonly string[];
  readonly container: string;
  readonly reason: string;
}[] = [
  {
    partOf: "paw",
    components: ["validator", "sentry", "full-node"],
    container: "node",
    reason: "a node replays its blocks before it answers",
  },
];

/** Secrets with keys that blocks are signed with: each pod has its own out of them, and nobody else any. */
export const signingKeys: readonly string[] = ["paw-validator-keys"];

/** Fetched Secrets that outlive their ExternalSecret. */
export const keptSecrets: readonly { readonly names: readonly string[]; readonly reason: string }[] = [
  {
    names: ["paw-validator-keys", "paw-node-keys", "paw-api-jwt", "paw-genesis", "paw-tls", "paw-backup"],
    reason: "a key must not vanish under a running validator because its definition did",
  },
];

/** Where the chain runs, and the claims that hold its validators' signing state. */
export const chainNamespace = "paw";
export const validatorClaims = /^data-paw-validator-\d+$/;

/** Helm releases whose objects no policy sees one by one in a preview; tests judge what they hold. */
export const releases: readonly { readonly names: readonly string[]; readonly reason: string }[] = [
  {
    names: [
      "gateway-api-definitions",
      "linkerd-crds-definitions",
      "prometheus-operator-crds-definitions",
      "cert-manager-definitions",
      "trust-manager-definitions",
      "external-secrets-definitions",
      "argo-rollouts-definitions",
      "policy-controller-definitions",
    ],
    reason:
      "definitions of kinds and nothing else, whose five megabytes would be in the state three times over",
  },
  {
    names: ["cert-manager"],
    reason: "Pulumi's package for cert-manager makes one, and cannot make anything else",
  },
];
