import { apply, countChanges, enterStack } from "../deployment/apply.ts";
import type { ComponentName } from "../deployment/components.ts";
import { historyOf } from "../deployment/history.ts";
import { lookAt, watch } from "../deployment/look.ts";
import { type Before, DeploymentError, recorded } from "../deployment/recorded.ts";
import { notTakenBack, rollBack } from "../deployment/rollback.ts";
import { UserError, firstLine } from "../errors.ts";
import type { Recorder } from "../records/recorder.ts";
import { type Result, allHold } from "../running/checks.ts";
import { configFrom } from "../stackFile.ts";
import { openTarget, type Target, type TargetOptions } from "../running/target.ts";
import { makeBackup } from "./backup.ts";
import { confirmed } from "./confirm.ts";
import { type Session, openSession } from "./session.ts";

export interface UpgradeOptions extends TargetOptions {
  readonly components: readonly ComponentName[];
  /** Seconds that the new release is watched (spec B16: 30 minutes). */
  readonly watch: number;
  /** Seconds between two looks. */
  readonly every: number;
  /** Seconds at the beginning of the watch in which nothing counts. */
  readonly settle: number;
  readonly backup: boolean;
  /** Goes on though not all is well before. */
  readonly force: boolean;
  readonly yes: boolean;
}

/** `paw upgrade`: backup, apply, watch, verify; and back by itself when something is wrong (spec A27, B16). */
export async function upgrade(options: UpgradeOptions): Promise<void> {
  const session = await openSession();
  const { stack, components } = options;
  await enterStack(session, stack);
  const target = await openTarget(options);
  await refuseIfUnwell(session, target, options);
  if (
    !(await confirmed(
      `upgrade ${components.join(", ") || "everything"} of ${stack} on ${target.context}`,
      options.yes,
    ))
  )
    throw new UserError("nothing was changed");
  await recorded(session, target, {
    command: "upgrade",
    components,
    work: async (recorder, before) => {
      await backUp(session, recorder, options);
      try {
        await release(session, recorder, options);
      } catch (error) {
        await goBack(session, { recorder, before, reason: firstLine(error) });
      }
    },
  });
  process.stdout.write(`${stack}: upgraded, and watched for ${options.watch} s without a fault\n`);
}

/**
 * A system that is not well before would be blamed on the new release, and rolled back for nothing. It is held against what
 * is deployed, and not against what the stack file has by now.
 */
async function refuseIfUnwell(session: Session, target: Target, options: UpgradeOptions): Promise<void> {
  session.progress.step("Before: gates and checks");
  const deployed = (await historyOf(target.stack)).find(({ succeeded }) => succeeded);
  if (deployed === undefined) {
    throw new UserError(`${target.stack} was never deployed: there is nothing to upgrade`, [
      `npx paw deploy --stack ${target.stack}`,
    ]);
  }
  const before = { ...target, config: configFrom(target.stack, deployed.config) };
  const results = await lookAt(before, options.components);
  if (allHold(results)) return;
  const wrong = tell(results);
  for (const line of wrong) session.progress.note(line);
  if (options.force) return;
  throw new UserError(
    `not all is well before the upgrade (${wrong.length} checks do not hold); nothing was changed`,
    ["mend that first: npx paw verify, npx paw validate", "or upgrade all the same with --force"],
  );
}

async function backUp(
  session: Session,
  recorder: Recorder,
  { components, backup }: UpgradeOptions,
): Promise<void> {
  const ofChain = components.length === 0 || components.includes("chain");
  if (!ofChain || !backup) {
    recorder.step(
      ofChain ? "no backup was made: --no-backup" : "no backup was made: the chain is not touched",
    );
    return;
  }
  const { snapshot } = await makeBackup(recorder.target, "chain", session.progress);
  recorder.step(
    snapshot === undefined ? "a backup was simulated" : `a backup was made: snapshot ${snapshot}`,
  );
}

/** Applies and watches; throws when either goes wrong. */
async function release(session: Session, recorder: Recorder, options: UpgradeOptions): Promise<void> {
  const { progress } = session;
  progress.step("Deployment");
  const changes = await apply(session, { ...options, yes: true });
  recorder.changed(changes);
  recorder.step(`applied: ${countChanges(changes)} changes`);
  progress.step(`Watch: ${options.watch} s, a look every ${options.every} s`);
  recorder.watched(options.watch / 60);
  const wrong = await watch(recorder.target, {
    components: options.components,
    seconds: options.watch,
    every: options.every,
    settle: options.settle,
    seen: (results) => {
      recorder.looked(results);
      for (const line of tell(results)) progress.note(line);
    },
  });
  if (wrong.length > 0) throw new UserError(tell(wrong).join("; "));
  recorder.step("the watch is over: every check held");
}

async function goBack(
  session: Session,
  { recorder, before, reason }: { recorder: Recorder; before: Before; reason: string },
): Promise<never> {
  recorder.step(`the release does not hold: ${reason}`);
  session.progress.step(`The release does not hold: ${reason}`);
  if (before.update === undefined)
    throw new DeploymentError(
      "failed",
      `${reason}; there is nothing to roll back to: the stack was never deployed before`,
    );
  try {
    await rollBack(session, recorder, { to: before.update, revisions: before.revisions });
  } catch (error) {
    throw new DeploymentError("failed", `${reason}; and the rollback did not end: ${firstLine(error)}`, [
      ...(error instanceof UserError ? error.hints : []),
      "look with: npx paw verify --full; try again with: npx paw rollback",
    ]);
  }
  throw new DeploymentError("rolled back", `the release was rolled back by itself: ${reason}`, [
    "npx paw record list; npx paw record show ID --incident begins the report",
    `not taken back: ${notTakenBack.join("; ")}`,
  ]);
}

/** Checks that do not hold, a line each. */
function tell(results: readonly Result[]): string[] {
  return results
    .filter((result) => !allHold([result]))
    .map(({ title, faults, notEvaluated }) => `${title}: ${faults[0]?.found ?? notEvaluated ?? ""}`);
}
