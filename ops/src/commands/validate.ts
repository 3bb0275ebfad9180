import { gates, sceneOf } from "../gates/index.ts";
import { Progress } from "../progress.ts";
import { type ReportOptions, finish } from "../running/finish.ts";
import { runChecks } from "../running/checks.ts";
import { type TargetOptions, openTarget } from "../running/target.ts";

/** `paw validate`: the seven gates of bizra (spec B10). Exits with 1 unless each of them holds. */
export async function validate(options: TargetOptions & ReportOptions): Promise<void> {
  const progress = new Progress();
  const target = await openTarget(options);
  const scene = await sceneOf(target);
  const results = await runChecks(gates, {
    context: scene,
    // On a live cluster those pods alone are simulated that have no image there.
    embedded: target.embedded || scene.hollow,
    report: (title) => {
      progress.step(title);
    },
  });
  await finish({ command: "paw validate", stack: target.stack, context: target.context, results }, options);
}
