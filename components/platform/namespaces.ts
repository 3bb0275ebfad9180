/** The platform's own namespaces. */

export interface PlatformNamespaceFacts {
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
  /** Why its pods cannot be `restricted`. */
  readonly privileged?: string;
}

/** Linkerd's webhooks must not judge the pods that they depend on themselves. */
const outsideMesh = { "config.linkerd.io/admission-webhooks": "disabled" };

export const platformNamespaces: readonly PlatformNamespaceFacts[] = [
  { namespace: "cert-manager", labels: outsideMesh },
  {
    namespace: "linkerd",
    labels: {
      ...outsideMesh,
      "linkerd.io/is-control-plane": "true",
      "linkerd.io/control-plane-ns": "linkerd",
    },
  },
  { namespace: "linkerd-viz", labels: { "linkerd.io/extension": "viz" } },
  {
    namespace: "linkerd-cni",
    labels: { ...outsideMesh, "linkerd.io/cni-resource": "true" },
    privileged:
      "the agent writes the CNI plugin and its configuration to the node, so that no application pod needs NET_ADMIN",
  },
  { namespace: "vault" },
  { namespace: "external-secrets", labels: outsideMesh },
  { namespace: "monitoring" },
  {
    namespace: "monitoring-agents",
    labels: outsideMesh,
    privileged: "node exporter reads the node's own /proc, /sys, network and root file system",
  },
  { namespace: "argo-rollouts" },
  // It is needed where images are verified.
  { namespace: "policy-controller", labels: outsideMesh },
];
