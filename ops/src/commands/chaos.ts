/** `paw chaos`: faults on purpose, between two looks at whether all is well (spec A24, B14). */
import { type FaultName, type TargetName, defaultLatency, longestGap } from "../chaos/kinds.ts";
import { ChaosMesh } from "../chaos/mesh.ts";
import { runExperiment } from "../chaos/run.ts";
import { namespaces } from "../../../components/names.ts";
import { secondsOf, spoken } from "../duration.ts";
import { interruptible } from "../interrupt.ts";
import { Progress } from "../progress.ts";
import { allHold } from "../running/checks.ts";
import { toJson, toText } from "../running/report.ts";
import { type TargetOptions, openTarget } from "../running/target.ts";

export interface ChaosOptions extends TargetOptions {
  readonly target: TargetName;
  readonly pods: number;
  /** Seconds. */
  readonly for: number;
  /** Seconds. */
  readonly recovery: number;
  readonly latency?: string;
  readonly by?: "mesh" | "api";
  readonly json: boolean;
}

/** The action of one fault's command. */
export function experimentWith(fault: FaultName): (options: ChaosOptions) => Promise<void> {
  return async (options) => {
    const progress = new Progress();
    const target = await openTarget(options);
    const plan = {
      ...{ fault, target: options.target, pods: options.pods, seconds: options.for },
      latency: options.latency ?? defaultLatency,
      by: options.by ?? "mesh",
      recovery: options.recovery,
      gap: longestGap(secondsOf(target.config.chain.timeoutCommit)),
    } as const;
    progress.step(`${fault} on ${plan.pods} of ${plan.target} for ${spoken(plan.seconds)}`);
    const ran = await interruptible({ what: "a fault was acting" }, (signal) =>
      runExperiment(target, plan, { signal, report: progress.note }),
    );
    const command = `paw chaos ${fault} on ${ran.pods.join(", ")}`;
    const report = { command, stack: target.stack, context: target.context, results: ran.results };
    process.stdout.write(options.json ? toJson(report) : toText(report));
    if (!allHold(ran.results) && process.exitCode !== 130) process.exitCode = 1;
  };
}

/** `paw chaos abort`: also what a run that was killed has left. */
export async function abort(options: TargetOptions & { readonly json: boolean }): Promise<void> {
  const target = await openTarget(options);
  const mesh = new ChaosMesh(target.kubeconfig);
  const where = [...new Set([namespaces.paw, target.config.bizra.namespace])];
  const found = (await Promise.all(where.map((namespace) => mesh.own(namespace)))).flat();
  // All at once, and all of them: one that does not go must not keep the others.
  const gone = await Promise.allSettled(found.map((each) => mesh.remove(each)));
  const removed = found.filter((_, index) => gone[index]?.status === "fulfilled");
  if (options.json) process.stdout.write(`${JSON.stringify({ removed }, undefined, 2)}\n`);
  else if (found.length === 0) process.stdout.write("there is no fault of paw chaos\n");
  else
    for (const { kind, namespace, name } of removed)
      process.stdout.write(`removed ${kind} ${namespace}/${name}\n`);
  const failed = gone.find((each) => each.status === "rejected");
  if (failed !== undefined) throw failed.reason;
}
