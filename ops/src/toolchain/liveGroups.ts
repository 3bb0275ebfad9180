/** What a node of `--kind live` is made of; built or fetched only when one is started. */
import { tools as pins } from "../../../versions.ts";
import { coredns, kubernetesVersionFlags, simd } from "./groups.ts";
import type { Group } from "./types.ts";

const nodeTools = ["kubelet", "kube-proxy"] as const;

/** In a group of their own, since a cluster of simulated nodes has no need of them. */
const kubernetesNode: Group = {
  name: "kubernetes-node",
  version: pins.kubernetes,
  tools: nodeTools,
  release: ({ os, arch }) => {
    if (os !== "linux") return `the Kubernetes project releases no kubelet for ${os}`;
    const base = `https://dl.k8s.io/v${pins.kubernetes}/bin/${os}/${arch}`;
    return nodeTools.map((tool) => ({
      url: `${base}/${tool}`,
      checksumUrl: `${base}/${tool}.sha256`,
      holds: { [tool]: "" },
    }));
  },
  modules: [
    {
      folder: "kubernetes-node",
      packages: Object.fromEntries(nodeTools.map((tool) => [tool, `k8s.io/kubernetes/cmd/${tool}`])),
      ldflags: kubernetesVersionFlags,
    },
  ],
  buildMinutes: 3,
};

const containerdTools = ["containerd", "containerd-shim-runc-v2", "ctr"] as const;

const containerd: Group = {
  name: "containerd",
  version: pins.containerd,
  tools: containerdTools,
  release: ({ os, arch }) => {
    if (os !== "linux") return `the containerd project releases nothing that runs pods on ${os}`;
    const file = `containerd-${pins.containerd}-${os}-${arch}.tar.gz`;
    const url = `https://github.com/containerd/containerd/releases/download/v${pins.containerd}/${file}`;
    const holds = Object.fromEntries(containerdTools.map((tool) => [tool, `bin/${tool}`]));
    return [{ url, checksumUrl: `${url}.sha256sum`, holds }];
  },
  modules: [
    {
      folder: "containerd",
      packages: Object.fromEntries(
        containerdTools.map((tool) => [tool, `github.com/containerd/containerd/v2/cmd/${tool}`]),
      ),
      ldflags: `-X github.com/containerd/containerd/v2/version.Version=v${pins.containerd}`,
      // Snapshotters that need a file system or a library which is not there.
      tags: ["no_btrfs", "no_devmapper", "no_zfs"],
    },
  ],
  buildMinutes: 4,
};

/** The process that holds a pod's namespaces: our own few lines, since there is no module with a program. */
const pause: Group = {
  name: "pause",
  version: "1",
  tools: ["pause"],
  release: () => "it is a program of this project",
  modules: [{ folder: "pause", packages: { pause: "." }, ldflags: "" }],
  buildMinutes: 1,
};

/** All parts of a node, and of the images that are made for it. */
export const liveGroups: readonly Group[] = [pause, kubernetesNode, containerd, coredns, simd];

/** What only the tests of a live cluster run on it: what tells `kubectl top` and autoscalers how much pods use. */
export const liveTestGroups: readonly Group[] = [
  {
    name: "metrics-server",
    version: pins.metricsServer,
    tools: ["metrics-server"],
    release: () => "the Kubernetes project releases images of metrics-server, not programs",
    modules: [
      {
        folder: "metrics-server",
        packages: { "metrics-server": "sigs.k8s.io/metrics-server/cmd/metrics-server" },
        ldflags: "",
      },
    ],
    buildMinutes: 2,
  },
];
