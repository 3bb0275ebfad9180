/** Where rules about audit and backups say yes, and where no. */
import { UNKNOWN } from "../../../policy/src/k8s/field.ts";
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import {
  type Boundaries,
  auditPolicy,
  backupJob,
  backupLocation,
  storageClass,
  veleroSchedule,
  workload,
} from "./objectFixtures.ts";

const body = "spec.jobTemplate.spec.template.spec";
const everything = { level: "Metadata" };
const ttl = (text: unknown): Manifest => veleroSchedule({ "spec.template.ttl": text });
const ttlPath = "spec.template.ttl";
const bodies = (...given: unknown[]): Manifest => auditPolicy([...given, everything]);
const request = (...resources: unknown[]): object => ({ level: "Request", resources });
const restic = (edits: object): Manifest => backupJob({ [`${body}.containers[0].env`]: [], ...edits });
const location = (provider: string, config: object): Manifest =>
  backupLocation({ "spec.provider": provider, "spec.config": config });

export const boundariesOperations: Boundaries = {
  "backup-schedule": [
    ["168 hours", ttl("168h")],
    ["168 hours in minutes", ttl("10080m")],
    ["168 hours in seconds", ttl("604800s")],
    ["168 hours in parts", ttl("167h59m60s")],
    ["a fraction above", ttl("168.25h")],
    ["a minute less", ttl("167h59m"), ttlPath],
    ["a thousand minutes", ttl("1000m"), ttlPath],
    ["days, which Go does not know", ttl("8d"), ttlPath],
    ["words before", ttl("about 200h"), ttlPath],
    ["words after", ttl("200h or so"), ttlPath],
    ["a number", ttl(200), ttlPath],
    [
      "a job that makes no backup",
      backupJob({
        "spec.suspend": true,
        [`${body}.containers[0].image`]: "x",
        [`${body}.containers[0].env`]: [],
      }),
    ],
    [
      "a job that may make one: its containers are not known",
      backupJob({ "spec.suspend": true, [`${body}.containers`]: UNKNOWN }),
      "spec.suspend",
    ],
    ["Replace instead of Forbid", backupJob({ "spec.concurrencyPolicy": "Replace" })],
    ["a Deployment with restic", { ...workload("Deployment"), spec: { schedule: "x" } }],
  ],
  "audit-policy": [
    ["Secrets of another group", bodies(request({ group: "example.com", resources: ["secrets"] }))],
    ["other resources of the group", bodies(request({ group: "", resources: ["pods", "services"] }))],
    [
      "Secrets among others",
      bodies(request({ group: "", resources: ["pods", "secrets"] })),
      "rules[0].level",
    ],
    ["tokens, not accounts", bodies(request({ group: "", resources: ["serviceaccounts"] }))],
    ["paths that are no resources", bodies({ level: "Request", nonResourceURLs: ["/metrics"] })],
    [
      "one Secret by name",
      bodies(request({ group: "", resources: ["secrets"], resourceNames: ["a"] })),
      "rules[0].level",
    ],
    [
      "tokens of all accounts, where only one list names its objects",
      bodies(
        {
          level: "Metadata",
          resources: [
            { group: "", resources: ["secrets", "configmaps", "serviceaccounts/token"] },
            { group: "authentication.k8s.io" },
            { group: "", resources: ["secrets"], resourceNames: ["a"] },
          ],
        },
        request({ group: "" }),
      ),
    ],
    [
      "what comes after all of them were met",
      bodies(
        { level: "Metadata", resources: [{ group: "" }, { group: "authentication.k8s.io" }] },
        request({ group: "" }),
      ),
    ],
    [
      "a resource list that is not known",
      bodies(request({ group: "", resources: [UNKNOWN] })),
      "rules[0].level",
    ],
    ["of everything a first rule", auditPolicy([everything, { level: "RequestResponse" }])],
    [
      "two lists that name Secrets, one by name",
      bodies(
        {
          level: "Metadata",
          resources: [
            { group: "", resources: ["secrets"], resourceNames: ["a"] },
            { group: "", resources: ["secrets"] },
          ],
        },
        request({ group: "", resources: ["secrets"] }),
      ),
    ],
  ],
  "backup-encrypted": [
    [
      "a password by a variable from a Secret",
      restic({
        [`${body}.containers[0].env`]: [
          { name: "RESTIC_PASSWORD", valueFrom: { secretKeyRef: { name: "r", key: "k" } } },
        ],
      }),
    ],
    [
      "all variables from a Secret",
      restic({ [`${body}.containers[0].envFrom`]: [{ secretRef: { name: "restic" } }] }),
    ],
    [
      "all variables from a ConfigMap",
      restic({ [`${body}.containers[0].envFrom`]: [{ configMapRef: { name: "restic" } }] }),
      `${body}.containers[0].env`,
    ],
    [
      "a file that a driver fetches",
      backupJob({ [`${body}.volumes[0]`]: { name: "restic", csi: { driver: "secrets-store.csi.k8s.io" } } }),
    ],
    [
      "a file of a directory with a like name",
      backupJob({ [`${body}.containers[0].env[0].value`]: "/restic2/p" }),
      `${body}.containers[0].env[0].value`,
    ],
    [
      "a mount that ends in a slash",
      backupJob({ [`${body}.containers[0].volumeMounts[0].mountPath`]: "/restic/" }),
    ],
    [
      "a mount of no volume",
      backupJob({ [`${body}.containers[0].volumeMounts[0].name`]: "other" }),
      `${body}.containers[0].env[0].value`,
    ],
    [
      "the second of two mounts",
      backupJob({
        [`${body}.volumes`]: [
          { name: "tmp", emptyDir: {} },
          { name: "restic", secret: { secretName: "r" } },
        ],
        [`${body}.containers[0].volumeMounts`]: [
          { name: "tmp", mountPath: "/tmp" },
          { name: "restic", mountPath: "/restic" },
        ],
      }),
    ],
    [
      "the second of two mounts, of no Secret",
      backupJob({
        [`${body}.volumes`]: [
          { name: "s", secret: { secretName: "r" } },
          { name: "restic", emptyDir: {} },
        ],
        [`${body}.containers[0].volumeMounts`]: [
          { name: "s", mountPath: "/tmp" },
          { name: "restic", mountPath: "/restic" },
        ],
      }),
      `${body}.containers[0].env[0].value`,
    ],
    ["other arguments", backupJob({ [`${body}.containers[0].args`]: ["backup", "/data"] })],
    ["Google's store with its key", location("velero.io/gcp", { kmsKeyName: "k" })],
    ["Google's store without", location("velero.io/gcp", {}), "spec.config.kmsKeyName"],
    ["Amazon's store with an algorithm", location("aws", { serverSideEncryption: "aws:kms" })],
    ["Amazon's store with an empty key", location("aws", { kmsKeyId: "" }), "spec.config.kmsKeyId"],
    ["a store over TLS", location("aws", { kmsKeyId: "k", s3Url: "https://s3" })],
  ],
  "sc-encrypted": [
    [
      "Hetzner's with a passphrase",
      storageClass({
        provisioner: "csi.hetzner.cloud",
        'parameters["csi.storage.k8s.io/node-publish-secret-name"]': "s",
      }),
    ],
    [
      "Hetzner's with none",
      storageClass({
        provisioner: "csi.hetzner.cloud",
        'parameters["csi.storage.k8s.io/node-publish-secret-name"]': "",
      }),
      'parameters["csi.storage.k8s.io/node-publish-secret-name"]',
    ],
    ["a driver called as what every object has", storageClass({ provisioner: "constructor" }), "provisioner"],
    ["no driver", storageClass({ provisioner: undefined }), "provisioner"],
  ],
  "backup-no-keys": [
    [
      "a node's volume",
      backupJob({
        [`${body}.volumes[1]`]: { name: "d", persistentVolumeClaim: { claimName: "data-paw-full-node-0" } },
      }),
    ],
    [
      "a validator's volume in a job without restic",
      workload("Deployment", {
        "spec.template.spec.volumes[0]": {
          name: "d",
          persistentVolumeClaim: { claimName: "data-paw-validator-0" },
        },
      }),
    ],
    [
      "the chain among others",
      veleroSchedule({ "spec.template.includedNamespaces": ["shop", "paw"] }),
      "spec.template.includedNamespaces",
    ],
    [
      "a namespace that is not known",
      veleroSchedule({ "spec.template.includedNamespaces": ["shop", UNKNOWN] }),
      "spec.template.includedNamespaces",
    ],
    [
      "others left out than the chain",
      veleroSchedule({
        "spec.template.includedNamespaces": undefined,
        "spec.template.excludedNamespaces": ["shop"],
      }),
      "spec.template.includedNamespaces",
    ],
    [
      "one backup of all",
      { apiVersion: "velero.io/v1", kind: "Backup", metadata: { name: "b", namespace: "velero" }, spec: {} },
      "spec.includedNamespaces",
    ],
  ],
};
