/** Containers that keep data in an encrypted restic repository, and the scripts that run in them. */
import { readFileSync } from "node:fs";

import type { types } from "@pulumi/kubernetes";

import { restrictedContainerContext } from "../security/podSecurity.ts";

type Container = types.input.core.v1.Container;
type EnvVar = types.input.core.v1.EnvVar;
type Volume = types.input.core.v1.Volume;
type VolumeMount = types.input.core.v1.VolumeMount;

/** Name of the container that runs restic; `paw backup` and `paw restore` make their own pods from it. */
export const resticContainerName = "backup";
/** Where the scripts of `scripts/` are in a pod, and the volume that they come by. */
export const backupScriptsFolder = "/backup";
const scriptsVolume = "backup-scripts";
/** Where the repository's Secret is in a pod, of which restic reads its password, and the volume that it comes by. */
const secretFolder = "/restic";
const secretVolume = "restic";

/** Resources of restic, which holds its index in memory, and a cache of 1 Gi on the disk (our own choice). */
export const resticResources = { cpu: "1", memory: "1Gi", "ephemeral-storage": "3Gi" } as const;

/** What restic reads from its environment to find the repository and to be let in (restic's own names). */
const storeVariables = [
  { name: "RESTIC_REPOSITORY", optional: false },
  { name: "AWS_ACCESS_KEY_ID", optional: true },
  { name: "AWS_SECRET_ACCESS_KEY", optional: true },
];

export interface ResticArgs {
  /** restic 0.14 or newer, with busybox's shell and tools. */
  readonly image: string;
  /** Script of `scripts/`, by file name. */
  readonly script: string;
  /** Secret with RESTIC_REPOSITORY, RESTIC_PASSWORD and the store's credentials. */
  readonly secret: string;
  readonly env: readonly EnvVar[];
  /** What it keeps. */
  readonly mounts: readonly VolumeMount[];
}

/** The container; its volumes are {@link resticVolumes}. The password comes by file, and credentials in no argument. */
export function resticContainer({ image, script, secret, env, mounts }: ResticArgs): Container {
  return {
    name: resticContainerName,
    image,
    imagePullPolicy: "IfNotPresent",
    command: ["sh", `${backupScriptsFolder}/${script}`],
    env: [
      ...env,
      { name: "RESTIC_CACHE_DIR", value: "/cache" },
      { name: "RESTIC_PASSWORD_FILE", value: `${secretFolder}/RESTIC_PASSWORD` },
      ...storeVariables.map(({ name, optional }) => ({
        name,
        valueFrom: { secretKeyRef: { name: secret, key: name, optional } },
      })),
    ],
    resources: { requests: { ...resticResources }, limits: { ...resticResources } },
    securityContext: restrictedContainerContext(),
    volumeMounts: [
      ...mounts,
      { name: "tmp", mountPath: "/tmp" },
      { name: "cache", mountPath: "/cache" },
      { name: secretVolume, mountPath: secretFolder, readOnly: true },
      { name: scriptsVolume, mountPath: backupScriptsFolder, readOnly: true },
    ],
  };
}

/** Volumes of {@link resticContainer} but for `tmp`, which a pod has for all of its containers. */
export function resticVolumes(secret: string, scripts: string): Volume[] {
  return [
    { name: "cache", emptyDir: { sizeLimit: "1Gi" } },
    { name: secretVolume, secret: { secretName: secret, defaultMode: 0o440 } },
    { name: scriptsVolume, configMap: { name: scripts, defaultMode: 0o555 } },
  ];
}

/** Scripts of `scripts/`, by file name; `repository.sh`, which all of them read, is among them. */
export function backupScripts(...names: readonly string[]): Record<string, string> {
  const read = (file: string): string => readFileSync(new URL(`scripts/${file}`, import.meta.url), "utf8");
  return Object.fromEntries([...names, "repository.sh"].sort().map((file) => [file, read(file)]));
}
