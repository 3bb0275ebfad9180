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
  // renovate: datasource=go depName=github.com/cosmos/ibc-go/v7
  simd: "7.10.0",
} as const;

/**
 * Versions of a real cluster that the platform's parts support: Linkerd from 1.31 up to 1.35. The embedded cluster, on
 * which no part of the platform runs, may be newer.
 */
export const kubernetesRange = ">=1.31.0 <1.36.0";
