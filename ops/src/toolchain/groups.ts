/** What the toolchain consists of, and where each part comes from. Versions are in versions.ts. */
import { tools as pins } from "../../../versions.ts";
import type { Group, Platform } from "./types.ts";

const github = "https://github.com";

const pulumi: Group = {
  name: "pulumi",
  version: pins.pulumi,
  tools: ["pulumi", "pulumi-language-nodejs", "pulumi-analyzer-policy"],
  machine: { minimum: pins.pulumi, versionArgs: { pulumi: ["version"] } },
  release: ({ os, arch }) => {
    const file = `pulumi-v${pins.pulumi}-${os}-${arch === "amd64" ? "x64" : arch}.${archive(os)}`;
    const inside = os === "windows" ? "pulumi/bin" : "pulumi";
    return [
      {
        url: `https://get.pulumi.com/releases/sdk/${file}`,
        checksumUrl: `${github}/pulumi/pulumi/releases/download/v${pins.pulumi}/pulumi-${pins.pulumi}-checksums.txt`,
        holds: {
          pulumi: `${inside}/pulumi${exe(os)}`,
          "pulumi-language-nodejs": `${inside}/pulumi-language-nodejs${exe(os)}`,
          "pulumi-analyzer-policy": `${inside}/pulumi-analyzer-policy${os === "windows" ? ".cmd" : ""}`,
        },
      },
    ];
  },
  modules: [
    {
      folder: "pulumi",
      packages: { pulumi: "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi" },
      ldflags: `-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v${pins.pulumi}`,
    },
    {
      folder: "pulumi-language-nodejs",
      packages: {
        "pulumi-language-nodejs": "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs",
      },
      ldflags: "",
    },
  ],
  buildMinutes: 4,
};

const kubernetesProvider: Group = {
  name: "kubernetes-provider",
  version: pins.kubernetesProvider,
  tools: ["pulumi-resource-kubernetes"],
  release: ({ os, arch }) => [
    {
      url: `https://get.pulumi.com/releases/plugins/pulumi-resource-kubernetes-v${pins.kubernetesProvider}-${os}-${arch}.tar.gz`,
      checksumUrl: `${github}/pulumi/pulumi-kubernetes/releases/download/v${pins.kubernetesProvider}/pulumi-kubernetes_${pins.kubernetesProvider}_checksums.txt`,
      holds: { "pulumi-resource-kubernetes": `pulumi-resource-kubernetes${exe(os)}` },
    },
  ],
  modules: [
    {
      folder: "pulumi-resource-kubernetes",
      packages: { "pulumi-resource-kubernetes": "." },
      ldflags: `-X github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version=${pins.kubernetesProvider}`,
      // The provider's own main embeds a schema that only its release process writes; the module has the original.
      embed: {
        module: "github.com/pulumi/pulumi-kubernetes/provider/v4",
        path: "cmd/pulumi-resource-kubernetes/schema.json",
        version: pins.kubernetesProvider,
      },
    },
  ],
  buildMinutes: 8,
};

const kubernetesTools = ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"] as const;
const versionPackage = "k8s.io/component-base/version";
/** Linker flags that tell Kubernetes' programs their version, as its releases have it. */
export const kubernetesVersionFlags = [
  `-X ${versionPackage}.gitVersion=v${pins.kubernetes}`,
  `-X ${versionPackage}.gitMajor=${pins.kubernetes.split(".")[0] ?? ""}`,
  `-X ${versionPackage}.gitMinor=${pins.kubernetes.split(".")[1] ?? ""}`,
].join(" ");

const kubernetes: Group = {
  name: "kubernetes",
  version: pins.kubernetes,
  tools: kubernetesTools,
  machine: {
    minimum: "1.31.0",
    versionArgs: {
      "kube-apiserver": ["--version"],
      "kube-controller-manager": ["--version"],
      "kube-scheduler": ["--version"],
      kubectl: ["version", "--client"],
    },
  },
  release: ({ os, arch }) => {
    if (os !== "linux") return `the Kubernetes project releases no API server for ${os}`;
    const base = `https://dl.k8s.io/v${pins.kubernetes}/bin/${os}/${arch}`;
    return kubernetesTools.map((tool) => ({
      url: `${base}/${tool}`,
      checksumUrl: `${base}/${tool}.sha256`,
      holds: { [tool]: "" },
    }));
  },
  modules: [
    {
      folder: "kubernetes",
      packages: Object.fromEntries(kubernetesTools.map((tool) => [tool, `k8s.io/kubernetes/cmd/${tool}`])),
      ldflags: kubernetesVersionFlags,
    },
  ],
  buildMinutes: 6,
};

const etcd: Group = {
  name: "etcd",
  version: pins.etcd,
  tools: ["etcd"],
  machine: { minimum: "3.5.0", versionArgs: { etcd: ["--version"] } },
  release: ({ os, arch }) => {
    const base = `${github}/etcd-io/etcd/releases/download/v${pins.etcd}`;
    const folder = `etcd-v${pins.etcd}-${os}-${arch}`;
    const packed = os === "linux" ? "tar.gz" : "zip";
    return [
      {
        url: `${base}/${folder}.${packed}`,
        checksumUrl: `${base}/SHA256SUMS`,
        holds: { etcd: `${folder}/etcd${exe(os)}` },
      },
    ];
  },
  modules: [{ folder: "etcd", packages: { etcd: "go.etcd.io/etcd/server/v3" }, ldflags: "" }],
  buildMinutes: 1,
};

const kwok: Group = {
  name: "kwok",
  version: pins.kwok,
  tools: ["kwok", "kwokctl"],
  machine: { minimum: pins.kwok, versionArgs: { kwok: ["--version"], kwokctl: ["--version"] } },
  release: ({ os, arch }) =>
    (["kwok", "kwokctl"] as const).map((tool) => ({
      url: `${github}/kubernetes-sigs/kwok/releases/download/v${pins.kwok}/${tool}-${os}-${arch}${exe(os)}`,
      // The project publishes no checksum file; GitHub states the digest of each file of a release.
      checksumUrl: `https://api.github.com/repos/kubernetes-sigs/kwok/releases/tags/v${pins.kwok}`,
      holds: { [tool]: "" },
    })),
  modules: [
    {
      folder: "kwok",
      packages: { kwok: "sigs.k8s.io/kwok/cmd/kwok", kwokctl: "sigs.k8s.io/kwok/cmd/kwokctl" },
      ldflags: `-X sigs.k8s.io/kwok/pkg/consts.Version=${pins.kwok}`,
    },
  ],
  buildMinutes: 2,
};

/** All groups, the quickest to build first. */
export const groups: readonly Group[] = [etcd, kwok, pulumi, kubernetes, kubernetesProvider];

/** The cluster's DNS, for nodes that run here and for tests. */
export const coredns: Group = {
  name: "coredns",
  version: pins.coredns,
  tools: ["coredns"],
  release: () => "taken from its Go module, as everything that only tests run",
  modules: [
    {
      folder: "coredns",
      packages: { coredns: "github.com/coredns/coredns" },
      ldflags: "",
    },
  ],
  buildMinutes: 3,
};

/** A Cosmos SDK chain with staking, governance and IBC. */
export const simd: Group = {
  name: "simd",
  version: pins.simd,
  tools: ["simd"],
  release: () => "ibc-go releases images of simd, not programs",
  modules: [
    {
      folder: "simd",
      packages: { simd: "github.com/cosmos/ibc-go/v7/testing/simapp/simd" },
      ldflags: "",
    },
  ],
  buildMinutes: 2,
};

/**
 * What only the end-to-end tests run: a chain, the exporter that tells Prometheus of the cluster's objects, the cluster's
 * DNS, the controller that walks bizra's canaries, and k6, which operators install themselves.
 */
export const testGroups: readonly Group[] = [
  coredns,
  simd,
  {
    name: "kube-state-metrics",
    version: pins.kubeStateMetrics,
    tools: ["kube-state-metrics"],
    release: () => "the Kubernetes project releases images of kube-state-metrics, not programs",
    modules: [
      {
        folder: "kube-state-metrics",
        packages: { "kube-state-metrics": "k8s.io/kube-state-metrics/v2" },
        ldflags: "",
      },
    ],
    buildMinutes: 2,
  },
  {
    name: "rollouts-controller",
    version: pins.rolloutsController,
    tools: ["rollouts-controller"],
    release: () => "the Argo project releases images of the controller, not programs",
    modules: [
      {
        folder: "rollouts-controller",
        packages: { "rollouts-controller": "github.com/argoproj/argo-rollouts/cmd/rollouts-controller" },
        ldflags: "",
      },
    ],
    buildMinutes: 3,
  },
  {
    name: "k6",
    version: pins.k6,
    tools: ["k6"],
    machine: { minimum: "1.0.0", versionArgs: { k6: ["version"] } },
    release: ({ os, arch }) => {
      const base = `${github}/grafana/k6/releases/download/v${pins.k6}`;
      const folder = `k6-v${pins.k6}-${os === "darwin" ? "macos" : os}-${arch}`;
      const packed = os === "linux" ? "tar.gz" : "zip";
      return [
        {
          url: `${base}/${folder}.${packed}`,
          checksumUrl: `${base}/k6-v${pins.k6}-checksums.txt`,
          holds: { k6: `${folder}/k6${exe(os)}` },
        },
      ];
    },
    modules: [{ folder: "k6", packages: { k6: "go.k6.io/k6" }, ldflags: "" }],
    buildMinutes: 1,
  },
];

/** What only the tests of image verification run: the admission controller, cosign, and a registry in memory. */
export const imageTestGroups: readonly Group[] = [
  {
    name: "policy-controller",
    version: pins.policyController,
    tools: ["policy-controller"],
    release: () => "the policy-controller project releases images, and programs for its testers alone",
    modules: [
      {
        folder: "policy-controller",
        packages: { "policy-controller": "github.com/sigstore/policy-controller/cmd/webhook" },
        ldflags: "",
      },
    ],
    buildMinutes: 3,
  },
  {
    name: "cosign",
    version: pins.cosign,
    tools: ["cosign", "registry"],
    release: () => "the registry has no release, and has to fit cosign",
    modules: [
      {
        folder: "cosign",
        packages: {
          cosign: "github.com/sigstore/cosign/v3/cmd/cosign",
          registry: "github.com/google/go-containerregistry/cmd/registry",
        },
        ldflags: "",
      },
    ],
    buildMinutes: 2,
  },
];

/** What only the tests of backups run: a server that speaks S3 over a folder, with signatures as Amazon checks them. */
export const storeTestGroups: readonly Group[] = [
  {
    name: "versitygw",
    version: pins.versitygw,
    tools: ["versitygw"],
    release: () => "the tests build it from its module on every system alike",
    modules: [
      {
        folder: "versitygw",
        packages: { versitygw: "github.com/versity/versitygw/cmd/versitygw" },
        ldflags: "",
      },
    ],
    buildMinutes: 2,
  },
];

function exe(os: Platform["os"]): string {
  return os === "windows" ? ".exe" : "";
}

function archive(os: Platform["os"]): string {
  return os === "windows" ? "zip" : "tar.gz";
}
