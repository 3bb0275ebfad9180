import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { backupScripts, resticContainer, resticVolumes } from "../backup/restic.ts";
import { backupJobs } from "../backup/names.ts";
import { commonLabels, namespaces, selectorLabels } from "../names.ts";
import { restrictedPodContext } from "../security/podSecurity.ts";
import { nodeDisk } from "./demands.ts";
import { type ChainArgs, claimSpec, withoutWaiting } from "./nodeSet.ts";
import {
  apiAccess,
  chainUser,
  dataVolume,
  initContainers,
  mount,
  type NodePodArgs,
  preparationVolumes,
  tokenFolder,
  toolContainer,
} from "./podTemplate.ts";
import { objectNames } from "./objects.ts";

export interface BackupArgs {
  /** VolumeSnapshotClass of the cluster; where it is missing, no snapshots are taken. */
  readonly snapshotClass?: string | undefined;
  readonly chain: ChainArgs;
  /** restic 0.14 or newer, with a shell. */
  readonly image: string;
  /** When, as a cron line in UTC. */
  readonly schedule: string;
  /** The node that is backed up is as large as a full node. */
  readonly size: { readonly cpu: string; readonly memory: string; readonly storage: string };
}

const workload = backupJobs.chain.cronJob;
/** Six hours: a node that has not caught up by then is looked at by a person. */
const deadlineSeconds = 6 * 3600;

/**
 * Encrypted backups of the chain's data (spec A21), from a full node of their own: it follows the chain to the present,
 * stops by itself, and only then is its data read. No other node is touched, and there is no key that could be saved.
 */
export class Backup extends pulumi.ComponentResource {
  constructor(name: string, args: BackupArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:chain:Backup", name, {}, opts);
    const { chain } = args;
    const labels = commonLabels("paw", "backup");
    const metadata = { name: workload, namespace: namespaces.paw, labels };
    const inside = { parent: this };
    const account = new k8s.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata, automountServiceAccountToken: false },
      inside,
    );
    const claim = new k8s.core.v1.PersistentVolumeClaim(
      `${name}-claim`,
      { metadata: withoutWaiting(metadata), spec: claimSpec(args.size.storage) },
      { ...inside, retainOnDelete: chain.keepVolumes, ignoreChanges: ["spec.volumeName"] },
    );
    const scripts = new k8s.core.v1.ConfigMap(
      `${name}-scripts`,
      {
        metadata: { ...metadata, name: objectNames.backupScripts },
        data: backupScripts("backup.sh", "list.sh", "verify.sh", "restore.sh"),
      },
      inside,
    );
    new k8s.batch.v1.CronJob(
      `${name}-job`,
      {
        metadata,
        spec: {
          schedule: args.schedule,
          timeZone: "Etc/UTC",
          // The next one goes on where this one is: two would fight for the volume.
          concurrencyPolicy: "Forbid",
          startingDeadlineSeconds: 3600,
          successfulJobsHistoryLimit: 3,
          failedJobsHistoryLimit: 3,
          jobTemplate: {
            metadata: { labels },
            spec: { backoffLimit: 2, activeDeadlineSeconds: deadlineSeconds, template: podTemplate(args) },
          },
        },
      },
      { ...inside, dependsOn: [account, claim, scripts] },
    );
    if (args.snapshotClass !== undefined) this.snapshotRights(name);
    this.registerOutputs();
  }

  /** What the snapshot's container may do, and no other of the pod: it alone has the token. */
  private snapshotRights(name: string): void {
    const metadata = {
      name: `${workload}-snapshots`,
      namespace: namespaces.paw,
      labels: commonLabels("paw", "backup"),
    };
    const role = new k8s.rbac.v1.Role(
      `${name}-snapshots`,
      {
        metadata,
        rules: [
          {
            apiGroups: ["snapshot.storage.k8s.io"],
            resources: ["volumesnapshots"],
            verbs: ["get", "list", "create", "delete"],
          },
        ],
      },
      { parent: this },
    );
    new k8s.rbac.v1.RoleBinding(
      `${name}-snapshots-binding`,
      {
        metadata,
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
        subjects: [{ kind: "ServiceAccount", name: workload, namespace: namespaces.paw }],
      },
      { parent: this, dependsOn: role },
    );
  }
}

function podTemplate(args: BackupArgs): k8s.types.input.core.v1.PodTemplateSpec {
  const node = nodePod(args);
  const environment = { name: "HALT_TIME", value: "now" };
  const prepare = initContainers(node).map((container) =>
    container.name === "configure"
      ? { ...container, env: [...(container.env as object[]), environment] }
      : container,
  ) as k8s.types.input.core.v1.Container[];
  const resources = { cpu: args.size.cpu, memory: args.size.memory, "ephemeral-storage": nodeDisk };
  return {
    metadata: { labels: { ...node.labels } },
    spec: {
      serviceAccountName: workload,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      restartPolicy: "Never",
      securityContext: restrictedPodContext(chainUser),
      initContainers: [
        ...prepare,
        {
          ...toolContainer({
            name: "follow",
            image: args.chain.images.chain,
            command: ["sh", "/scripts/follow.sh"],
            env: [
              { name: "BINARY", value: args.chain.binary },
              { name: "HOME_DIR", value: "/chain" },
              { name: "HOME", value: "/chain" },
              { name: "AFTER_HALT", value: "exit" },
            ],
            mounts: [mount(dataVolume, "/chain"), mount("config", "/chain/config"), mount("tmp", "/tmp")],
          }),
          resources: { requests: resources, limits: resources },
        },
        ...(args.snapshotClass === undefined ? [] : [snapshotContainer(args, args.snapshotClass)]),
      ],
      containers: [storeContainer(args)],
      volumes: [
        { name: dataVolume, persistentVolumeClaim: { claimName: workload } },
        ...preparationVolumes(node),
        ...(args.snapshotClass === undefined ? [] : [apiAccess()]),
        ...resticVolumes(objectNames.backup, objectNames.backupScripts),
      ],
    },
  };
}

/** Between the node's end and the backup: nothing changes the volume then. */
function snapshotContainer({ chain }: BackupArgs, snapshotClass: string): k8s.types.input.core.v1.Container {
  const environment = {
    CLAIM: workload,
    SNAPSHOT_CLASS: snapshotClass,
    NAMESPACE: namespaces.paw,
    CHAIN_ID: chain.network.chainId,
    HOME_DIR: "/chain",
  };
  return toolContainer({
    name: "snapshot",
    image: chain.images.curl,
    command: ["sh", "/scripts/snapshot.sh"],
    env: Object.entries(environment).map(([name, value]) => ({ name, value })),
    mounts: [mount(dataVolume, "/chain"), mount(apiAccess().name as string, tokenFolder, { readOnly: true })],
  });
}

function storeContainer({ image, chain }: BackupArgs): k8s.types.input.core.v1.Container {
  return resticContainer({
    image,
    script: "backup.sh",
    secret: objectNames.backup,
    env: [
      { name: "CHAIN_ID", value: chain.network.chainId },
      { name: "HOME_DIR", value: "/chain" },
    ],
    mounts: [mount(dataVolume, "/chain")],
  });
}

/** A full node without an id that anybody knows. */
function nodePod({ chain, size }: BackupArgs): NodePodArgs {
  return {
    role: "full-node",
    images: chain.images,
    binary: chain.binary,
    chainId: chain.network.chainId,
    genesisSha256: chain.network.genesisSha256,
    genesisUrl: chain.genesisUrl,
    settings: {},
    scripts: {},
    size,
    maxBlockAge: chain.maxBlockAge,
    haltHeight: 0,
    remoteSigner: false,
    labels: commonLabels("paw", "backup"),
    selector: selectorLabels("paw", "backup"),
    spread: chain.spread,
  };
}
