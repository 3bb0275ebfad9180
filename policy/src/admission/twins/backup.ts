/** What is kept, and where, in CEL. */
import { chainNamespace, validatorClaims } from "../../site.ts";
import { type Twin, literal, ofObjects } from "../twin.ts";
import { keyVariables, withoutKeys } from "./signingKeys.ts";

/** Containers that run restic, by their image or by the variables that it reads. */
const restic =
  `variables.containers.filter(c, c.?image.orValue("").matches(${literal("(^|/)restic(:|@|$)")}) || ` +
  'c.?env.orValue([]).exists(each, each.name.startsWith("RESTIC_")))';

/** Names of volumes that are Secrets, or that a driver fetches secrets to. */
const secretVolumes =
  "variables.pod.?volumes.orValue([]).filter(volume, volume.?secret.?secretName.hasValue() || volume.?csi.hasValue() || " +
  "volume.?projected.?sources.orValue([]).exists(source, source.?secret.?name.hasValue())).map(volume, volume.name)";

const variable = (name: string): string => `c.?env.orValue([]).filter(each, each.name == ${literal(name)})`;
const file = variable("RESTIC_PASSWORD_FILE");
const direct = variable("RESTIC_PASSWORD");
/** Where the password's file lies. */
const mounts =
  'c.?volumeMounts.orValue([]).filter(mount, mount.mountPath != "" && ' +
  `${file}[0].?value.orValue("").startsWith(mount.mountPath.endsWith("/") ? mount.mountPath : mount.mountPath + "/"))`;

const withPassword =
  `${file}.size() > 0 ? (${mounts}.size() > 0 && ${mounts}[0].name in variables.secretVolumes) : ` +
  `${direct}.size() > 0 ? ${direct}[0].?valueFrom.?secretKeyRef.hasValue() : ` +
  "c.?envFrom.orValue([]).exists(each, each.?secretRef.hasValue())";

/** Keys of a location's configuration, any of which has the store encrypt. */
const encryption = {
  aws: ["kmsKeyId", "serverSideEncryption", "customerKeyEncryptionFile"],
  gcp: ["kmsKeyName"],
};
const provider = 'dyn(object).?spec.?provider.orValue("").replace("velero.io/", "")';
const config = "dyn(object).?spec.?config.orValue({})";
const encrypted = Object.entries(encryption)
  .map(
    ([name, keys]) =>
      `(${provider} == ${literal(name)} && ${literal(keys)}.exists(key, key in ${config}) && ` +
      `${literal(keys)}.all(key, ${config}[?key].orValue("x") != ""))`,
  )
  .join(" || ");

const backupEncrypted: Twin = {
  on: ["pods", "veleroLocations"],
  variables: { restic, secretVolumes },
  checks: [
    {
      each: "restic",
      holds:
        '!(c.?command.orValue([]) + c.?args.orValue([])).exists(word, word.contains("--insecure-no-password")) && ' +
        `(${withPassword})`,
    },
    {
      holds:
        'object.kind != "BackupStorageLocation" || ' +
        `((${provider} == "azure" || ${encrypted}) && !${config}[?"s3Url"].orValue("").startsWith("http://") && ` +
        `${config}[?"insecureSkipTLSVerify"].orValue("false") == "false")`,
    },
  ],
};

/** What a Velero backup takes: the namespaces of a Backup, or of those that a Schedule makes. */
const taken =
  'object.kind == "Schedule" ? dyn(object).?spec.?template.orValue({}) : dyn(object).?spec.orValue({})';
const withoutChain =
  `variables.taken.?excludedNamespaces.orValue([]).exists(name, name == ${literal(chainNamespace)}) || ` +
  "(variables.taken.?includedNamespaces.orValue([]).size() > 0 && " +
  `!variables.taken.includedNamespaces.exists(name, name in ${literal(["*", chainNamespace])}))`;

const backupWithoutKeys: Twin = {
  on: ["pods", "veleroBackups"],
  variables: { ...keyVariables, restic, taken },
  checks: [
    {
      holds:
        'object.kind in ["Schedule", "Backup"] || variables.restic.size() == 0 || ' +
        `(${withoutKeys} && !variables.pod.?volumes.orValue([]).exists(volume, ` +
        `volume.?persistentVolumeClaim.?claimName.orValue("").matches(${literal(validatorClaims.source)})))`,
    },
    { holds: `!(object.kind in ["Schedule", "Backup"]) || ${withoutChain}` },
  ],
};

/** Drivers that encrypt every volume, and the parameter by which others do. */
const always = ["pd.csi.storage.gke.io", "disk.csi.azure.com", "dobs.csi.digitalocean.com"];
const byParameter: readonly (readonly [driver: string, parameter: string, value?: string])[] = [
  ["ebs.csi.aws.com", "encrypted", "true"],
  ["ebs.csi.eks.amazonaws.com", "encrypted", "true"],
  ["driver.longhorn.io", "encrypted", "true"],
  ["rbd.csi.ceph.com", "encrypted", "true"],
  ["rook-ceph.rbd.csi.ceph.com", "encrypted", "true"],
  ["csi.scaleway.com", "encrypted", "true"],
  ["storage.csi.upcloud.com", "encryption", "data-at-rest"],
  ["linodebs.csi.linode.com", "linodebs.csi.linode.com/luks-encrypted", "true"],
  ["csi.cloudscale.ch", "csi.cloudscale.ch/luks-encrypted", "true"],
  ["csi.hetzner.cloud", "csi.storage.k8s.io/node-publish-secret-name"],
];

const storageEncrypted = ofObjects(
  "storageClasses",
  'object.?reclaimPolicy.orValue("Delete") == "Retain" && (' +
    [
      `object.provisioner in ${literal(always)}`,
      ...byParameter.map(([driver, parameter, value]) => {
        const found = `object.?parameters[?${literal(parameter)}].orValue("")`;
        const right = value === undefined ? `${found} != ""` : `${found} == ${literal(value)}`;
        return `(object.provisioner == ${literal(driver)} && ${right})`;
      }),
    ].join(" || ") +
    ")",
);

export const backup: Readonly<Record<string, Twin>> = {
  "backup-encrypted": backupEncrypted,
  "backup-no-keys": backupWithoutKeys,
  "sc-encrypted": storageEncrypted,
};
