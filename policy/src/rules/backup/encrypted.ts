import { type Demand, demand, oneOf, show } from "../../finding.ts";
import { type Field, at, isHidden, isRecord, items } from "../../k8s/field.ts";
import { type Manifest, baseKind, groupOf, isPatch, root } from "../../k8s/manifest.ts";
import { type Pod, bearsPod, podOf } from "../../k8s/podSpec.ts";
import { type Finding, type Rule, holds } from "../../rule.ts";
import { secretsOfVolume } from "../secrets/references.ts";
import { resticContainers } from "./restic.ts";

/** Whether a file lies in a volume that is a Secret, or in one that a driver fetches secrets to. */
function isFromSecret(file: unknown, container: Field, pod: Pod): boolean {
  if (typeof file !== "string") return false;
  const mount = items(at(container, "volumeMounts")).find((each) => {
    const { value } = at(each, "mountPath");
    return typeof value === "string" && file.startsWith(`${value.replace(/\/$/, "")}/`);
  });
  const name = mount && at(mount, "name").value;
  const volume = items(at(pod.spec, "volumes")).find(
    (each) => name !== undefined && at(each, "name").value === name,
  );
  if (volume === undefined) return false;
  return secretsOfVolume(volume).length > 0 || at(volume, "csi").value !== undefined;
}

/** Where restic has its password from: a Secret, by file or by variable. */
function password(container: Field, pod: Pod): readonly Finding[] {
  const variables = items(at(container, "env"));
  const named = (name: string): Field | undefined =>
    variables.find((each) => at(each, "name").value === name);
  const file = named("RESTIC_PASSWORD_FILE");
  const direct = named("RESTIC_PASSWORD");
  const wanted = "a password from a Secret";
  if (file !== undefined) {
    const path = at(file, "value");
    return demand(path, {
      allows: (value) => isFromSecret(value, container, pod),
      wanted: "a file in a volume that is a Secret",
    });
  }
  if (direct !== undefined) {
    return demand(at(direct, "valueFrom", "secretKeyRef"), {
      allows: (value) => value !== undefined,
      wanted,
    });
  }
  if (items(at(container, "envFrom")).some((each) => isRecord(at(each, "secretRef").value))) return [];
  const env = at(container, "env");
  return [
    { path: env.blockedAt ?? env.path, found: isHidden(env) ? show(env.value) : "no password", wanted },
  ];
}

function checkRestic(manifest: Manifest): readonly Finding[] {
  const pod = podOf(manifest);
  if (pod === undefined) return [];
  return resticContainers(manifest).flatMap((container) => {
    const name = at(container, "name").value;
    const open = ["command", "args"]
      .flatMap((list) => items(at(container, list)))
      .filter(({ value }) => typeof value !== "string" || value.includes("--insecure-no-password"))
      .map(({ path, value, blockedAt }) => ({
        path: blockedAt ?? path,
        found: typeof value === "string" ? "--insecure-no-password" : show(value),
        wanted: "a repository with a password",
      }));
    return [...open, ...password(container, pod)].map((finding) => ({
      ...finding,
      container: typeof name === "string" ? name : undefined,
    }));
  });
}

const key: Demand = {
  allows: (value) => typeof value === "string" && value !== "",
  wanted: "a key, or an algorithm",
};

/**
 * Keys of `spec.config`, any of which has the store encrypt (the plug-ins' own documents). Azure encrypts every blob and
 * has no key for it.
 */
const encryption: Readonly<Record<string, readonly string[]>> = {
  aws: ["kmsKeyId", "serverSideEncryption", "customerKeyEncryptionFile"],
  gcp: ["kmsKeyName"],
  azure: [],
};

function checkLocation(manifest: Manifest): readonly Finding[] {
  const spec = at(root(manifest), "spec");
  const config = at(spec, "config");
  const provider = at(spec, "provider");
  const keys =
    typeof provider.value === "string" ? encryption[provider.value.replace("velero.io/", "")] : undefined;
  if (keys === undefined) {
    return demand(provider, {
      allows: () => false,
      wanted: `one whose encryption is known here: ${Object.keys(encryption).join(", ")}`,
    });
  }
  const given = keys.map((name) => at(config, name)).filter(({ value }) => value !== undefined);
  const [first = ""] = keys;
  const plain: Demand = {
    allows: (value) => value === undefined || (typeof value === "string" && !value.startsWith("http://")),
    wanted: "https://",
  };
  return [
    ...(keys.length === 0 || given.length > 0
      ? given.flatMap((each) => demand(each, key))
      : demand(at(config, first), key)),
    ...demand(at(config, "s3Url"), plain),
    ...demand(at(config, "insecureSkipTLSVerify"), { allows: oneOf(undefined, "false"), wanted: "nothing" }),
  ];
}

const isLocation = (manifest: Manifest): boolean =>
  groupOf(manifest) === "velero.io" && baseKind(manifest) === "BackupStorageLocation";

export const backupEncrypted: Rule = {
  id: "backup-encrypted",
  item: 10,
  description:
    "Whatever leaves the cluster as a backup is encrypted, with a password or key that is a secret.",
  severity: "high",
  levels: holds.beforeUsers,
  note: "A pod makes backups if a container runs restic, or has variables that restic reads; restic encrypts with its password, which has to come from a Secret, by file or by variable. Velero's store encrypts by `kmsKeyId`, `serverSideEncryption` or `customerKeyEncryptionFile` (AWS and S3), `kmsKeyName` (Google); Azure always does.",
  fix: "give restic its password by a Secret; give a BackupStorageLocation a KMS key or server-side encryption, over TLS.",
  url: "https://restic.readthedocs.io/en/stable/070_encryption.html",
  frameworks: [],
  judges: (manifest) => !isPatch(manifest) && (bearsPod(manifest) || isLocation(manifest)),
  check: (manifest) => (isLocation(manifest) ? checkLocation(manifest) : checkRestic(manifest)),
};
