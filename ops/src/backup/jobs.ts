/**
 * Jobs made from what is deployed: a backup's CronJob holds the image, the account, the security contexts and the names of
 * Secrets, so that nothing of them is known, or asked for, on the operator's machine.
 */
import { type BackupSource, vaultSource } from "../../../components/backup/names.ts";
import { backupScriptsFolder, resticContainerName } from "../../../components/backup/restic.ts";
import { UserError } from "../errors.ts";
import type { Container, CronJob, Job, PodSpec, Variable } from "./plain.ts";

/** Volume of the backup's own claim in the CronJob's pod. */
const dataVolume = "data";
/** Where the target of a restore is in a pod. */
const targetFolder = "/target";

/** A backup now: the CronJob's own Job, owned by it as `kubectl create job --from` does it. */
export function backupJob(cron: CronJob, suffix: string): Job {
  const { metadata, spec } = cron;
  const template = required(spec, cron).jobTemplate;
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: `${metadata?.name ?? ""}-${suffix}`,
      namespace: metadata?.namespace ?? "",
      labels: { ...template.metadata?.labels },
      annotations: { ...template.metadata?.annotations, "cronjob.kubernetes.io/instantiate": "manual" },
      // The schedule knows of this run, and begins none beside it.
      ownerReferences: [{ ...ownedBy(cron), controller: true }],
    },
    spec: required(template.spec, cron),
  };
}

/** Makes an object go with the CronJob: one that stayed would keep the claims that its pod mounts. */
function ownedBy({ metadata }: CronJob): { apiVersion: string; kind: string; name: string; uid: string } {
  const { name = "", uid = "" } = metadata ?? {};
  return { apiVersion: "batch/v1", kind: "CronJob", name, uid };
}

export interface ActionRequest {
  /** Name of the Job. */
  readonly name: string;
  /** Script of `components/backup/scripts`, by file name. */
  readonly script: string;
  readonly env: Readonly<Record<string, string>>;
  /** Whether the repository lies on the backup's own volume, which the pod mounts then. */
  readonly onVolume: boolean;
  /** Claim that is restored to. */
  readonly target?: string;
  /** Seconds after which it is ended. */
  readonly deadline: number;
  /** Seconds that its traces stay. */
  readonly kept: number;
}

/** A Job that runs another script in the container that stores backups, and nothing else of that pod. */
export function actionJob(cron: CronJob, request: ActionRequest): Job {
  const jobTemplate = required(cron.spec, cron).jobTemplate;
  const template = required(jobTemplate.spec?.template, cron);
  const pod = required(template.spec, cron);
  const labels = { ...template.metadata?.labels };
  return {
    apiVersion: "batch/v1",
    kind: "Job",
    metadata: {
      name: request.name,
      namespace: cron.metadata?.namespace ?? "",
      labels,
      ownerReferences: [ownedBy(cron)],
    },
    spec: {
      backoffLimit: 0,
      activeDeadlineSeconds: request.deadline,
      ttlSecondsAfterFinished: request.kept,
      template: { metadata: { labels }, spec: actionPod(pod, request, cron) },
    },
  };
}

function actionPod(pod: PodSpec, request: ActionRequest, cron: CronJob): PodSpec {
  const container = required(storing(pod), cron);
  const { onVolume, target } = request;
  // What is stored is mounted for those that store: here only where the repository itself lies there.
  const kept = (name: string): boolean => !isStored(pod, name) || (onVolume && name === dataVolume);
  const mounts = (container.volumeMounts ?? []).filter(({ name }) => kept(name));
  const own = (pod.volumes ?? []).find(({ name }) => name === dataVolume)?.persistentVolumeClaim?.claimName;
  // One claim is one volume of a pod, however often it is mounted.
  const targetVolume = onVolume && target === own ? dataVolume : "target";
  const volumes = (pod.volumes ?? []).filter(({ name }) => mounts.some((mount) => mount.name === name));
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- a pod of its own has no steps before
  const { initContainers, ...rest } = pod;
  return {
    ...rest,
    restartPolicy: "Never",
    containers: [
      {
        ...container,
        command: ["sh", `${backupScriptsFolder}/${request.script}`],
        env: [...without(container.env ?? [], request.env), ...asVariables(request.env)],
        volumeMounts: [
          ...mounts,
          ...(target === undefined ? [] : [{ name: targetVolume, mountPath: targetFolder }]),
        ],
      },
    ],
    volumes: [
      ...volumes,
      ...(target === undefined || targetVolume === dataVolume
        ? []
        : [{ name: targetVolume, persistentVolumeClaim: { claimName: target } }]),
    ],
  };
}

/** Whether a volume holds what is backed up: the node's claim, or Vault's snapshot. */
function isStored({ volumes = [] }: PodSpec, name: string): boolean {
  const volume = volumes.find((each) => each.name === name);
  return volume?.persistentVolumeClaim !== undefined || name === "snapshot";
}

function storing({ containers }: PodSpec): Container | undefined {
  return containers.find(({ name }) => name === resticContainerName);
}

const asVariables = (env: Readonly<Record<string, string>>): Variable[] =>
  Object.entries(env).map(([name, value]) => ({ name, value }));

const without = (env: readonly Variable[], names: object): Variable[] =>
  env.filter(({ name }) => !(name in names));

/** The name that a source's snapshots are stored under. */
export function storedUnder(source: BackupSource, cron: CronJob): string {
  if (source === "vault") return vaultSource;
  const pod = cron.spec.jobTemplate.spec?.template.spec;
  const chainId = pod && storing(pod)?.env?.find(({ name }) => name === "CHAIN_ID")?.value;
  return required(chainId, cron);
}

function required<T>(value: T | undefined, { metadata }: CronJob): T {
  if (value !== undefined) return value;
  throw new UserError(
    `CronJob ${metadata?.namespace ?? ""}/${metadata?.name ?? ""} is not as this version of paw deploys it`,
    ["bring the stack up to date first: pulumi up"],
  );
}
