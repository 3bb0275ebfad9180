/** Every pin of a tool outside npm, each with its source for Renovate. Go modules are pinned in toolchain/go as well. */
export const tools = {
  // renovate: datasource=github-releases depName=pulumi/pulumi
  pulumi: "3.220.0",
  // renovate: datasource=github-releases depName=pulumi/pulumi-kubernetes
  kubernetesProvider: "4.25.0",
  // renovate: datasource=github-releases depName=kubernetes/kubernetes
  kubernetes: "1.36.3",
  // renovate: datasource=github-releases depName=etcd-io/etcd
  etcd: "3.7.3",
  // renovate: datasource=github-releases depName=kubernetes-sigs/kwok
  kwok: "0.8.0",
  // renovate: datasource=github-releases depName=containerd/containerd
  containerd: "2.4.2",
  // renovate: datasource=go depName=github.com/cosmos/ibc-go/v7
  simd: "7.10.0",
  // renovate: datasource=github-releases depName=coredns/coredns
  coredns: "1.14.7",
  // renovate: datasource=go depName=k8s.io/kube-state-metrics/v2
  kubeStateMetrics: "2.20.0",
  // renovate: datasource=github-releases depName=kubernetes-sigs/metrics-server
  metricsServer: "0.9.0",
  // renovate: datasource=go depName=github.com/argoproj/argo-rollouts
  rolloutsController: "1.9.1",
  // renovate: datasource=go depName=go.k6.io/k6
  k6: "1.8.1",
  // renovate: datasource=go depName=github.com/versity/versitygw
  versitygw: "1.8.0",
  // renovate: datasource=go depName=github.com/sigstore/policy-controller
  policyController: "0.13.1",
  // renovate: datasource=go depName=github.com/sigstore/cosign/v3
  cosign: "3.1.3",
} as const;

/** Plugins of Pulumi packages that are used behind a switch; npm pins the packages, which have to be the same. */
export const pulumiPlugins = {
  // renovate: datasource=npm depName=@pulumi/kubernetes-cert-manager
  "kubernetes-cert-manager": "0.2.0",
  // renovate: datasource=npm depName=@pulumi/vault
  vault: "7.8.0",
} as const;

/** Images that are no configuration, since what they run is this project's own. */
export const images = {
  // renovate: datasource=docker depName=docker.io/library/node
  node: { name: "docker.io/library/node", version: "22.23.3-alpine" },
} as const;

/**
 * Versions of a real cluster that the platform's parts support: Linkerd from 1.31 up to 1.35. The embedded cluster, on
 * which no part of the platform runs, may be newer.
 */
export const kubernetesRange = ">=1.31.0 <1.36.0";

/** Where a chart is published, and which version is installed. */
export interface ChartPin {
  readonly version: string;
  /** A chart repository (`https://`, with an `index.yaml`) or a registry prefix (`oci://`). */
  readonly repository: string;
}

/**
 * The platform's charts. `gateway-api` is no chart upstream but one YAML file of a release, whose address is given with
 * the version in it; `paw charts pull` wraps it into a chart of that name, so that there is one way to install.
 */
export const charts = {
  // renovate: datasource=docker depName=quay.io/jetstack/charts/cert-manager
  "cert-manager": { version: "v1.21.1", repository: "oci://quay.io/jetstack/charts" },
  // renovate: datasource=helm depName=trust-manager registryUrl=https://charts.jetstack.io
  "trust-manager": { version: "v0.24.0", repository: "https://charts.jetstack.io" },
  // renovate: datasource=github-releases depName=kubernetes-sigs/gateway-api
  "gateway-api": {
    version: "v1.2.1",
    repository:
      "https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.2.1/standard-install.yaml",
  },
  // renovate: datasource=helm depName=linkerd-crds registryUrl=https://helm.linkerd.io/edge
  "linkerd-crds": { version: "2026.8.3", repository: "https://helm.linkerd.io/edge" },
  // renovate: datasource=helm depName=linkerd2-cni registryUrl=https://helm.linkerd.io/edge
  "linkerd2-cni": { version: "2026.8.3", repository: "https://helm.linkerd.io/edge" },
  // renovate: datasource=helm depName=linkerd-control-plane registryUrl=https://helm.linkerd.io/edge
  "linkerd-control-plane": { version: "2026.8.3", repository: "https://helm.linkerd.io/edge" },
  // renovate: datasource=helm depName=linkerd-viz registryUrl=https://helm.linkerd.io/edge
  "linkerd-viz": { version: "2026.8.3", repository: "https://helm.linkerd.io/edge" },
  // renovate: datasource=helm depName=vault registryUrl=https://helm.releases.hashicorp.com
  vault: { version: "0.34.1", repository: "https://helm.releases.hashicorp.com" },
  // renovate: datasource=helm depName=external-secrets registryUrl=https://charts.external-secrets.io
  "external-secrets": { version: "2.9.0", repository: "https://charts.external-secrets.io" },
  // renovate: datasource=docker depName=ghcr.io/prometheus-community/charts/prometheus-operator-crds
  "prometheus-operator-crds": { version: "31.0.1", repository: "oci://ghcr.io/prometheus-community/charts" },
  // renovate: datasource=docker depName=ghcr.io/prometheus-community/charts/kube-prometheus-stack
  "kube-prometheus-stack": { version: "88.5.3", repository: "oci://ghcr.io/prometheus-community/charts" },
  // renovate: datasource=docker depName=ghcr.io/grafana-community/helm-charts/loki
  loki: { version: "18.11.0", repository: "oci://ghcr.io/grafana-community/helm-charts" },
  // renovate: datasource=helm depName=alloy registryUrl=https://grafana.github.io/helm-charts
  alloy: { version: "1.11.1", repository: "https://grafana.github.io/helm-charts" },
  // renovate: datasource=helm depName=argo-rollouts registryUrl=https://argoproj.github.io/argo-helm
  "argo-rollouts": { version: "2.41.0", repository: "https://argoproj.github.io/argo-helm" },
  // renovate: datasource=docker depName=ghcr.io/sigstore/helm-charts/policy-controller
  "policy-controller": { version: "0.10.6", repository: "oci://ghcr.io/sigstore/helm-charts" },
} as const satisfies Record<string, ChartPin>;

export type ChartName = keyof typeof charts;
