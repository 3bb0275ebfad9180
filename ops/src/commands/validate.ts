import { gates, sceneOf } from "../gates/index.ts";
import { Progress } from "../progress.ts";
import { type ReportOptions, finish } from "../running/finish.ts";
import { runChecks } from "../running/checks.ts";
import { type TargetOptions, openTarget } from "../running/target.ts";

/** `paw validate`: the seven gates of bizra (spec B10). Exits with 1 unless each of them holds. */
export async function validate(options: TargetOptions & ReportOptions): Promise<void> {
  const progress = new Progress();
  const target = await openTarget(options);
  const results = await runChecks(gates, {
    context: await sceneOf(target),
    embedded: target.embedded,
    report: (title) => {
      progress.step(title);
    },
  });
  await finish({ command: "paw validate", stack: target.stack, context: target.context, results }, options);
}
