/** `paw canary`: where a new version of bizra stands, and going on or back by hand (spec B9). */
import { setTimeout as sleep } from "node:timers/promises";

import { abortion, changeStatus, promotion } from "../canary/change.ts";
import { readCanary, readRollout } from "../canary/objects.ts";
import { type CanaryStatus, statusOf } from "../canary/status.ts";
import { nextSteps, toText } from "../canary/text.ts";
import { interruptible } from "../interrupt.ts";
import { type Target, type TargetOptions, openTarget } from "../running/target.ts";

interface Shown extends TargetOptions {
  readonly json: boolean;
}

/** Milliseconds between two looks. */
const lookEvery = 2000;
/** Seconds in which the controller has to take a change up. */
const takenWithin = 30;

/** `paw canary status`; with `watch`, until the new version is stable or was rolled back, which is exit code 1. */
export async function status(options: Shown & { readonly watch: boolean }): Promise<void> {
  const target = await openTarget(options);
  if (!options.watch) {
    print(target, statusOf(await readCanary(target)), options);
    return;
  }
  let before = "";
  await interruptible({ what: "watching the canary" }, async (signal) => {
    for (;;) {
      const now = statusOf(await readCanary(target));
      const text = JSON.stringify(now);
      if (text !== before) print(target, now, options);
      before = text;
      if (now.state === "rolled back" || now.state === "failed") process.exitCode = 1;
      if (now.state !== "progressing" && now.state !== "paused") return;
      await sleep(lookEvery, undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
    }
  });
}

function print({ stack, context, embedded }: Target, now: CanaryStatus, { json }: Shown): void {
  if (json) {
    process.stdout.write(`${JSON.stringify({ stack, context, simulated: embedded, ...now })}\n`);
    return;
  }
  const about = `bizra's canary, stack ${stack} on ${context}${embedded ? " (pods and requests are simulated)" : ""}`;
  const next = nextSteps(now, stack).map((each) => `  -> ${each}\n`);
  process.stdout.write(`${about}: ${toText(now)}${next.length > 0 ? `\n${next.join("")}` : ""}\n`);
}

/** `paw canary promote`: ends the step that it is in; with `full`, all of them, unmeasured. */
export async function promote(options: Shown & { readonly full: boolean }): Promise<void> {
  await change(options, {
    body: (rollout) => promotion(rollout, options.full),
    done: options.full
      ? "promoted: all further steps and measurements are left out"
      : "promoted to the next step",
  });
}

/** `paw canary abort`: all requests go back to the stable version. */
export async function abort(options: Shown): Promise<void> {
  await change(options, { body: abortion, done: "aborted: all requests go back to the stable version" });
}

interface Change {
  readonly body: (rollout: Awaited<ReturnType<typeof readRollout>>) => object;
  readonly done: string;
}

/** Changes the Rollout, and shows what came of it once the controller has taken it up. */
async function change(options: Shown, { body, done }: Change): Promise<void> {
  const target = await openTarget(options);
  const rollout = await readRollout(target);
  const marker = JSON.stringify(rollout.status);
  await changeStatus(target, body(rollout));
  process.stderr.write(`${done}; waiting for the controller, up to ${takenWithin} s\n`);
  const end = Date.now() + takenWithin * 1000;
  await interruptible({ what: "waiting for the controller" }, async (signal) => {
    for (;;) {
      const now = await readRollout(target);
      const taken =
        now.status?.promoteFull !== true &&
        JSON.stringify(now.status) !== marker &&
        (now.status?.abort !== true || now.status.phase === "Degraded") &&
        !(now.status?.controllerPause === true && (now.status.pauseConditions ?? []).length === 0);
      if (taken || Date.now() > end) return;
      await sleep(500, undefined, { signal }).catch(() => undefined);
      signal.throwIfAborted();
    }
  });
  print(target, statusOf(await readCanary(target)), options);
}
