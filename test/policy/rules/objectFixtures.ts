/** Objects that keep the rules about single objects, changed by edits. */
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import { type Edits, edited, pod } from "../fixtures.ts";

const amounts = { cpu: "100m", memory: "64Mi" };
export const sha = `sha256:${"ab".repeat(32)}`;
/** A pod that keeps these rules, with a container in each list. */
export const goodPod = (edits: Edits = {}): Manifest =>
  pod({
    "spec.serviceAccountName": "web",
    ...Object.fromEntries(
      ["initContainers[0]", "containers[0]", "containers[1]", "ephemeralContainers[0]"].flatMap(
        (container) => [
          [`spec.${container}.image`, `ghcr.io/bizra/node:v1@${sha}`],
          ...(container.startsWith("ephemeral")
            ? []
            : [[`spec.${container}.resources`, { requests: amounts, limits: amounts }]]),
        ],
      ),
    ),
    ...edits,
  });

export const role = (rule: object): Manifest => ({
  apiVersion: "rbac.authorization.k8s.io/v1",
  kind: "ClusterRole",
  metadata: { name: "reader" },
  rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"], ...rule }],
});
export const binding = (edits: Edits = {}): Manifest =>
  edited(
    {
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "ClusterRoleBinding",
      metadata: { name: "reader" },
      roleRef: { kind: "ClusterRole", name: "reader" },
      subjects: [{ kind: "Group", name: "operators" }],
    },
    edits,
  );
export const policy = (edits: Edits = {}): Manifest =>
  edited(
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: { name: "web", namespace: "shop" },
      spec: {
        podSelector: {},
        policyTypes: ["Ingress", "Egress"],
        ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 80 }] }],
        egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8" } }], ports: [{ port: 80 }] }],
      },
    },
    edits,
  );
export const service = (edits: Edits = {}): Manifest =>
  edited(
    { apiVersion: "v1", kind: "Service", metadata: { name: "web" }, spec: { type: "ClusterIP" } },
    edits,
  );
export const ingress = (annotations: unknown): Manifest => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: { name: "web", annotations },
});
export const configMap = (data: unknown): Manifest => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "c" },
  data,
});
export const secret = (edits: Edits): Manifest =>
  edited({ apiVersion: "v1", kind: "Secret", metadata: { name: "s" }, type: "Opaque" }, edits);
export const namespace = (annotations: unknown): Manifest => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "shop", annotations },
});

export const everywhere = { ipBlock: { cidr: "0.0.0.0/0" } };
export const seed = "abandon ability able about above absent absorb abstract absurd abuse access accident";
