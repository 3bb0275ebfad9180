/** Rules about the mesh, availability and evidence. */
import { UNKNOWN } from "../../../../policy/src/k8s/field.ts";
import type { Manifest } from "../../../../policy/src/k8s/manifest.ts";
import { type Broken, container, api, broken, one, pod, validator } from "./shape.ts";
import { labels, object } from "../world.ts";

const rollout = (spec: object): Manifest => object("argoproj.io/v1alpha1", "Rollout", ["r", "paw", { spec }]);

export const mesh: readonly Broken[] = [
  broken(
    ["mesh-injected", "a namespace outside the mesh", validator],
    one("Namespace paw", { "metadata.annotations": {} }),
  ),
  broken(
    ["mesh-injected", "a pod that opts out", api],
    one(api, { "spec.template.metadata.annotations": { "linkerd.io/inject": "disabled" } }),
  ),
  broken(["mesh-injected", "a pod in the node's network", api], one(api, { [`${pod}.hostNetwork`]: true })),
  broken(
    ["mesh-injected", "an annotation that is not known", api],
    one("Namespace paw", { "metadata.annotations": UNKNOWN }),
  ),
  broken(["mesh-authz", "a port without a Server", "Service paw/paw-api"], {
    ...one("Server paw/api-1317", "gone"),
    path: "spec.ports[0]",
  }),
  broken(
    ["mesh-authz", "a Server without a policy", "Service paw/paw-validator"],
    one("AuthorizationPolicy paw/validator-26660", "gone"),
  ),
  broken(
    ["mesh-authz", "a Server for other pods", "Service paw/paw-api"],
    one("Server paw/api-1317", { "spec.podSelector": { matchLabels: labels("x") } }),
  ),
  broken(["mesh-authz", "an authentication that is not there", "AuthorizationPolicy paw/api-1317"], {
    ...one("MeshTLSAuthentication paw/prometheus", "gone"),
    path: "requiredAuthenticationRefs[0]",
  }),
  broken(
    ["mesh-authz", "a reference that is not known", "AuthorizationPolicy paw/api-1317"],
    one("AuthorizationPolicy paw/api-1317", { "spec.targetRef": UNKNOWN }),
  ),
  broken(
    ["mesh-identity", "no issuer", "deployment"],
    one("Certificate linkerd/linkerd-identity-issuer", "gone"),
  ),
  broken(
    [
      "mesh-identity",
      "an issuer that ends before it is renewed",
      "Certificate linkerd/linkerd-identity-issuer",
    ],
    one("Certificate linkerd/linkerd-identity-issuer", { "spec.renewBefore": "48h" }),
  ),
  broken(
    ["mesh-identity", "a time that is not known", "Certificate linkerd/linkerd-identity-issuer"],
    one("Certificate linkerd/linkerd-identity-issuer", { "spec.duration": UNKNOWN }),
  ),
  broken(["mesh-cni", "no plugin", "deployment"], one("DaemonSet linkerd-cni/linkerd-cni", "gone")),
  broken(
    ["mesh-cni", "labels that are not known", "deployment"],
    one("DaemonSet linkerd-cni/linkerd-cni", { "metadata.labels": UNKNOWN }),
  ),
];

const scaler = "HorizontalPodAutoscaler paw/paw-api";
export const availability: readonly Broken[] = [
  broken(["hpa-target", "a target that is not there", scaler], {
    ...one(scaler, { "spec.scaleTargetRef.name": "other" }),
    path: "scaleTargetRef",
  }),
  broken(["hpa-target", "one pod", scaler], {
    ...one(scaler, { "spec.minReplicas": 1 }),
    path: "minReplicas",
  }),
  broken(["hpa-target", "one pod of a target that is not there", scaler], {
    ...one(scaler, { "spec.minReplicas": 1, "spec.scaleTargetRef.name": "other" }),
    path: "minReplicas",
    places: 2,
  }),
  broken(["hpa-target", "one pod, unsaid", scaler], one(scaler, { "spec.minReplicas": undefined })),
  broken(["hpa-target", "a number that is not known", scaler], one(scaler, { "spec.minReplicas": UNKNOWN })),
  broken(["hpa-target", "no requests", api], one(api, { [`${container}.resources`]: {} })),
  broken(["hpa-target", "no requests of an init container", api], {
    ...one(api, { [`${pod}.initContainers[0].resources`]: {} }),
    path: "initContainers[0].resources.requests.cpu",
  }),
  broken(["hpa-target", "a Rollout that runs no pods of anything", scaler], {
    ...one(scaler, { "spec.scaleTargetRef": { kind: "Rollout", name: "r" } }),
    more: [rollout({ workloadRef: { kind: "Deployment", name: "other" } })],
    path: "scaleTargetRef",
  }),
  broken(["hpa-target", "a Rollout whose workload is not known", scaler], {
    ...one(scaler, { "spec.scaleTargetRef": { kind: "Rollout", name: "r" } }),
    more: [rollout({ workloadRef: UNKNOWN })],
    path: "scaleTargetRef",
  }),
  broken(["pdb-required", "no budget", validator], one("PodDisruptionBudget paw/paw-validator", "gone")),
  broken(
    ["pdb-required", "a budget for others", api],
    one("PodDisruptionBudget paw/paw-api", { "spec.selector": { matchLabels: labels("x") } }),
  ),
  broken(
    ["pdb-required", "a selector that is not known", api],
    one("PodDisruptionBudget paw/paw-api", { "spec.selector": UNKNOWN }),
  ),
  broken(
    ["pdb-hpa", "all must stay", "PodDisruptionBudget paw/paw-api"],
    one("PodDisruptionBudget paw/paw-api", { "spec.minAvailable": 2 }),
  ),
  broken(
    ["pdb-hpa", "all must stay, as a share", "PodDisruptionBudget paw/paw-api"],
    one("PodDisruptionBudget paw/paw-api", { "spec.minAvailable": "51%" }),
  ),
  broken(
    ["pdb-hpa", "none may go", "PodDisruptionBudget paw/paw-validator"],
    one("PodDisruptionBudget paw/paw-validator", { "spec.maxUnavailable": 0 }),
  ),
  broken(
    ["pdb-hpa", "a number that is not known", "PodDisruptionBudget paw/paw-validator"],
    one("PodDisruptionBudget paw/paw-validator", { "spec.maxUnavailable": UNKNOWN }),
  ),
  broken(["ns-quota", "no quota", "Namespace paw"], one("ResourceQuota paw/quota", "gone")),
  broken(["ns-quota", "no limits", "Namespace paw"], one("LimitRange paw/limits", "gone")),
  broken(
    ["ns-quota", "a quota whose namespace is not known", "Namespace paw"],
    one("ResourceQuota paw/quota", { "metadata.namespace": UNKNOWN }),
  ),
];

export const evidence: readonly Broken[] = [
  broken(
    ["audit-shipping", "nobody collects", "deployment"],
    one("StatefulSet monitoring/alloy", { "metadata.labels": { "helm.sh/chart": "x" } }),
  ),
  broken(
    ["audit-shipping", "six days", "ConfigMap monitoring/loki"],
    one("ConfigMap monitoring/loki", { 'data["config.yaml"]': "retention_period: 144h" }),
  ),
  broken(
    ["audit-shipping", "no retention", "ConfigMap monitoring/loki"],
    one("ConfigMap monitoring/loki", { 'data["config.yaml"]': "x: 1" }),
  ),
  broken(
    ["audit-shipping", "a configuration that is not known", "deployment"],
    one("ConfigMap monitoring/loki", { 'data["config.yaml"]': UNKNOWN }),
  ),
  broken(
    ["vault-audit", "no volume for it", "StatefulSet vault/vault"],
    one("StatefulSet vault/vault", { "spec.volumeClaimTemplates": [{ metadata: { name: "data" } }] }),
  ),
  broken(
    ["vault-audit", "volumes that are not known", "StatefulSet vault/vault"],
    one("StatefulSet vault/vault", { "spec.volumeClaimTemplates": UNKNOWN }),
  ),
  broken(
    ["vault-snapshot", "nobody saves it", "StatefulSet vault/vault"],
    one("CronJob vault/vault-snapshot", "gone"),
  ),
  broken(
    ["vault-snapshot", "labels that are not known", "StatefulSet vault/vault"],
    one("CronJob vault/vault-snapshot", { "spec.jobTemplate.spec.template.metadata.labels": UNKNOWN }),
  ),
  broken(
    ["img-verifier", "a namespace where nothing is verified", validator],
    one("Namespace paw", { "metadata.labels": {} }),
  ),
  broken(["img-verifier", "no policy for the registry", api], {
    ...one("ClusterImagePolicy bizra", { "spec.images[0].glob": "ghcr.io/other/**" }),
    path: "containers[0].image",
  }),
  broken(["img-verifier", "one star for a deeper path", validator], {
    ...one("ClusterImagePolicy bizra", { "spec.images[0].glob": "ghcr.io/*" }),
    path: "initContainers[0].image",
  }),
  broken(
    ["img-verifier", "a glob that is not known", api],
    one("ClusterImagePolicy bizra", { "spec.images[0].glob": UNKNOWN }),
  ),
  broken(["canary-wired", "a workload that is not there", "Rollout paw/r"], {
    more: [rollout({ workloadRef: { kind: "Deployment", name: "other" } })],
    path: "workloadRef",
  }),
  broken(["canary-wired", "an analysis that is not there", "Rollout paw/r"], {
    more: [rollout({ strategy: { canary: { analysis: { templates: [{ templateName: "errors" }] } } } })],
  }),
  broken(["canary-wired", "an analysis of a step that is not there", "Rollout paw/r"], {
    more: [
      rollout({
        strategy: { canary: { steps: [{ analysis: { templates: [{ templateName: "errors" }] } }] } },
      }),
    ],
  }),
  broken(["canary-wired", "a Service that is not there", "Rollout paw/r"], {
    more: [rollout({ strategy: { canary: { canaryService: "other" } } })],
  }),
  broken(["canary-wired", "a Service that is not known", "Rollout paw/r"], {
    more: [rollout({ strategy: { canary: { stableService: UNKNOWN } } })],
  }),
  broken(["canary-wired", "an HTTPRoute that is not there", "Rollout paw/r"], {
    more: [
      rollout({
        strategy: {
          canary: {
            trafficRouting: { plugins: { "argoproj-labs/gatewayAPI": { httpRoutes: [{ name: "other" }] } } },
          },
        },
      }),
    ],
  }),
  broken(["canary-wired", "a VirtualService that is not there", "Rollout paw/r"], {
    more: [
      rollout({ strategy: { canary: { trafficRouting: { istio: { virtualService: { name: "other" } } } } } }),
    ],
  }),
  broken(["pvc-backup", "a claim that nobody spoke of", "PersistentVolumeClaim paw/mine"], {
    more: [object("v1", "PersistentVolumeClaim", ["mine", "paw"])],
  }),
  broken(
    ["pvc-backup", "a template that nobody spoke of", validator],
    one(validator, { "spec.volumeClaimTemplates[1]": { metadata: { name: "extra" } } }),
  ),
  broken(["pvc-backup", "no backup of the chain", validator], one("CronJob paw/paw-backup", "gone")),
  broken(
    ["pvc-backup", "a name that is not known", "PersistentVolumeClaim paw/(name not known)"],
    one("PersistentVolumeClaim paw/paw-backup", { "metadata.name": UNKNOWN }),
  ),
];
