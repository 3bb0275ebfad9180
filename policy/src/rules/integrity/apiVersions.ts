import { demand } from "../../finding.ts";
import { at } from "../../k8s/field.ts";
import { baseKind, root } from "../../k8s/manifest.ts";
import { type Rule, holds } from "../../rule.ts";

/** Versions of Kubernetes 1. */
interface Life {
  readonly apiVersion: string;
  readonly kinds: readonly string[];
  readonly deprecated: number;
  /** The first minor version that does not serve it; missing where none is planned. */
  readonly removed?: number;
  /** What has taken its place. */
  readonly instead: string;
}

const life = (
  [apiVersion, kinds]: readonly [string, string],
  [deprecated, removed]: readonly [number, number?],
  instead: string,
): Life => ({
  apiVersion,
  kinds: kinds.split(" "),
  deprecated,
  ...(removed === undefined ? {} : { removed }),
  instead,
});

/**
 * Versions of the API that Kubernetes 1.36 has deprecated or no longer serves: the marks in k8s.io/api 0.36 (functions
 * APILifecycleDeprecated and APILifecycleRemoved), and, for what is gone from there, the deprecation guide.
 */
const lives: readonly Life[] = [
  life(["v1", "ComponentStatus"], [19], "the health endpoints of the components"),
  life(["v1", "Endpoints"], [33], "discovery.k8s.io/v1 EndpointSlice"),
  life(["extensions/v1beta1", "Ingress"], [14, 22], "networking.k8s.io/v1"),
  life(["extensions/v1beta1", "NetworkPolicy"], [9, 16], "networking.k8s.io/v1"),
  life(["extensions/v1beta1", "DaemonSet Deployment ReplicaSet"], [8, 16], "apps/v1"),
  life(["extensions/v1beta1", "PodSecurityPolicy"], [11, 16], "Pod Security admission"),
  life(["policy/v1beta1", "PodSecurityPolicy"], [21, 25], "Pod Security admission"),
  life(["policy/v1beta1", "PodDisruptionBudget Eviction"], [21, 25], "policy/v1"),
  life(["apps/v1beta1", "ControllerRevision Deployment StatefulSet"], [8, 16], "apps/v1"),
  life(
    ["apps/v1beta2", "ControllerRevision DaemonSet Deployment ReplicaSet StatefulSet"],
    [9, 16],
    "apps/v1",
  ),
  life(["batch/v1beta1", "CronJob"], [21, 25], "batch/v1"),
  life(["autoscaling/v2beta1", "HorizontalPodAutoscaler"], [22, 25], "autoscaling/v2"),
  life(["autoscaling/v2beta2", "HorizontalPodAutoscaler"], [23, 26], "autoscaling/v2"),
  life(["networking.k8s.io/v1beta1", "Ingress IngressClass"], [19, 22], "networking.k8s.io/v1"),
  life(["networking.k8s.io/v1beta1", "IPAddress ServiceCIDR"], [34, 37], "networking.k8s.io/v1"),
  life(["discovery.k8s.io/v1beta1", "EndpointSlice"], [21, 25], "discovery.k8s.io/v1"),
  life(["events.k8s.io/v1beta1", "Event"], [22, 25], "events.k8s.io/v1"),
  life(["node.k8s.io/v1beta1", "RuntimeClass"], [22, 25], "node.k8s.io/v1"),
  life(["coordination.k8s.io/v1beta1", "Lease"], [19, 22], "coordination.k8s.io/v1"),
  life(["coordination.k8s.io/v1alpha2", "LeaseCandidate"], [35, 38], "coordination.k8s.io/v1beta1"),
  life(["coordination.k8s.io/v1beta1", "LeaseCandidate"], [36, 39], "a later version"),
  life(["scheduling.k8s.io/v1beta1", "PriorityClass"], [14, 22], "scheduling.k8s.io/v1"),
  life(
    ["rbac.authorization.k8s.io/v1beta1", "ClusterRole ClusterRoleBinding Role RoleBinding"],
    [17, 22],
    "rbac.authorization.k8s.io/v1",
  ),
  life(
    ["rbac.authorization.k8s.io/v1alpha1", "ClusterRole ClusterRoleBinding Role RoleBinding"],
    [17, 22],
    "rbac.authorization.k8s.io/v1",
  ),
  life(
    ["admissionregistration.k8s.io/v1beta1", "MutatingWebhookConfiguration ValidatingWebhookConfiguration"],
    [16, 22],
    "admissionregistration.k8s.io/v1",
  ),
  life(
    ["admissionregistration.k8s.io/v1alpha1", "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding"],
    [29, 32],
    "admissionregistration.k8s.io/v1",
  ),
  life(
    ["admissionregistration.k8s.io/v1beta1", "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding"],
    [31, 34],
    "admissionregistration.k8s.io/v1",
  ),
  life(
    ["admissionregistration.k8s.io/v1alpha1", "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding"],
    [35, 38],
    "admissionregistration.k8s.io/v1",
  ),
  life(["apiextensions.k8s.io/v1beta1", "CustomResourceDefinition"], [16, 22], "apiextensions.k8s.io/v1"),
  life(["apiregistration.k8s.io/v1beta1", "APIService"], [19, 22], "apiregistration.k8s.io/v1"),
  life(["certificates.k8s.io/v1beta1", "CertificateSigningRequest"], [19, 22], "certificates.k8s.io/v1"),
  life(["certificates.k8s.io/v1alpha1", "ClusterTrustBundle"], [34, 37], "certificates.k8s.io/v1beta1"),
  life(["storage.k8s.io/v1alpha1", "CSIStorageCapacity VolumeAttachment"], [21, 24], "storage.k8s.io/v1"),
  life(["storage.k8s.io/v1alpha1", "VolumeAttributesClass"], [32, 35], "storage.k8s.io/v1"),
  life(
    ["storage.k8s.io/v1beta1", "CSIDriver CSINode StorageClass VolumeAttachment"],
    [19, 22],
    "storage.k8s.io/v1",
  ),
  life(["storage.k8s.io/v1beta1", "CSIStorageCapacity"], [24, 27], "storage.k8s.io/v1"),
  life(["storage.k8s.io/v1beta1", "VolumeAttributesClass"], [34, 37], "storage.k8s.io/v1"),
  ...(
    [
      ["v1beta1", [23, 26]],
      ["v1beta2", [26, 29]],
      ["v1beta3", [29, 32]],
    ] as const
  ).map(([version, minors]) =>
    life(
      [`flowcontrol.apiserver.k8s.io/${version}`, "FlowSchema PriorityLevelConfiguration"],
      minors,
      "flowcontrol.apiserver.k8s.io/v1",
    ),
  ),
  life(
    ["resource.k8s.io/v1beta1", "DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice"],
    [35, 38],
    "resource.k8s.io/v1",
  ),
  life(
    ["resource.k8s.io/v1beta2", "DeviceClass ResourceClaim ResourceClaimTemplate ResourceSlice"],
    [36, 39],
    "resource.k8s.io/v1",
  ),
  life(["resource.k8s.io/v1alpha3", "DeviceTaintRule"], [36, 39], "resource.k8s.io/v1beta2"),
];

function inWords({ apiVersion, deprecated, removed }: Life): string {
  const end = removed === undefined ? "" : `, not served from 1.${removed} on`;
  return `${apiVersion}, deprecated since 1.${deprecated}${end}`;
}

const lifeOf = (apiVersion: unknown, kind: string): Life | undefined =>
  lives.find((each) => each.apiVersion === apiVersion && each.kinds.includes(kind));

export const apiDeprecated: Rule = {
  id: "api-deprecated",
  item: "integrity",
  description: "Objects are written in versions of the API that last.",
  severity: "high",
  levels: holds.beforeUsers,
  fix: "write the object in the version that has taken its place.",
  note: "As Kubernetes 1.36 marks its own API (`k8s.io/api`), and its deprecation guide for what is gone from there. Versions of custom resources are their definitions' business.",
  url: "https://kubernetes.io/docs/reference/using-api/deprecation-guide/",
  frameworks: ["KSV-0107", "kube-linter no-extensions-v1beta", "Kyverno check-deprecated-apis"],
  judges: ({ apiVersion }) =>
    /^v1$|^(extensions|policy|apps|batch|autoscaling)\/|\.k8s\.io\//.test(apiVersion),
  check: (manifest) => {
    const found = lifeOf(manifest.apiVersion, baseKind(manifest));
    return found === undefined
      ? []
      : demand(at(root(manifest), "apiVersion"), { allows: () => false, wanted: found.instead }).map(
          (finding) => ({
            ...finding,
            found: inWords(found),
          }),
        );
  },
};
