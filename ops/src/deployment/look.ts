/** Whether a deployment is well: the checks of what was deployed, once or again and again. */
import { setTimeout as sleep } from "node:timers/promises";

import { gates, sceneOf } from "../gates/index.ts";
import { type Result, allHold, runChecks } from "../running/checks.ts";
import type { Target } from "../running/target.ts";
import { quickChecks } from "../verify/index.ts";
import type { ComponentName } from "./components.ts";

/** Bizra's gates, the network's checks, or both: by what was deployed. */
export async function lookAt(target: Target, components: readonly ComponentName[]): Promise<Result[]> {
  const { embedded } = target;
  const only = (name: ComponentName): boolean =>
    components.length > 0 && components.every((each) => each === name);
  const ofNetwork = only("bizra") ? [] : await runChecks(quickChecks, { context: target, embedded });
  const ofBizra = only("chain") ? [] : await runChecks(gates, { context: await sceneOf(target), embedded });
  return [...ofNetwork, ...ofBizra];
}

export interface WatchPlan {
  readonly components: readonly ComponentName[];
  /** Seconds of all of it, and between two looks. */
  readonly seconds: number;
  readonly every: number;
  /** Seconds at the beginning in which nothing counts: Prometheus has to find new pods, and to scrape them twice. */
  readonly settle: number;
  /** Called with what each look saw. */
  readonly seen: (results: readonly Result[]) => void;
}

/** Looks in a row that have to fail: one alone may be a pod that is just being replaced. */
const enough = 2;

/**
 * Watches until the time is over, or until it is sure that something is wrong.
 *
 * @returns the results that are wrong, or nothing where all went well.
 */
export async function watch(target: Target, plan: WatchPlan): Promise<readonly Result[]> {
  const settled = Date.now() + plan.settle * 1000;
  const end = Math.max(settled, Date.now() + plan.seconds * 1000);
  let failures = 0;
  for (;;) {
    const results = await lookAt(target, plan.components);
    plan.seen(results);
    const well = allHold(results);
    failures = well || Date.now() < settled ? 0 : failures + 1;
    if (failures >= enough) return results.filter((result) => !allHold([result]));
    if (Date.now() >= end && well) return [];
    await sleep(plan.every * 1000);
  }
}
