import { demand, oneOf } from "../../finding.ts";
import { at } from "../../k8s/field.ts";
import { baseKind, groupOf, isPatch, root } from "../../k8s/manifest.ts";
import { type Rule, holds } from "../../rule.ts";

/**
 * By driver, the parameter that has volumes encrypted, and its value; `always` where the provider encrypts every volume.
 * From the drivers' own documents. A driver whose encryption is settled elsewhere (by a file system, a volume type or a
 * storage policy) is not listed: nothing in the class shows it.
 */
const drivers: Readonly<Record<string, "always" | readonly [parameter: string, value: string | undefined]>> =
  {
    "ebs.csi.aws.com": ["encrypted", "true"],
    "ebs.csi.eks.amazonaws.com": ["encrypted", "true"],
    "pd.csi.storage.gke.io": "always",
    "disk.csi.azure.com": "always",
    "dobs.csi.digitalocean.com": "always",
    "driver.longhorn.io": ["encrypted", "true"],
    "rbd.csi.ceph.com": ["encrypted", "true"],
    "rook-ceph.rbd.csi.ceph.com": ["encrypted", "true"],
    "csi.scaleway.com": ["encrypted", "true"],
    "storage.csi.upcloud.com": ["encryption", "data-at-rest"],
    "linodebs.csi.linode.com": ["linodebs.csi.linode.com/luks-encrypted", "true"],
    "csi.cloudscale.ch": ["csi.cloudscale.ch/luks-encrypted", "true"],
    // The Secret with the passphrase makes the difference.
    "csi.hetzner.cloud": ["csi.storage.k8s.io/node-publish-secret-name", undefined],
  };

export const storageEncrypted: Rule = {
  id: "sc-encrypted",
  item: 10,
  description: "Volumes are encrypted, and are not thrown away with the claim to them.",
  severity: "medium",
  levels: holds.inProduction,
  note: "Knows the parameter of EBS, Longhorn, Ceph RBD, Scaleway, UpCloud, Linode, cloudscale.ch and Hetzner; Google's, Azure's and DigitalOcean's disks are always encrypted. A driver whose encryption is settled outside the class needs an exception that says where.",
  fix: "set the parameter by which the driver encrypts, and reclaimPolicy: Retain.",
  url: "https://kubernetes.io/docs/concepts/storage/storage-classes/",
  frameworks: ["C-0264"],
  judges: (manifest) =>
    groupOf(manifest) === "storage.k8s.io" && baseKind(manifest) === "StorageClass" && !isPatch(manifest),
  check: (manifest) => {
    const provisioner = at(root(manifest), "provisioner");
    const driver =
      typeof provisioner.value === "string" && Object.hasOwn(drivers, provisioner.value)
        ? drivers[provisioner.value]
        : undefined;
    const encrypted =
      driver === undefined
        ? demand(provisioner, { allows: () => false, wanted: "a driver whose encryption is known here" })
        : driver === "always"
          ? []
          : demand(at(root(manifest), "parameters", driver[0]), {
              allows: (value) =>
                driver[1] === undefined ? typeof value === "string" && value !== "" : value === driver[1],
              wanted: driver[1] ?? "the name of a Secret",
              mayShow: oneOf("false"),
            });
    return [
      ...encrypted,
      ...demand(at(root(manifest), "reclaimPolicy"), {
        allows: oneOf("Retain"),
        wanted: "Retain",
        mayShow: oneOf("Delete", "Recycle"),
      }),
    ];
  },
};
