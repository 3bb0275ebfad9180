/** Names and labels that more than one component uses. */

/** Namespaces of the platform's parts, as NetworkPolicies and role bindings refer to them. */
export const namespaces = {
  paw: "paw",
  monitoring: "monitoring",
  ingress: "ingress",
  kubeSystem: "kube-system",
  signer: "paw-signer",
  vault: "vault",
} as const;

/** Workloads of the validator network; the value is the pods' `app.kubernetes.io/component`. */
export const pawRoles = ["validator", "sentry", "full-node", "api", "backup"] as const;
export type PawRole = (typeof pawRoles)[number];

/** Labels that select a workload's pods; they never change while the workload lives. */
export function selectorLabels(part: string, component: string): Record<string, string> {
  return { "app.kubernetes.io/part-of": part, "app.kubernetes.io/component": component };
}

/** The recommended Kubernetes labels of an object of this program. */
export function commonLabels(part: string, component: string): Record<string, string> {
  return {
    ...selectorLabels(part, component),
    "app.kubernetes.io/name": component === part ? part : `${part}-${component}`,
    "app.kubernetes.io/managed-by": "pulumi",
  };
}

/** The label that every namespace carries by itself, with its own name as value. */
export const namespaceNameLabel = "kubernetes.io/metadata.name";

/** ConfigMap in `kube-system` that `paw cluster up --kind embedded` leaves on a cluster whose pods are simulated. */
export const embeddedMarker = "paw-embedded-cluster";

/** ConfigMap in the chain's namespace with the public facts of a network that `paw validators init` made. */
export const networkConfigMap = "paw-network";

/** Type of the component that ties a stack to its cluster, by which its record is found in the state. */
export const bindingType = "paw:platform:Cluster";

/** ConfigMap in `kube-system` that `paw cluster up --kind live` leaves: names of the images that its real node has. */
export const liveMarker = "paw-live-cluster";

/** Label and taint of a live cluster's simulated nodes. */
export const simulatedNodeLabel = "paw.network/simulated";
