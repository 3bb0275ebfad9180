/** Back to what was deployed before: pods first, then everything, by the program of that time. */
import type { Session } from "../commands/session.ts";
import type { Recorder } from "../records/recorder.ts";
import { apply } from "./apply.ts";
import type { Update } from "./history.ts";
import { withProgramOf } from "./program.ts";
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
  /** Workloads' revisions of that time, where they are known: pods go back at once, before Pulumi has begun. */
  readonly revisions: readonly Revision[];
}

/**
 * Goes back, and writes it into the record.
 *
 * @throws UserError when the program of that time cannot be run; the pods are back then, and the message says what is left.
 */
export async function rollBack(session: Session, recorder: Recorder, plan: RollbackPlan): Promise<void> {
  const { progress } = session;
  const { target } = recorder;
  progress.step("Pods: former templates");
  const undone = await undoTo(target, plan.revisions);
  for (const { kind, namespace, name, of } of undone)
    progress.note(`${kind} ${namespace}/${name}: back to ${of}`);
  if (undone.length === 0) progress.note("all have them, or no revision of that time is known");
  recorder.step(`${undone.length} workloads have their former pod templates`);

  const { to } = plan;
  const dirty = to.dirty ? ", without the files that were changed then" : "";
  progress.step(
    `Program: commit ${to.commit.slice(0, 8)} with the configuration of update ${to.version}${dirty}`,
  );
  const changes = await withProgramOf(target.stack, to, (folder) =>
    apply(session, { stack: target.stack, components: [], yes: true, folder }),
  );
  recorder.changed(changes);
  recorder.step(`the program of update ${to.version} (${to.ended}) is applied`);
}
