/** `paw backup`: makes backups, shows them, and looks whether they are any good (spec A21, A27). */
import type { BackupSource } from "../../../components/backup/names.ts";
import { resticContainerName } from "../../../components/backup/restic.ts";
import { cronJobOf, look, refuseWhileRunning, simulatedPods, suffix } from "../backup/deployed.ts";
import { backupJob } from "../backup/jobs.ts";
import type { CronJob } from "../backup/plain.ts";
import type { Report, Snapshot } from "../backup/report.ts";
import { runJob } from "../backup/running.ts";
import { type Verification, verificationChecks } from "../backup/verification.ts";
import { UserError } from "../errors.ts";
import { interruptible } from "../interrupt.ts";
import { Progress } from "../progress.ts";
import { runChecks } from "../running/checks.ts";
import { finish } from "../running/finish.ts";
import { type Target, type TargetOptions, openTarget } from "../running/target.ts";
import { table } from "../table.ts";

interface Options extends TargetOptions {
  readonly json: boolean;
}

/** Seconds that a look at the list may take. */
const listDeadline = 900;
/** Seconds that reading back may take: all of a terabyte at 50 MB/s. */
const verifyDeadline = 6 * 3600;

/** `paw backup run`: the scheduled Job, now. It goes on when this command is interrupted. */
export async function run(source: BackupSource, options: Options): Promise<void> {
  const target = await openTarget(options);
  const progress = new Progress();
  const made = await makeBackup(target, source, progress);
  const { job, namespace, snapshot } = made;
  const seconds = Math.round(progress.seconds);
  if (options.json) {
    write(`${JSON.stringify({ ...made, verdict: snapshot ? "proven" : "simulated", seconds }, null, 2)}\n`);
  } else if (snapshot === undefined) {
    write(`simulated: Job ${namespace}/${job} ended, and nothing was stored (${simulatedPods})\n`);
  } else {
    write(`stored as snapshot ${snapshot}, and read back in part, in ${seconds} s\n`);
  }
}

export interface MadeBackup {
  /** Name of the Job. */
  readonly job: string;
  readonly namespace: string;
  /** Id of what was stored; nothing where pods are simulated. */
  readonly snapshot?: string | undefined;
}

/**
 * Runs a backup to its end.
 *
 * @throws UserError when one is under way, when it fails, or when a real pod stored nothing.
 */
export async function makeBackup(
  target: Target,
  source: BackupSource,
  progress: Progress,
): Promise<MadeBackup> {
  const cron = await cronJobOf(target, source);
  await refuseWhileRunning(target, cron);
  progress.step(`backup of ${source === "chain" ? "the chain's data" : "Vault"} on ${target.context}`);
  const job = backupJob(cron, `manual-${suffix()}`);
  const { name = "", namespace = "" } = job.metadata ?? {};
  const ended = await interruptible({ what: "a backup runs, which goes on in the cluster" }, (signal) =>
    runJob(target, job, { container: resticContainerName, signal, note: progress.note, endsWithUs: false }),
  );
  if (!ended.succeeded) {
    throw new UserError(`the backup failed: ${ended.reason}`, [
      `all of it: kubectl -n ${namespace} logs job/${name} --all-containers`,
      "what to do: docs/runbooks/backups.md",
    ]);
  }
  const snapshot = /^snapshot ([0-9a-f]{8}) saved$/m.exec(ended.log)?.[1];
  if (snapshot === undefined && !target.embedded) {
    throw new UserError(`Job ${namespace}/${name} ended well, and its log names no snapshot`, [
      `look at it: kubectl -n ${namespace} logs job/${name}`,
    ]);
  }
  return { job: name, namespace, snapshot };
}

/** `paw backup list`: what is stored. */
export async function list(source: BackupSource, options: Options): Promise<void> {
  const target = await openTarget(options);
  const cron = await cronJobOf(target, source);
  const report = await listed(target, { source, cron });
  if (options.json) {
    write(
      `${JSON.stringify({ stack: target.stack, context: target.context, source, ...report }, null, 2)}\n`,
    );
    return;
  }
  const rows = report.snapshots.map(rowOf);
  write(table([["SNAPSHOT", "TIME (UTC)", "HEIGHT", "RESTORED SIZE"], ...rows]));
  const stored = report.storedBytes === undefined ? "" : `, ${inBytes(report.storedBytes)} in the store`;
  write(`${report.snapshots.length} snapshots of ${source}${stored}\n`);
}

/**
 * The snapshots of a source.
 *
 * @throws UserError when the repository cannot be read, or pods are simulated.
 */
export async function listed(
  target: Target,
  of: { readonly source: BackupSource; readonly cron: CronJob },
): Promise<Report> {
  const progress = new Progress();
  progress.step(`looking into the repository of ${of.source}`);
  const { ended, report } = await interruptible({ what: "looking into the repository" }, (signal) =>
    look(target, of, {
      script: "list.sh",
      deadline: listDeadline,
      signal,
      note: progress.note,
      endsWithUs: true,
    }),
  );
  if (ended.succeeded && report.whole) return report;
  if (target.embedded && ended.log === "") throw new UserError(`not evaluated: ${simulatedPods}`);
  throw new UserError(`the repository could not be read: ${ended.reason || "its list broke off"}`, [
    "what to do: docs/runbooks/backups.md",
  ]);
}

/** `paw backup verify`: is it there, young enough, whole, and without keys? */
export async function verify(
  source: BackupSource,
  options: Options & { readonly read: string; readonly junit?: string },
): Promise<void> {
  const target = await openTarget(options);
  const cron = await cronJobOf(target, source);
  await refuseWhileRunning(target, cron);
  const progress = new Progress();
  progress.step(`reading ${options.read} of the repository of ${source} back`);
  const { ended, report } = await interruptible({ what: "reading the repository back" }, (signal) =>
    look(
      target,
      { source, cron },
      {
        script: "verify.sh",
        env: { READ: options.read },
        deadline: verifyDeadline,
        signal,
        note: progress.note,
        endsWithUs: true,
      },
    ),
  );
  const context: Verification = {
    source,
    report,
    ended,
    schedule: cron.spec.schedule,
    now: new Date(),
    simulated: target.embedded && ended.log === "",
  };
  // What a real container read back is no less real where the rest of the cluster is simulated.
  const results = await runChecks(verificationChecks, { context, embedded: context.simulated });
  const about = {
    command: `paw backup verify ${source}`,
    stack: target.stack,
    context: target.context,
    results,
  };
  await finish(about, options);
}

function rowOf({ id, time, height, bytes }: Snapshot): string[] {
  return [
    id.slice(0, 8),
    time.toISOString().slice(0, 19).replace("T", " "),
    height === undefined ? "not known" : String(height),
    bytes === undefined ? "" : inBytes(bytes),
  ];
}

/** Bytes as people read them. */
export function inBytes(bytes: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB"];
  const power = Math.min(units.length - 1, Math.floor(Math.log2(Math.max(bytes, 1)) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 ? value : value.toFixed(1)} ${units[power]}`;
}

function write(text: string): void {
  process.stdout.write(text);
}
