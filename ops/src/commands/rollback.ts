import { enterStack } from "../deployment/apply.ts";
import { historyOf, previousOf } from "../deployment/history.ts";
import { recorded } from "../deployment/recorded.ts";
import type { Revision } from "../deployment/revisions.ts";
import { notTakenBack, rollBack } from "../deployment/rollback.ts";
import { UserError } from "../errors.ts";
import { listRecords } from "../records/store.ts";
import { type Target, type TargetOptions, openTarget } from "../running/target.ts";
import { confirmed } from "./confirm.ts";
import { openSession } from "./session.ts";

export interface RollbackOptions extends TargetOptions {
  /** Number of an update in the stack's history. */
  readonly to?: number;
  readonly yes: boolean;
}

/** `paw rollback`: back to the update before, or to a named one (spec A27). */
export async function rollback(options: RollbackOptions): Promise<void> {
  const session = await openSession();
  const { stack } = options;
  await enterStack(session, stack);
  const target = await openTarget(options);
  const to = previousOf(await historyOf(stack), options.to);
  process.stderr.write(
    [
      `back to update ${to.version} of ${to.ended}: commit ${to.commit.slice(0, 8) || "unknown"}${to.dirty ? ", which had changed files" : ""}`,
      "not taken back:",
      ...notTakenBack.map((line) => `- ${line}`),
      "",
    ].join("\n"),
  );
  if (!(await confirmed(`roll ${stack} on ${target.context} back`, options.yes)))
    throw new UserError("nothing was changed");
  const revisions = await revisionsOf(target, to.ended);
  await recorded(session, target, {
    command: "rollback",
    components: [],
    work: (recorder) => rollBack(session, recorder, { to, revisions }),
  });
  process.stdout.write(`${stack}: what update ${to.version} had is deployed again\n`);
}

/** The workloads' revisions while some update was there, as the record of the deployment after it has them. */
async function revisionsOf(target: Target, deployed: string): Promise<readonly Revision[]> {
  const records = await listRecords(target);
  return records.find(({ before }) => before.deployed === deployed)?.before.revisions ?? [];
}
