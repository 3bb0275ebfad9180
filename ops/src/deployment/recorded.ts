/** The frame of every deployment: what was there before, the work, the record of how it went. */
import type { Session } from "../commands/session.ts";
import { UserError, firstLine } from "../errors.ts";
import type { DeploymentRecord, Outcome } from "../records/record.ts";
import { Recorder } from "../records/recorder.ts";
import { keepRecord } from "../records/store.ts";
import type { Target } from "../running/target.ts";
import { type Update, historyOf } from "./history.ts";
import { type Revision, currentRevisions } from "./revisions.ts";

export interface Before {
  /** The newest update that succeeded; nothing on a stack that was never deployed. */
  readonly update: Update | undefined;
  readonly revisions: readonly Revision[];
}

/** Ends work whose outcome is not a success, with the reason in its record. */
export class DeploymentError extends UserError {
  readonly outcome: Outcome;

  constructor(outcome: Outcome, message: string, hints: readonly string[] = []) {
    super(message, hints);
    this.outcome = outcome;
  }
}

/** Does the work, and keeps a record of it whatever its end. */
export async function recorded(
  session: Session,
  target: Target,
  about: {
    readonly command: DeploymentRecord["command"];
    readonly components: readonly string[];
    readonly work: (recorder: Recorder, before: Before) => Promise<void>;
  },
): Promise<void> {
  const recorder = new Recorder(target, about);
  const before = {
    update: (await historyOf(target.stack)).find(({ succeeded }) => succeeded),
    revisions: await currentRevisions(target),
  };
  recorder.foundBefore({ deployed: before.update?.ended ?? "", revisions: before.revisions });
  const keep = async (outcome: Outcome, reason?: string): Promise<void> => {
    const { files, problem } = await keepRecord(target, await recorder.finish(outcome, reason));
    session.progress.step(`Record: ${files.join(", ")}`);
    if (problem !== undefined) session.progress.note(`the cluster has no copy of it: ${problem}`);
  };
  try {
    await about.work(recorder, before);
  } catch (error) {
    const outcome = error instanceof DeploymentError ? error.outcome : "failed";
    await keep(process.exitCode === 130 ? "interrupted" : outcome, firstLine(error));
    throw error;
  }
  await keep("succeeded");
}
