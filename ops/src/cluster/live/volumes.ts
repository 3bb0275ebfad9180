/**
 * Volumes of a live cluster: a folder on this machine for each claim of a pod on the real node, nothing for one on a
 * simulated node. Kubernetes' own provisioner of such folders makes them for root alone, and a `hostPath` is not given
 * to a pod's group; these are `local` volumes, which are.
 */
import { chmod, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

import type {
  CoreV1Api,
  StorageV1Api,
  V1PersistentVolume,
  V1PersistentVolumeClaim,
} from "@kubernetes/client-node";

import { isSimulatedNode, liveNode } from "./names.ts";

/* eslint-disable @typescript-eslint/no-unsafe-class-instance-assignment -- the client writes plain objects just as well */

/**
 * The provisioner of `Pulumi.local.yaml`, whose name is that of simulated volumes: on a live cluster what it makes for the
 * real node is real.
 */
export const provisioner = "kwok.x-k8s.io/volume";
/** Where the node sees the folders. */
const mountedAt = "/run/paw/node/disk/volumes";
const madeBy = "pv.kubernetes.io/provisioned-by";

type Core = Pick<
  CoreV1Api,
  | "listPersistentVolumeClaimForAllNamespaces"
  | "listPersistentVolume"
  | "createPersistentVolume"
  | "deletePersistentVolume"
>;

export interface LiveVolumesArgs {
  readonly core: Core;
  readonly storage: Pick<StorageV1Api, "listStorageClass">;
  /** Where the folders are made. */
  readonly folder: string;
}

export class LiveVolumes {
  private readonly args: LiveVolumesArgs;

  constructor(args: LiveVolumesArgs) {
    this.args = args;
  }

  /** Makes the volumes that are claimed, and removes those that are released and not to be kept. */
  async look(): Promise<void> {
    const { core, storage } = this.args;
    const [claims, volumes] = await Promise.all([
      core.listPersistentVolumeClaimForAllNamespaces(),
      core.listPersistentVolume(),
    ]);
    const open = claims.items.filter((claim) => claim.spec?.volumeName === undefined);
    if (open.length > 0) {
      const { items } = await storage.listStorageClass();
      const policies = new Map(items.map((each) => [each.metadata?.name, each.reclaimPolicy ?? "Delete"]));
      for (const claim of open.filter(isOurs)) {
        const name = nameFor(claim);
        if (volumes.items.some(({ metadata }) => metadata?.name === name)) continue;
        await this.make(claim, policies.get(claim.spec?.storageClassName ?? "") ?? "Delete");
      }
    }
    for (const volume of volumes.items.filter(isFree)) await this.remove(volume);
  }

  private async make(claim: V1PersistentVolumeClaim, reclaimPolicy: string): Promise<void> {
    const name = nameFor(claim);
    const simulated = isSimulatedNode(nodeOf(claim));
    if (!simulated) {
      const folder = join(this.args.folder, name);
      await mkdir(folder, { recursive: true });
      await chmod(folder, 0o777);
    }
    await this.args.core.createPersistentVolume({
      body: volumeFor(claim, { name, simulated, reclaimPolicy }),
    });
  }

  private async remove(volume: V1PersistentVolume): Promise<void> {
    const name = volume.metadata?.name ?? "";
    await this.args.core.deletePersistentVolume({ name });
    await rm(join(this.args.folder, name), { recursive: true, force: true });
  }
}

function volumeFor(
  { metadata, spec }: V1PersistentVolumeClaim,
  how: { readonly name: string; readonly simulated: boolean; readonly reclaimPolicy: string },
): V1PersistentVolume {
  const place = { key: "kubernetes.io/hostname", operator: "In", values: [liveNode.name] };
  const { uid = "", name = "", namespace = "" } = metadata ?? {};
  return {
    metadata: { name: how.name, annotations: { [madeBy]: provisioner } },
    spec: {
      accessModes: spec?.accessModes ?? ["ReadWriteOnce"],
      capacity: { storage: spec?.resources?.requests?.storage ?? "1Gi" },
      persistentVolumeReclaimPolicy: how.reclaimPolicy,
      storageClassName: spec?.storageClassName ?? "",
      claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", uid, name, namespace },
      ...(how.simulated
        ? { hostPath: { path: `/simulated/${uid}` } }
        : {
            local: { path: `${mountedAt}/${how.name}` },
            nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [place] }] } },
          }),
    },
  };
}

const nameFor = ({ metadata }: V1PersistentVolumeClaim): string => `pvc-${metadata?.uid ?? ""}`;

/** The node that the scheduler has chosen for the first pod of a claim. */
const nodeOf = ({ metadata }: V1PersistentVolumeClaim): string =>
  metadata?.annotations?.["volume.kubernetes.io/selected-node"] ?? "";

/** Whether a claim waits for us; the class says so, through the controller that binds claims. */
function isOurs({ metadata }: V1PersistentVolumeClaim): boolean {
  const asked = metadata?.annotations?.["volume.kubernetes.io/storage-provisioner"];
  return asked === provisioner && metadata?.deletionTimestamp === undefined;
}

function isFree({ metadata, spec, status }: V1PersistentVolume): boolean {
  return (
    metadata?.annotations?.[madeBy] === provisioner &&
    metadata.deletionTimestamp === undefined &&
    status?.phase === "Released" &&
    spec?.persistentVolumeReclaimPolicy === "Delete"
  );
}
