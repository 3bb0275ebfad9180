/** Objects that keep the rules about single objects, changed by edits. */
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import { type Edits, edited, pod } from "../fixtures.ts";

const amounts = { cpu: "100m", memory: "64Mi", "ephemeral-storage": "64Mi" };
export const sha = `sha256:${"ab".repeat(32)}`;
export const labels = {
  "app.kubernetes.io/name": "web",
  "app.kubernetes.io/part-of": "shop",
  "app.kubernetes.io/managed-by": "pulumi",
};
const ask = { tcpSocket: { port: 8080 } };

const containersOf = {
  withoutResources: ["ephemeralContainers[0]"],
  lasting: ["containers[0]", "containers[1]"],
};

/** A pod that keeps these rules, with a container in each list. */
export const goodPod = (edits: Edits = {}): Manifest =>
  pod({
    "metadata.labels": labels,
    "spec.serviceAccountName": "web",
    "spec.automountServiceAccountToken": false,
    "spec.priorityClassName": "shop",
    "spec.securityContext.runAsUser": 10001,
    "spec.securityContext.runAsGroup": 10001,
    "spec.volumes[0].emptyDir.sizeLimit": "16Mi",
    ...Object.fromEntries(
      ["initContainers[0]", "containers[0]", "containers[1]", "ephemeralContainers[0]"].flatMap(
        (container) => [
          [`spec.${container}.image`, `ghcr.io/bizra/node:v1@${sha}`],
          ...(containersOf.withoutResources.includes(container)
            ? []
            : [[`spec.${container}.resources`, { requests: amounts, limits: amounts }]]),
          ...(containersOf.lasting.includes(container)
            ? [
                [`spec.${container}.readinessProbe`, ask],
                [`spec.${container}.livenessProbe`, ask],
              ]
            : []),
        ],
      ),
    ),
    ...edits,
  });

/** The same pod in a workload of another kind, whose paths begin with `spec.template`. */
export const workload = (kind: string, edits: Edits = {}): Manifest => {
  const { metadata, spec } = goodPod();
  const template = { metadata, spec };
  const selector = { matchLabels: { "app.kubernetes.io/name": "web" } };
  const constraint = { topologyKey: "kubernetes.io/hostname" };
  const object = { apiVersion: "apps/v1", kind, metadata: { name: "web", namespace: "shop", labels } };
  return edited(
    { ...object, spec: { replicas: 2, selector, template } },
    { "spec.template.spec.topologySpreadConstraints": [constraint], ...edits },
  );
};

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
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "web", namespace: "shop", labels },
      spec: { type: "ClusterIP" },
    },
    edits,
  );
export const ingress = (annotations: unknown): Manifest => ({
  apiVersion: "networking.k8s.io/v1",
  kind: "Ingress",
  metadata: { name: "web", namespace: "shop", annotations },
});
export const configMap = (data: unknown): Manifest => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "c", namespace: "shop" },
  data,
});
export const secret = (edits: Edits): Manifest =>
  edited(
    { apiVersion: "v1", kind: "Secret", metadata: { name: "s", namespace: "shop" }, type: "Opaque" },
    edits,
  );
export const namespace = (annotations: unknown): Manifest => ({
  apiVersion: "v1",
  kind: "Namespace",
  metadata: { name: "shop", labels, annotations },
});

export const everywhere = { ipBlock: { cidr: "0.0.0.0/0" } };
export const seed = "abandon ability able about above absent absorb abstract absurd abuse access accident";

/** A rule, what it calls bad, and where it says so. */
export type BadObject = readonly [rule: string, what: string, manifest: Manifest, path: string];

const shop = { name: "web", namespace: "shop", labels };

export const release = (edits: Edits = {}): Manifest =>
  edited(
    {
      apiVersion: "helm.sh/v3",
      kind: "Release",
      name: "cert-manager",
      namespace: "cert-manager",
      values: { db: { existingSecret: "db" }, extra: ["x"], replicas: 2 },
    },
    edits,
  );
export const externalSecret = (edits: Edits = {}): Manifest =>
  edited(
    {
      apiVersion: "external-secrets.io/v1",
      kind: "ExternalSecret",
      metadata: shop,
      spec: {
        refreshInterval: "1h",
        secretStoreRef: { kind: "ClusterSecretStore", name: "vault" },
        target: { name: "web", creationPolicy: "Owner", template: { data: { password: "{{ .password }}" } } },
        dataFrom: [{ extract: { key: "web" } }],
      },
    },
    edits,
  );
export const store = (edits: Edits = {}): Manifest =>
  edited(
    {
      apiVersion: "external-secrets.io/v1",
      kind: "ClusterSecretStore",
      metadata: { name: "vault" },
      spec: {
        provider: {
          vault: {
            server: "https://vault.vault.svc:8200",
            caProvider: { type: "Secret", name: "vault-tls", key: "ca.crt" },
            auth: { kubernetes: { mountPath: "kubernetes", role: "r", serviceAccountRef: { name: "r" } } },
          },
        },
      },
    },
    edits,
  );
export const vaultServer = (edits: Edits = {}): Manifest =>
  workload("StatefulSet", {
    "spec.template.spec.containers[0].image": `hashicorp/vault:1.20.0@${sha}`,
    "spec.template.spec.containers[0].args": ["vault server -config=/tmp/storageconfig.hcl"],
    ...edits,
  });
export const vaultConfig = (text: unknown): Manifest => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name: "vault-config", namespace: "vault", labels: { "app.kubernetes.io/name": "vault" } },
  data: { "vault.hcl": text },
});

/** A validator's StatefulSet: each pod with its own key. */
export const keyed = (edits: Edits = {}): Manifest =>
  workload("StatefulSet", {
    "spec.template.spec.terminationGracePeriodSeconds": 120,
    "spec.template.spec.volumes": [{ name: "keys", secret: { secretName: "paw-validator-keys" } }],
    "spec.template.spec.containers[0].env": [
      { name: "POD_NAME", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
    ],
    "spec.template.spec.containers[0].volumeMounts": [
      { name: "keys", mountPath: "/keys/key.json", subPathExpr: "$(POD_NAME).json", readOnly: true },
    ],
    ...edits,
  });

export const auditPolicy = (rules: unknown): Manifest => ({
  apiVersion: "audit.k8s.io/v1",
  kind: "Policy",
  metadata: { name: "audit" },
  omitStages: ["RequestReceived"],
  rules,
});
export const admissionBinding = (edits: Edits = {}): Manifest =>
  edited(
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicyBinding",
      metadata: { name: "b" },
      spec: { policyName: "p", validationActions: ["Deny", "Audit"] },
    },
    edits,
  );
export const admissionPolicy = (edits: Edits = {}): Manifest =>
  edited(
    {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingAdmissionPolicy",
      metadata: { name: "p" },
      spec: { failurePolicy: "Fail" },
    },
    edits,
  );

/** A CronJob that makes backups with restic. */
export const backupJob = (edits: Edits = {}): Manifest => {
  const { metadata, spec } = goodPod({
    "spec.restartPolicy": "Never",
    "spec.containers[0].image": `docker.io/restic/restic:0.18.0@${sha}`,
    "spec.volumes": [{ name: "restic", secret: { secretName: "restic" } }],
    "spec.containers[0].env": [
      { name: "RESTIC_PASSWORD_FILE", value: "/restic/RESTIC_PASSWORD" },
      { name: "RESTIC_REPOSITORY", value: "s3:https://store/backups" },
    ],
    "spec.containers[0].volumeMounts": [{ name: "restic", mountPath: "/restic", readOnly: true }],
  });
  const jobTemplate = { spec: { template: { metadata, spec } } };
  return edited(
    {
      apiVersion: "batch/v1",
      kind: "CronJob",
      metadata: shop,
      spec: { schedule: "17 3 * * *", concurrencyPolicy: "Forbid", jobTemplate },
    },
    edits,
  );
};
export const backupLocation = (edits: Edits = {}): Manifest =>
  edited(
    {
      apiVersion: "velero.io/v1",
      kind: "BackupStorageLocation",
      metadata: { name: "default", namespace: "velero" },
      spec: {
        provider: "velero.io/aws",
        objectStorage: { bucket: "b" },
        config: { region: "r", kmsKeyId: "alias/b" },
      },
    },
    edits,
  );
export const veleroSchedule = (edits: Edits = {}): Manifest =>
  edited(
    {
      apiVersion: "velero.io/v1",
      kind: "Schedule",
      metadata: { name: "daily", namespace: "velero" },
      spec: { schedule: "@daily", template: { ttl: "168h", includedNamespaces: ["shop"] } },
    },
    edits,
  );
export const storageClass = (edits: Edits = {}): Manifest =>
  edited(
    {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "fast" },
      provisioner: "ebs.csi.aws.com",
      parameters: { type: "gp3", encrypted: "true" },
      reclaimPolicy: "Retain",
    },
    edits,
  );
