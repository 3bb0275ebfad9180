/** Back to what was deployed before: by the program of that time, or, where that cannot run, the pods alone. */
import type { Session } from "../commands/session.ts";
import type { Recorder } from "../records/recorder.ts";
import { apply } from "./apply.ts";
import type { Update } from "./history.ts";
import { ProgramError, withProgramOf } from "./program.ts";
import { DeploymentError } from "./recorded.ts";
import { type Revision, undoTo } from "./revisions.ts";

/** What no rollback brings back; printed each time, since it is what people expect of one. */
export const notTakenBack = [
  "data: blocks that were made, what a new binary wrote into a node's database, volumes that grew",
  "an upgrade at a height: nodes that passed it stay on the new binary (docs/runbooks/day-two.md)",
  "values in Vault, keys, and reservations of keys",
  "custom resource definitions whose stored version changed",
  "what was deleted: objects come back, and what they held does not",
] as const;

export interface RollbackPlan {
  /** What is gone back to. */
  readonly to: Update;
  /** Workloads' revisions of that time, where they are known. */
  readonly revisions: readonly Revision[];
}

/**
 * Goes back, and writes it into the record.
 *
 * Pods do not go first: a pod reads its ConfigMaps when it begins, so the templates of that time with the settings of now
 * would be neither the one nor the other.
 *
 * @throws DeploymentError when the program of that time cannot be run: pods have their former templates then, as far as
 *   their revisions are known, and the message says what is left.
 */
export async function rollBack(session: Session, recorder: Recorder, plan: RollbackPlan): Promise<void> {
  const { to } = plan;
  const { stack } = recorder.target;
  const dirty = to.dirty ? ", without the files that were changed then" : "";
  session.progress.step(
    `Program: commit ${to.commit.slice(0, 8)} with the configuration of update ${to.version}${dirty}`,
  );
  try {
    const changes = await withProgramOf(stack, to, (folder) =>
      apply(session, { stack, components: [], yes: true, folder }),
    );
    recorder.changed(changes);
    recorder.step(`the program of update ${to.version} (${to.ended}) is applied`);
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    session.progress.step(error.message);
    const undone = await undoPods(session, recorder, plan.revisions);
    throw new DeploymentError(
      "failed",
      `${error.message}; ${undone} workloads have their former pod templates, and everything else is as it was`,
      error.hints,
    );
  }
}

/**
 * Gives workloads the pod templates of former revisions, and nothing else: settings stay, and so does Pulumi's state.
 *
 * @returns how many were changed.
 */
export async function undoPods(
  { progress }: Session,
  recorder: Recorder,
  revisions: readonly Revision[],
): Promise<number> {
  progress.step("Pods: former templates");
  const undone = await undoTo(recorder.target, revisions);
  for (const { kind, namespace, name, of } of undone)
    progress.note(`${kind} ${namespace}/${name}: back to ${of}`);
  if (undone.length === 0) progress.note("all have them, or no revision of that time is known");
  recorder.step(`${undone.length} workloads have their former pod templates`);
  return undone.length;
}
