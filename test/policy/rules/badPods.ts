/** Pods and workloads that break the rules about resources, placement and users. */
import { UNKNOWN } from "../../../policy/src/k8s/field.ts";
import { type BadObject, goodPod, sha, workload } from "./objectFixtures.ts";

const node = {
  "spec.template.metadata.labels": {
    "app.kubernetes.io/name": "web",
    "app.kubernetes.io/part-of": "paw",
    "app.kubernetes.io/component": "validator",
  },
  "spec.template.spec.containers[0].name": "node",
};

export const badPods: readonly BadObject[] = [
  [
    "pod-high-uid",
    "a number of the node's users",
    goodPod({ "spec.securityContext.runAsUser": 9999 }),
    "spec.securityContext.runAsUser",
  ],
  [
    "pod-high-uid",
    "a container's own",
    goodPod({ "spec.initContainers[0].securityContext.runAsGroup": 0 }),
    "spec.initContainers[0].securityContext.runAsGroup",
  ],
  [
    "pod-high-uid",
    "no word",
    goodPod({ "spec.securityContext.runAsGroup": undefined }),
    "spec.containers[0].securityContext.runAsGroup",
  ],
  [
    "pod-high-uid",
    "group 0",
    goodPod({ "spec.securityContext.supplementalGroups": [20000, 0] }),
    "spec.securityContext.supplementalGroups[1]",
  ],
  [
    "pod-high-uid",
    "files of group 0",
    goodPod({ "spec.securityContext.fsGroup": 0 }),
    "spec.securityContext.fsGroup",
  ],
  [
    "pod-high-uid",
    "unknown",
    goodPod({ "spec.securityContext.runAsUser": UNKNOWN }),
    "spec.securityContext.runAsUser",
  ],
  [
    "res-ephemeral",
    "no request",
    goodPod({ 'spec.initContainers[0].resources.requests["ephemeral-storage"]': undefined }),
    'spec.initContainers[0].resources.requests["ephemeral-storage"]',
  ],
  [
    "res-ephemeral",
    "a limit of zero",
    goodPod({ 'spec.containers[0].resources.limits["ephemeral-storage"]': "0" }),
    'spec.containers[0].resources.limits["ephemeral-storage"]',
  ],
  [
    "res-ephemeral",
    "a volume without end",
    goodPod({ "spec.volumes[0].emptyDir": {} }),
    "spec.volumes[0].emptyDir.sizeLimit",
  ],
  [
    "res-ephemeral",
    "a volume of no type",
    goodPod({ "spec.volumes[1]": { name: "v" } }),
    "spec.volumes[1].emptyDir.sizeLimit",
  ],
  [
    "res-ephemeral",
    "unknown",
    goodPod({ "spec.volumes[0].emptyDir.sizeLimit": UNKNOWN }),
    "spec.volumes[0].emptyDir.sizeLimit",
  ],
  ["res-ephemeral", "an unknown volume", goodPod({ "spec.volumes[0]": UNKNOWN }), "spec.volumes[0]"],
  [
    "res-ratio",
    "five times",
    goodPod({ "spec.initContainers[0].resources": { requests: { cpu: "100m" }, limits: { cpu: "0.5" } } }),
    "spec.initContainers[0].resources.limits.cpu",
  ],
  [
    "res-ratio",
    "a little more than four",
    goodPod({ "spec.containers[0].resources.limits.memory": "257Mi" }),
    "spec.containers[0].resources.limits.memory",
  ],
  [
    "res-ratio",
    "no quantity",
    goodPod({ "spec.containers[0].resources.limits.memory": "much" }),
    "spec.containers[0].resources.limits.memory",
  ],
  [
    "res-ratio",
    "unknown",
    goodPod({ "spec.containers[1].resources.limits.cpu": UNKNOWN }),
    "spec.containers[1].resources.limits.cpu",
  ],
  [
    "res-ratio",
    "an unknown request",
    goodPod({ "spec.containers[1].resources.requests.cpu": UNKNOWN }),
    "spec.containers[1].resources.limits.cpu",
  ],
  [
    "probes",
    "no readiness",
    workload("Deployment", { "spec.template.spec.containers[1].readinessProbe": undefined }),
    "spec.template.spec.containers[1].readinessProbe",
  ],
  [
    "probes",
    "a probe that asks nothing",
    goodPod({ "spec.containers[0].livenessProbe": { periodSeconds: 5 } }),
    "spec.containers[0].livenessProbe",
  ],
  [
    "probes",
    "a sidecar without",
    goodPod({
      "spec.initContainers[0].restartPolicy": "Always",
      "spec.initContainers[0].readinessProbe": undefined,
    }),
    "spec.initContainers[0].readinessProbe",
  ],
  [
    "probes",
    "a node of the chain without a start",
    workload("StatefulSet", node),
    "spec.template.spec.containers[0].startupProbe",
  ],
  [
    "probes",
    "unknown",
    goodPod({ "spec.containers[0].livenessProbe": UNKNOWN }),
    "spec.containers[0].livenessProbe",
  ],
  [
    "spread",
    "two together",
    workload("Deployment", { "spec.template.spec.topologySpreadConstraints": [] }),
    "spec.template.spec.topologySpreadConstraints",
  ],
  [
    "spread",
    "who knows how many together",
    workload("StatefulSet", {
      "spec.replicas": UNKNOWN,
      "spec.template.spec.topologySpreadConstraints": undefined,
    }),
    "spec.template.spec.topologySpreadConstraints",
  ],
  [
    "spread",
    "unknown",
    workload("Deployment", { "spec.template.spec.topologySpreadConstraints": UNKNOWN }),
    "spec.template.spec.topologySpreadConstraints",
  ],
  ["priority-class", "none", goodPod({ "spec.priorityClassName": "" }), "spec.priorityClassName"],
  ["priority-class", "unknown", goodPod({ "spec.priorityClassName": UNKNOWN }), "spec.priorityClassName"],
  [
    "img-lock",
    "a digest that nobody looked at",
    goodPod({ "spec.containers[0].image": `ghcr.io/bizra/node@sha256:${"cd".repeat(32)}` }),
    "spec.containers[0].image",
  ],
  [
    "img-lock",
    "another image of the same digest",
    goodPod({ "spec.initContainers[0].image": `ghcr.io/bizra/other@${sha}` }),
    "spec.initContainers[0].image",
  ],
  [
    "img-lock",
    "a scan of long ago",
    goodPod({ "spec.containers[0].image": "ghcr.io/bizra/old:v1" }),
    "spec.containers[0].image",
  ],
  [
    "img-lock",
    "a critical vulnerability",
    goodPod({ "spec.containers[0].image": "ghcr.io/bizra/bad:v1" }),
    "spec.containers[0].image",
  ],
  ["img-lock", "unknown", goodPod({ "spec.containers[1].image": UNKNOWN }), "spec.containers[1].image"],
  [
    "selector-match",
    "no such label",
    workload("Deployment", { "spec.selector.matchLabels.tier": "front" }),
    "spec.template.metadata.labels.tier",
  ],
  ["selector-match", "no selector", workload("DaemonSet", { "spec.selector": undefined }), "spec.selector"],
  [
    "selector-match",
    "an expression that is not met",
    workload("StatefulSet", { "spec.selector.matchExpressions": [{ key: "tier", operator: "Exists" }] }),
    "spec.selector.matchExpressions[0].operator",
  ],
  [
    "selector-match",
    "unknown labels",
    workload("ReplicaSet", { "spec.template.metadata.labels": UNKNOWN }),
    "spec.template.metadata.labels",
  ],
  [
    "selector-match",
    "an unknown selector",
    workload("Deployment", { "spec.selector.matchLabels": UNKNOWN }),
    "spec.selector.matchLabels",
  ],
  [
    "sa-automount",
    "a pod that does not say",
    goodPod({ "spec.automountServiceAccountToken": undefined }),
    "spec.automountServiceAccountToken",
  ],
  [
    "sa-automount",
    "unknown",
    goodPod({ "spec.automountServiceAccountToken": UNKNOWN }),
    "spec.automountServiceAccountToken",
  ],
  [
    "sa-automount",
    "an account that hands it out",
    { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "web", namespace: "shop" } },
    "automountServiceAccountToken",
  ],
];
