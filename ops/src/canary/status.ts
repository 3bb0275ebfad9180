/** What a canary's objects say, in the words of an operator. */
import type { V1Pod } from "@kubernetes/client-node";

import { secondsOf } from "../../../components/bizra/canaryPlan.ts";
import { isReady, nameOf } from "../running/forward.ts";
import { type AnalysisRun, type Rollout, type RolloutStep, type Seen, hashLabel } from "./objects.ts";

/** Where a canary stands. `rolled back`: the new version was ended, all requests go to the stable one. */
export type State = "stable" | "progressing" | "paused" | "rolled back" | "failed";

export interface VersionStatus {
  readonly role: "stable" | "canary";
  readonly version: string;
  readonly hash: string;
  /** Per cent of the requests. */
  readonly weight: number;
  readonly pods: readonly { readonly name: string; readonly ready: boolean; readonly restarts: number }[];
}

export interface FigureStatus {
  readonly name: string;
  readonly phase: string;
  /** The last measured value; nothing where there was no data. */
  readonly value?: string;
  /** What it has to be, as Argo Rollouts is told. */
  readonly wanted: string;
  readonly measured: number;
  /** Bad measurements, without those that could not be made. */
  readonly failed: number;
  /** Measurements that could not be made. */
  readonly errors: number;
  readonly message?: string;
}

export interface CanaryStatus {
  readonly state: State;
  /** Argo Rollouts' own word and message. */
  readonly phase: string;
  readonly message: string;
  /** Why the canary was ended, where it was: figures with what was measured. */
  readonly why: readonly string[];
  readonly step?: {
    /** From 1; above `of` when all are done. */
    readonly number: number;
    readonly of: number;
    readonly what: string;
    /** When a pause ends by itself, ISO 8601. */
    readonly until?: string;
  };
  readonly versions: readonly VersionStatus[];
  /** Pods that the Deployment still has beside the Rollout's. */
  readonly beside: number;
  readonly analysis?: {
    readonly run: string;
    readonly phase: string;
    readonly message: string;
    readonly figures: readonly FigureStatus[];
  };
}

/** Reads a canary's status out of its objects. */
export function statusOf(seen: Seen): CanaryStatus {
  const { rollout, runs } = seen;
  const { status = {} } = rollout;
  const run = runs.findLast(({ metadata }) => metadata.labels?.[hashLabel] === status.currentPodHash);
  const analysis = run && analysisOf(run);
  const seenByController = isObserved(seen);
  const state = seenByController ? stateOf(rollout) : "progressing";
  const underWay = state === "progressing" || state === "paused" || status.abort === true;
  return {
    state,
    phase: status.phase ?? "Unknown",
    message: seenByController ? (status.message ?? "") : "Argo Rollouts has not taken the last change up yet",
    why: state === "rolled back" || state === "failed" ? reasons(status.message ?? "", analysis) : [],
    ...(underWay && seenByController && status.currentPodHash !== status.stableRS
      ? { step: stepOf(rollout) }
      : {}),
    versions: versionsOf(seen),
    beside: seen.workloadReplicas,
    ...(analysis ? { analysis } : {}),
  };
}

/** Whether the status is about what is wanted now, of the Rollout and of the Deployment whose pods it runs. */
function isObserved({ rollout, workloadGeneration }: Seen): boolean {
  const { metadata, status = {} } = rollout;
  const same = (observed: string | undefined, now: number | undefined): boolean =>
    now === undefined || (observed !== undefined && Number(observed) >= now);
  return (
    same(status.observedGeneration, metadata.generation) &&
    same(status.workloadObservedGeneration, workloadGeneration)
  );
}

function stateOf({ status = {} }: Rollout): State {
  // Argo Rollouts' own client waits for it as well: the status is of before the last command.
  const unpausing = status.controllerPause === true && (status.pauseConditions ?? []).length === 0;
  if (status.phase === "Degraded") return status.abort === true ? "rolled back" : "failed";
  if (status.phase === "Paused" && !unpausing) return "paused";
  return status.phase === "Healthy" && status.currentPodHash === status.stableRS ? "stable" : "progressing";
}

/** The message, and each figure that failed with its last bad value. */
function reasons(message: string, analysis: CanaryStatus["analysis"]): string[] {
  const bad = (analysis?.figures ?? []).filter(({ phase }) =>
    ["Failed", "Error", "Inconclusive"].includes(phase),
  );
  return [
    ...(message === "" ? [] : [message]),
    ...bad.map(({ name, value, wanted, failed, errors, measured, message: said }) => {
      const counts = `${failed} of ${measured} bad${errors > 0 ? `, ${errors} without an answer` : ""}`;
      return `${name}: measured ${value ?? "nothing"}, wanted ${wanted} (${counts})${said === undefined ? "" : `: ${said}`}`;
    }),
  ];
}

function stepOf({ spec, status = {} }: Rollout): NonNullable<CanaryStatus["step"]> {
  const steps = spec.strategy.canary.steps ?? [];
  const index = status.currentStepIndex ?? 0;
  const step = steps[index];
  const [paused] = status.pauseConditions ?? [];
  const seconds = typeof step?.pause?.duration === "string" ? secondsOf(step.pause.duration) : NaN;
  const end = paused ? new Date(paused.startTime).getTime() + seconds * 1000 : NaN;
  return {
    number: index + 1,
    of: steps.length,
    what: step === undefined ? "all steps done" : inWords(step),
    ...(Number.isNaN(end) ? {} : { until: new Date(end).toISOString() }),
  };
}

function inWords({ setWeight, pause }: RolloutStep): string {
  if (setWeight !== undefined) return `${setWeight} % of the requests`;
  return pause?.duration === undefined ? "wait for a person" : `stay for ${pause.duration}`;
}

function versionsOf({ rollout, pods, versions }: Seen): VersionStatus[] {
  const { status = {} } = rollout;
  const { stableRS: stable = "", currentPodHash: current = "" } = status;
  const weights = status.canary?.weights;
  const version = (role: VersionStatus["role"], hash: string, weight: number): VersionStatus => {
    const own = pods.filter(({ metadata }) => metadata?.labels?.[hashLabel] === hash);
    const label = own[0]?.metadata?.labels?.["app.kubernetes.io/version"];
    return { role, hash, weight, version: label ?? versions.get(hash) ?? "unknown", pods: own.map(podOf) };
  };
  return [
    version("stable", stable, weights?.stable?.weight ?? 100),
    ...(current === stable || current === ""
      ? []
      : [version("canary", current, weights?.canary?.weight ?? 0)]),
  ].filter(({ hash }) => hash !== "");
}

function podOf(pod: V1Pod): VersionStatus["pods"][number] {
  const restarts = (pod.status?.containerStatuses ?? []).reduce((sum, each) => sum + each.restartCount, 0);
  return { name: nameOf(pod), ready: isReady(pod), restarts };
}

function analysisOf({ metadata, spec, status = {} }: AnalysisRun): NonNullable<CanaryStatus["analysis"]> {
  const figures = spec.metrics.map(({ name, successCondition = "" }): FigureStatus => {
    const result = status.metricResults?.find((each) => each.name === name);
    const value = valueOf(result?.measurements?.at(-1)?.value);
    const said =
      result?.message ?? result?.measurements?.findLast(({ message }) => message !== undefined)?.message;
    const { successful = 0, failed = 0, inconclusive = 0, error = 0 } = result ?? {};
    return {
      name,
      phase: result?.phase ?? "Pending",
      ...(value === undefined ? {} : { value }),
      wanted: successCondition.replace(/^len\(result\) == 1 && result\[0\] /, ""),
      measured: successful + failed + inconclusive,
      failed: failed + inconclusive,
      errors: error,
      ...(said === undefined ? {} : { message: said }),
    };
  });
  return { run: metadata.name, phase: status.phase ?? "Pending", message: status.message ?? "", figures };
}

/** Prometheus' answer is a list: `[0.0004]`, or `[]` where there was no data. */
function valueOf(text: string | undefined): string | undefined {
  const inside = /^\[(.*)\]$/.exec(text ?? "")?.[1] ?? text;
  return inside === undefined || inside === "" ? undefined : inside;
}
