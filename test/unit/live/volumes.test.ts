/** Volumes of a live cluster, made and removed as claims come and go. */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { LiveVolumes, type LiveVolumesArgs } from "../../../ops/src/cluster/live/volumes.ts";

/* eslint-disable @typescript-eslint/no-explicit-any -- objects as an API server has them */

const provisioner = "kwok.x-k8s.io/volume";

describe("volumes of a live cluster", () => {
  let folder: string;
  let claims: any[];
  let volumes: any[];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "paw-volumes-"));
    claims = [];
    volumes = [];
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const look = (): Promise<void> => {
    const core = {
      listPersistentVolumeClaimForAllNamespaces: () => Promise.resolve({ items: claims }),
      listPersistentVolume: () => Promise.resolve({ items: [...volumes] }),
      createPersistentVolume: ({ body }: any) => Promise.resolve(void volumes.push(body)),
      deletePersistentVolume: ({ name }: any) => {
        volumes = volumes.filter(({ metadata }) => metadata.name !== name);
        return Promise.resolve();
      },
    };
    const classes = [{ metadata: { name: "paw-chain" }, reclaimPolicy: "Retain" }];
    const storage = { listStorageClass: () => Promise.resolve({ items: classes }) };
    return new LiveVolumes({ core, storage, folder } as unknown as LiveVolumesArgs).look();
  };
  const claim = (uid: string, node: string, className = "live"): object => ({
    metadata: {
      name: "data",
      namespace: "paw",
      uid,
      annotations: {
        "volume.kubernetes.io/storage-provisioner": provisioner,
        "volume.kubernetes.io/selected-node": node,
      },
    },
    spec: {
      storageClassName: className,
      accessModes: ["ReadWriteOnce"],
      resources: { requests: { storage: "1Gi" } },
    },
  });

  it("a claim on the real node gets a folder that any user may write to, given to the pod's group", async () => {
    claims = [claim("1", "live-0", "paw-chain")];
    await look();
    expect(volumes).to.have.length(1);
    const [{ spec }] = volumes;
    expect(spec.local.path).to.match(/\/pvc-1$/);
    expect(spec.claimRef).to.include({ namespace: "paw", name: "data", uid: "1" });
    expect(spec.persistentVolumeReclaimPolicy).to.equal("Retain");
    expect(statSync(join(folder, "pvc-1")).mode & 0o777).to.equal(0o777);
    await look();
    expect(volumes).to.have.length(1);
  });

  it("a claim on a simulated node gets a volume that is nowhere", async () => {
    claims = [claim("2", "simulated-1")];
    await look();
    expect(volumes[0].spec.hostPath.path).to.equal("/simulated/2");
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it("claims of others are left alone", async () => {
    const other: any = claim("3", "live-0");
    other.metadata.annotations["volume.kubernetes.io/storage-provisioner"] = "another.invalid/one";
    claims = [other, { ...(claim("4", "live-0") as any), spec: { volumeName: "bound" } }];
    await look();
    expect(volumes).to.deep.equal([]);
  });

  it("a released volume goes with its folder, unless it is to be kept", async () => {
    claims = [claim("5", "live-0"), claim("6", "live-0", "paw-chain")];
    await look();
    claims = [];
    for (const volume of volumes) volume.status = { phase: "Released" };
    await look();
    expect(volumes.map(({ metadata }) => metadata.name)).to.deep.equal(["pvc-6"]);
    expect(existsSync(join(folder, "pvc-5"))).to.equal(false);
    expect(existsSync(join(folder, "pvc-6"))).to.equal(true);
  });
});
