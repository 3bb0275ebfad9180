import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { backupJobs } from "../../backup/names.ts";
import { backupScripts, resticContainer, resticVolumes } from "../../backup/restic.ts";
import { commonLabels } from "../../names.ts";
import { restrictedContainerContext, restrictedPodContext } from "../../security/podSecurity.ts";
import { customResource } from "../customResource.ts";
import { accessName, readerOf } from "./access.ts";
import { snapshotLogin } from "./snapshotAccess.ts";
import { vaultActiveAddress, vaultTls } from "./values.ts";

export interface VaultSnapshotsArgs {
  /** When, as a cron line in UTC. */
  readonly schedule: string;
  readonly images: {
    /** curl, with busybox's shell and tools. */
    readonly curl: string;
    /** restic 0.14 or newer, with busybox's shell and tools. */
    readonly restic: string;
  };
}

const { namespace, cronJob } = backupJobs.vault;
/** ConfigMap with the scripts. */
const scriptsName = "vault-snapshot-scripts";
/** Path in Vault, below the store's mount, of the repository's address, password and credentials. */
const repositoryPath = "paw/backup/vault";
/** User of both containers (our own choice). */
const user = 1000;
/** A snapshot holds what Vault does: some megabytes (our own choice of what fits). */
const snapshotSize = "1Gi";
/** Seconds: half an hour, after which somebody should look. */
const deadlineSeconds = 1800;

/**
 * Encrypted snapshots of Vault's raft storage, on a schedule. Vault lets the pod's account take a snapshot and do nothing
 * else; what comes out is encrypted by Vault's own keys, and once more by restic.
 */
export class VaultSnapshots extends pulumi.ComponentResource {
  constructor(name: string, args: VaultSnapshotsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:platform:VaultSnapshots", name, {}, opts);
    const labels = commonLabels("platform", cronJob);
    const metadata = { name: cronJob, namespace, labels };
    const inside = { parent: this };
    const account = new k8s.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata, automountServiceAccountToken: false },
      inside,
    );
    const scripts = new k8s.core.v1.ConfigMap(
      `${name}-scripts`,
      {
        metadata: { ...metadata, name: scriptsName },
        data: backupScripts("vault-snapshot.sh", "vault-store.sh", "list.sh", "verify.sh"),
      },
      inside,
    );
    const secret = customResource(`${name}-secret`, repositorySecret, inside);
    new k8s.batch.v1.CronJob(
      `${name}-job`,
      {
        metadata,
        spec: {
          schedule: args.schedule,
          timeZone: "Etc/UTC",
          // Two would fight for the repository's lock.
          concurrencyPolicy: "Forbid",
          startingDeadlineSeconds: 600,
          successfulJobsHistoryLimit: 3,
          failedJobsHistoryLimit: 3,
          jobTemplate: {
            metadata: { labels },
            spec: {
              backoffLimit: 2,
              activeDeadlineSeconds: deadlineSeconds,
              template: { metadata: { labels }, spec: podSpec(args) },
            },
          },
        },
      },
      { ...inside, dependsOn: [account, scripts, secret] },
    );
    this.registerOutputs();
  }
}

function podSpec({ images }: VaultSnapshotsArgs): k8s.types.input.core.v1.PodSpec {
  const snapshot = { name: "snapshot", mountPath: "/snapshot" };
  return {
    serviceAccountName: cronJob,
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    restartPolicy: "Never",
    securityContext: restrictedPodContext(user),
    initContainers: [takeContainer(images.curl)],
    containers: [
      resticContainer({
        image: images.restic,
        script: "vault-store.sh",
        secret: cronJob,
        env: [],
        mounts: [snapshot],
      }),
    ],
    volumes: [
      { name: "snapshot", emptyDir: { sizeLimit: snapshotSize } },
      { name: "tmp", emptyDir: { sizeLimit: "256Mi" } },
      // Of the server's Secret the authority's certificate alone.
      {
        name: "tls",
        secret: { secretName: vaultTls, defaultMode: 0o440, items: [{ key: "ca.crt", path: "ca.crt" }] },
      },
      {
        name: "login",
        projected: {
          defaultMode: 0o440,
          sources: [
            {
              serviceAccountToken: {
                path: "token",
                audience: snapshotLogin.audience,
                expirationSeconds: 600,
              },
            },
          ],
        },
      },
      ...resticVolumes(cronJob, scriptsName),
    ],
  };
}

/** Takes the snapshot: the only container with a token for Vault, and none of the repository's credentials. */
function takeContainer(image: string): k8s.types.input.core.v1.Container {
  const resources = { cpu: "200m", memory: "64Mi", "ephemeral-storage": "128Mi" };
  return {
    name: "snapshot",
    image,
    imagePullPolicy: "IfNotPresent",
    command: ["sh", "/backup/vault-snapshot.sh"],
    env: [
      { name: "VAULT_ADDR", value: vaultActiveAddress },
      { name: "ROLE", value: snapshotLogin.name },
    ],
    resources: { requests: resources, limits: resources },
    securityContext: restrictedContainerContext(),
    volumeMounts: [
      { name: "snapshot", mountPath: "/snapshot" },
      { name: "tmp", mountPath: "/tmp" },
      { name: "tls", mountPath: "/tls", readOnly: true },
      { name: "login", mountPath: "/login", readOnly: true },
      { name: "backup-scripts", mountPath: "/backup", readOnly: true },
    ],
  };
}

/** The repository's address, password and credentials, from Vault: while Vault is away, the Secret stays as it was. */
const repositorySecret = {
  apiVersion: "external-secrets.io/v1",
  kind: "ExternalSecret",
  name: cronJob,
  namespace,
  spec: {
    refreshInterval: "1h",
    secretStoreRef: { kind: "ClusterSecretStore", name: accessName(readerOf(repositoryPath)) },
    target: { name: cronJob, deletionPolicy: "Retain" },
    dataFrom: [{ extract: { key: repositoryPath } }],
  },
};
