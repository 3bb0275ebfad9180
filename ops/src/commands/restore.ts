/** `paw restore chain`: a snapshot of the chain's data onto a full node's volume (spec A21). */
import { backupJobs } from "../../../components/backup/names.ts";
import { resticContainerName } from "../../../components/backup/restic.ts";
import { cronJobOf, isOnVolume, refuseWhileRunning, simulatedPods } from "../backup/deployed.ts";
import { actionJob, storedUnder } from "../backup/jobs.ts";
import type { CronJob, Job } from "../backup/plain.ts";
import type { Snapshot } from "../backup/report.ts";
import { jobNamed, remove, runJob, verdictOf } from "../backup/running.ts";
import {
  type Place,
  claimOf,
  fullNodesStopped,
  placeOf,
  refuseWhileUsed,
  startCommand,
} from "../backup/place.ts";
import { UserError } from "../errors.ts";
import { interruptible } from "../interrupt.ts";
import { Progress } from "../progress.ts";
import { type Target, type TargetOptions, openTarget } from "../running/target.ts";
import { inBytes, listed } from "./backup.ts";
import { answerTo } from "./confirm.ts";

export interface RestoreOptions extends TargetOptions {
  readonly json: boolean;
  /** `paw-full-node-N` or `paw-backup`. */
  readonly to: string;
  /** `latest`, or the beginning of an id. */
  readonly snapshot: string;
  readonly stop: boolean;
  readonly undo: boolean;
  readonly yes: boolean;
  readonly confirm?: string;
}

/** Seconds that a restore may take: two terabytes at 25 MB/s. */
const deadline = 24 * 3600;
/** What a restore left in the cluster to look at stays for a week. */
const traces = 7 * 24 * 3600;

/** What is about to happen. */
interface Plan {
  readonly target: Target;
  readonly cron: CronJob;
  readonly place: Place;
  /** Nothing where a restore is taken back. */
  readonly snapshot?: Snapshot;
  readonly options: RestoreOptions;
}

/**
 * Asks, stops what has to be stopped, restores, and starts it again.
 *
 * @throws UserError when anything speaks against it; the node's data is as it was then.
 */
export async function chain(options: RestoreOptions): Promise<void> {
  refuseHalfAnswers(options);
  const target = await openTarget(options);
  const cron = await cronJobOf(target, "chain");
  const place = await placeOf(target, claimOf(options.to));
  await refuseWhileRunning(target, cron);
  const before = await unfinished(target, options.to);
  // The backup's node never runs but as a backup, which was looked for.
  const stops = options.stop && options.to !== backupJobs.chain.cronJob;
  if (!stops) await refuseWhileUsed(target, options.to, place);
  const snapshot = options.undo ? {} : { snapshot: await chosen(target, { cron, id: options.snapshot }) };
  const plan: Plan = { target, cron, place, options, ...snapshot };
  await agree(plan, stops);

  const progress = new Progress();
  if (before !== undefined) await remove(target, before);
  const work = (): Promise<string> => restored(plan, progress);
  const said = stops
    ? await fullNodesStopped(target, { place, node: options.to, progress }, work)
    : await work();
  const seconds = Math.round(progress.seconds);
  if (options.json) {
    const { id, height } = plan.snapshot ?? {};
    const done = {
      node: options.to,
      claim: place.claim,
      snapshot: id,
      height,
      seconds,
      undone: options.undo,
    };
    process.stdout.write(`${JSON.stringify(done, null, 2)}\n`);
  } else {
    process.stdout.write(`${said}\n${seconds} s; ${next(options, stops)}\n`);
  }
}

/** Without a terminal nobody is asked, so both answers have to be there. */
function refuseHalfAnswers({ yes, confirm, to }: RestoreOptions): void {
  if (yes && confirm !== to) {
    throw new UserError(
      confirm === undefined
        ? "--yes needs the node's name once more, so that no script restores to a node that nobody looked at"
        : `--confirm names ${confirm}, and --to names ${to}`,
      [`--yes --confirm ${to}`],
    );
  }
  if (!yes && !process.stdin.isTTY) {
    throw new UserError("a restore replaces a node's data, and nobody is here to be asked", [
      `if you mean it: --yes --confirm ${to}`,
    ]);
  }
}

async function chosen(
  target: Target,
  { cron, id }: { readonly cron: CronJob; readonly id: string },
): Promise<Snapshot> {
  const { snapshots } = await listed(target, { source: "chain", cron });
  const found = id === "latest" ? snapshots.at(-1) : snapshots.find((each) => each.id.startsWith(id));
  if (found !== undefined) return found;
  throw new UserError(id === "latest" ? "nothing is stored yet" : `there is no snapshot ${id}`, [
    `see: npx paw backup list --stack ${target.stack}`,
  ]);
}

const jobName = (node: string): string => `restore-${node}`;

/** A restore of this node that was made before, if it has ended; its Job makes way for the new one. */
async function unfinished(
  target: Target,
  node: string,
): Promise<{ readonly name: string; readonly namespace: string } | undefined> {
  const named = { name: jobName(node), namespace: backupJobs.chain.namespace };
  const job: Job | undefined = await jobNamed(target, named);
  if (job === undefined) return undefined;
  if (verdictOf(job) !== undefined) return named;
  throw new UserError(`a restore of ${node} is under way: Job ${named.namespace}/${named.name}`, [
    `watch it: kubectl -n ${named.namespace} logs -f job/${named.name}`,
  ]);
}

/** Shows what will be replaced by what, and has the node's name typed. */
async function agree({ target, place, snapshot, options }: Plan, stops: boolean): Promise<void> {
  const facts: readonly (readonly [string, string])[] = [
    ["cluster", `${target.context} (stack ${target.stack})`],
    ["node", options.to],
    ["volume", `claim ${place.namespace}/${place.claim}, ${place.size}`],
    ...(snapshot
      ? ([
          [
            "replaced by",
            `snapshot ${snapshot.id.slice(0, 8)} of ${snapshot.time.toISOString()}, height ${snapshot.height ?? "not known"}, ${inBytes(snapshot.bytes ?? 0)}`,
          ],
          ["stays", "the node's own key, signing state and address book"],
        ] as const)
      : ([["taken back", "a restore that did not end; the data before it comes back"]] as const)),
    ...(stops ? ([["stopped", "all full nodes, for as long as it takes"]] as const) : []),
  ];
  for (const [what, how] of facts) process.stderr.write(`  ${what.padEnd(12)} ${how}\n`);
  if (options.yes) return;
  if ((await answerTo(`Type ${options.to} to go on: `)) !== options.to)
    throw new UserError("that is not its name; nothing was touched");
}

async function restored(
  { target, cron, place, snapshot, options }: Plan,
  progress: Progress,
): Promise<string> {
  const what = options.undo ? "taking a restore back" : "restoring";
  progress.step(`${what}: ${place.claim}`);
  const job = actionJob(cron, {
    name: jobName(options.to),
    script: "restore.sh",
    env: {
      CHAIN_ID: storedUnder("chain", cron),
      CLAIM: place.claim,
      SNAPSHOT: snapshot?.id ?? "latest",
      UNDO: options.undo ? "yes" : "no",
    },
    onVolume: isOnVolume(target, "chain"),
    target: place.claim,
    deadline,
    kept: traces,
  });
  const ended = await interruptible({ what: `${what}, which goes on in the cluster` }, (signal) =>
    runJob(target, job, { container: resticContainerName, signal, note: progress.note, endsWithUs: false }),
  );
  const said = ended.log.split("\n").findLast((line) => /^restore: (done|taken back)/.test(line));
  if (ended.succeeded && said !== undefined) return said;
  if (target.embedded && ended.log === "") throw new UserError(`not evaluated: ${simulatedPods}`);
  throw new UserError(`${what} failed: ${ended.reason || "its log broke off"}`, [
    "whatever it says of the node's data holds; the same command goes on, and --undo takes it back",
    "what to do: docs/runbooks/backups.md",
  ]);
}

function next({ to }: RestoreOptions, stops: boolean): string {
  if (to === backupJobs.chain.cronJob) return "the next backup goes on from there";
  return stops ? "the full nodes are starting" : `start the node: ${startCommand("N")}`;
}
