import { enterStack } from "../deployment/apply.ts";
import { runChecks } from "../running/checks.ts";
import { type ReportOptions, finish } from "../running/finish.ts";
import { type TargetOptions, openTarget } from "../running/target.ts";
import { fullChecks, quickChecks } from "../verify/index.ts";
import { openSession } from "./session.ts";

/** `paw verify`: the validator network and what it stands on (spec A20). Exits with 1 unless all of it holds. */
export async function verify(
  options: TargetOptions & ReportOptions & { readonly full: boolean },
): Promise<void> {
  const session = await openSession();
  await enterStack(session, options.stack);
  const target = await openTarget(options);
  const results = await runChecks(options.full ? fullChecks(target) : quickChecks, {
    context: target,
    embedded: target.embedded,
    report: (title) => {
      session.progress.step(title);
    },
  });
  const command = options.full ? "paw verify --full" : "paw verify";
  await finish({ command, stack: target.stack, context: target.context, results }, options);
}
