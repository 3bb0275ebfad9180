/** Where rules about what any object has, and patches say yes, and where no. */
import { UNKNOWN } from "../../../policy/src/k8s/field.ts";
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import { type Boundaries, goodPod, release, role, service, workload } from "./objectFixtures.ts";

const selector = (...expressions: unknown[]): Manifest =>
  workload("Deployment", { "spec.selector": { matchExpressions: expressions } });
const operatorPath = "spec.selector.matchExpressions[0].operator";
const uid = (id: unknown): Manifest => goodPod({ "spec.securityContext.runAsUser": id });
const patch = (kind: string, rest: object): Manifest => ({ apiVersion: "v1", kind: `${kind}Patch`, ...rest });

export const boundariesObjects: Boundaries = {
  "pod-high-uid": [
    ["10000", uid(10_000)],
    ["9999", uid(9999), "spec.securityContext.runAsUser"],
    ["a number as a text", uid("10001"), "spec.securityContext.runAsUser"],
    [
      "a low number of a container's own",
      goodPod({ "spec.containers[0].securityContext.runAsUser": 1 }),
      "spec.containers[0].securityContext.runAsUser",
    ],
    [
      "root's group for files",
      goodPod({ "spec.securityContext.fsGroup": 0 }),
      "spec.securityContext.fsGroup",
    ],
    ["a group for files", goodPod({ "spec.securityContext.fsGroup": 1 })],
    ["a text for files", goodPod({ "spec.securityContext.fsGroup": "1" }), "spec.securityContext.fsGroup"],
    [
      "root's group among others",
      goodPod({ "spec.securityContext.supplementalGroups": [5, 0] }),
      "spec.securityContext.supplementalGroups[1]",
    ],
  ],
  "ns-default": [
    ["an object of the whole cluster", { apiVersion: "v1", kind: "Namespace", metadata: { name: "n" } }],
    ["an object of the whole cluster, with a namespace by mistake", role({})],
    [
      "a custom object without a namespace",
      { apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "n" } },
    ],
    [
      "a custom object in default",
      { apiVersion: "example.com/v1", kind: "Thing", metadata: { name: "n", namespace: "default" } },
      "metadata.namespace",
    ],
    ["an empty namespace", service({ "metadata.namespace": "" }), "metadata.namespace"],
    ["a chart", { apiVersion: "helm.sh/v4", kind: "Chart", metadata: { name: "n" }, namespace: "default" }],
    [
      "a release with a namespace in its metadata",
      release({ namespace: undefined, "metadata.namespace": "n" }),
    ],
  ],
  "labels-owner": [
    [
      "an instance instead of a part",
      service({
        'metadata.labels["app.kubernetes.io/part-of"]': undefined,
        'metadata.labels["app.kubernetes.io/instance"]': "i",
      }),
    ],
    [
      "an empty name",
      service({ 'metadata.labels["app.kubernetes.io/name"]': "" }),
      'metadata.labels["app.kubernetes.io/name"]',
    ],
  ],
  "selector-match": [
    [
      "a label of another value",
      selector({ key: "app.kubernetes.io/name", operator: "In", values: ["api"] }),
      operatorPath,
    ],
    ["a label that is there", selector({ key: "app.kubernetes.io/name", operator: "Exists" })],
    ["a label that is not there", selector({ key: "tier", operator: "Exists" }), operatorPath],
    [
      "a label that must not be there",
      selector({ key: "app.kubernetes.io/name", operator: "DoesNotExist" }),
      operatorPath,
    ],
    [
      "a value that it must not have",
      selector({ key: "app.kubernetes.io/name", operator: "NotIn", values: ["web"] }),
      operatorPath,
    ],
    ["an operator that there is not", selector({ key: "tier", operator: "Has" }), operatorPath],
    ["no key", selector({ operator: "DoesNotExist" }), "spec.selector.matchExpressions[0].key"],
    [
      "a value that is not known",
      workload("Deployment", { "spec.selector.matchLabels": { "app.kubernetes.io/name": UNKNOWN } }),
      'spec.selector.matchLabels["app.kubernetes.io/name"]',
    ],
    [
      "labels that are not known",
      workload("Deployment", { "spec.selector.matchLabels": UNKNOWN }),
      "spec.selector.matchLabels",
    ],
    [
      "neither selector nor label known",
      workload("Deployment", {
        "spec.selector.matchLabels": { tier: UNKNOWN },
        "spec.template.metadata.labels.tier": UNKNOWN,
      }),
      "spec.selector.matchLabels.tier",
    ],
  ],
  "meta-patch": [
    ["a label that matters to nobody", patch("Pod", { metadata: { name: "p", labels: { team: "a" } } })],
    [
      "labels that are not known",
      patch("Pod", { metadata: { name: "p", labels: UNKNOWN } }),
      "metadata.labels",
    ],
    [
      "an annotation of the mesh",
      patch("Pod", { metadata: { name: "p", annotations: { "linkerd.io/inject": "disabled" } } }),
      'metadata.annotations["linkerd.io/inject"]',
    ],
    [
      "a field of the pod alone",
      patch("Pod", { metadata: { name: "p" }, spec: { hostPID: false, dnsPolicy: "Default" } }),
      "spec.hostPID",
    ],
    [
      "a field of a container alone",
      patch("Pod", { metadata: { name: "p" }, spec: { containers: [{ name: "c", env: [], tty: true }] } }),
      "spec.containers[0].env",
    ],
    [
      "an annotation of the mesh in a template",
      {
        apiVersion: "apps/v1",
        kind: "DeploymentPatch",
        metadata: { name: "d" },
        spec: { template: { metadata: { annotations: { "linkerd.io/inject": "disabled" } } } },
      },
      'spec.template.metadata.annotations["linkerd.io/inject"]',
    ],
  ],
};
