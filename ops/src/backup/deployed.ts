/** The scheduled backup of a stack, as its cluster has it, and reports that are made from it. */
import { BatchV1Api } from "@kubernetes/client-node";

import { type BackupSource, backupJobs } from "../../../components/backup/names.ts";
import { resticContainerName } from "../../../components/backup/restic.ts";
import { UserError } from "../errors.ts";
import type { Target } from "../running/target.ts";
import { actionJob, storedUnder } from "./jobs.ts";
import type { CronJob, Job } from "./plain.ts";
import { type Report, readReport } from "./report.ts";
import { type Ended, type Watching, codeOf, runJob } from "./running.ts";

/** Traces of a Job that only read stay for an hour. */
const readTraces = 3600;

/** @throws UserError when the stack has no such backup. */
export async function cronJobOf(
  { kubeconfig, stack, context }: Target,
  source: BackupSource,
): Promise<CronJob> {
  const { namespace, cronJob: name } = backupJobs[source];
  try {
    return await kubeconfig.makeApiClient(BatchV1Api).readNamespacedCronJob({ name, namespace });
  } catch (error) {
    if (codeOf(error) !== 404) throw error;
    throw new UserError(`${context} has no CronJob ${namespace}/${name}`, [
      source === "vault"
        ? "snapshots are taken where Vault keeps something: paw:platform.vaultSeal, and the platform's charts"
        : `deploy the stack first: pulumi up --stack ${stack}`,
    ]);
  }
}

/** A few characters that tell Jobs apart. */
export function suffix(now = new Date()): string {
  return Math.floor(now.getTime() / 1000).toString(36);
}

/** Whether the repository lies on the backup's own volume, as it does where no store is configured: in `local`. */
export function isOnVolume({ config }: Target, source: BackupSource): boolean {
  return source === "chain" && config.secrets.source === "cluster";
}

/**
 * @throws UserError when a backup runs now: it holds the repository's lock, and its volume.
 */
export async function refuseWhileRunning(target: Target, cron: CronJob): Promise<void> {
  const { items } = await target.kubeconfig
    .makeApiClient(BatchV1Api)
    .listNamespacedJob({ namespace: cron.metadata?.namespace ?? "" });
  const isOurs = ({ metadata }: Job): boolean =>
    metadata?.ownerReferences?.some(
      ({ uid, controller }) => controller === true && uid === cron.metadata?.uid,
    ) ?? false;
  const running = items.find((job) => isOurs(job) && (job.status?.active ?? 0) > 0);
  if (running === undefined) return;
  const name = running.metadata?.name ?? "";
  const namespace = running.metadata?.namespace ?? "";
  throw new UserError(`a backup is running: Job ${namespace}/${name}`, [
    `wait for it: kubectl wait -n ${namespace} job/${name} --for=condition=complete --timeout=6h`,
  ]);
}

export interface Looking extends Watching {
  readonly script: "list.sh" | "verify.sh";
  readonly env?: Readonly<Record<string, string>>;
  /** Seconds that it may take. */
  readonly deadline: number;
}

/** Runs a script that looks into the repository, and reads what it says. */
export async function look(
  target: Target,
  { source, cron }: { readonly source: BackupSource; readonly cron: CronJob },
  { script, env = {}, deadline, ...watching }: Looking,
): Promise<{ readonly ended: Ended; readonly report: Report }> {
  const job = actionJob(cron, {
    name: `backup-${script.replace(".sh", "")}-${suffix()}`,
    script,
    env: { SOURCE_HOST: storedUnder(source, cron), ...env },
    onVolume: isOnVolume(target, source),
    deadline,
    kept: readTraces,
  });
  const ended = await runJob(target, job, { ...watching, container: resticContainerName });
  return { ended, report: readReport(ended.log) };
}

/** Why nothing can be said of a Job that left no trace where pods are simulated. */
export const simulatedPods = "the pods of this cluster are simulated: no container ran";
