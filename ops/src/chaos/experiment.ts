/** What an experiment is about, and what it has found out so far: its checks share it. */
import type { V1Pod } from "@kubernetes/client-node";

import type { Check, Outcome } from "../running/checks.ts";
import type { Target } from "../running/target.ts";
import type { FaultName, TargetName, TargetPods } from "./kinds.ts";
import type { ChaosMesh, Found } from "./mesh.ts";

export interface ExperimentPlan {
  readonly fault: FaultName;
  readonly target: TargetName;
  /** How many pods the fault acts on. */
  readonly pods: number;
  /** Seconds that it acts. */
  readonly seconds: number;
  /** As typed: `200ms`. */
  readonly latency: string;
  /** Who kills a pod: Chaos Mesh, or this command by the API. */
  readonly by: "mesh" | "api";
  /** Seconds within which all is as before. */
  readonly recovery: number;
  /** Seconds within which a chain has to make the next block. */
  readonly gap: number;
}

/** What an experiment works with and on. */
export interface Experiment {
  readonly plan: ExperimentPlan;
  readonly target: Target;
  readonly mesh: ChaosMesh;
  readonly signal: AbortSignal;
  readonly where: TargetPods;
  /** Those that the fault acts on, as they were before. */
  readonly victims: readonly V1Pod[];
  /** How many of the target's pods were ready before. */
  readonly podsBefore: number;
  /** Name of the object, unique to this run. */
  readonly name: string;
  /** Made and not yet taken away. */
  made?: Found | undefined;
  /** Why what follows has no sense any more: nothing was injected, or nothing acts. */
  pointless?: string;
  /** Whether a Prometheus answered before the fault; why none did. */
  noPrometheus?: string;
}

export type Step = Check<Experiment>;

/** A step that is left out once the experiment has become pointless, and makes it so when it fails. */
export function needed(step: Step): Step {
  return {
    ...step,
    look: async (experiment) => {
      if (experiment.signal.aborted) experiment.pointless ??= "interrupted before it";
      if (experiment.pointless !== undefined) return unknown(experiment.pointless);
      try {
        const outcome = await step.look(experiment);
        if (outcome.faults.length > 0) experiment.pointless = `"${step.title}" does not hold`;
        return outcome;
      } catch (error) {
        experiment.pointless = `"${step.title}" could not be looked at`;
        throw error;
      }
    },
  };
}

/** A step that is left out once the experiment has become pointless; what it finds stops nothing. */
export function observed(step: Step): Step {
  return {
    ...step,
    look: (experiment) =>
      experiment.pointless === undefined
        ? step.look(experiment)
        : Promise.resolve(unknown(experiment.pointless)),
  };
}

/** An outcome in which all is well. */
export function fine(found: string): Outcome {
  return { found, faults: [] };
}

/** An outcome with one fault. */
export function bad(found: string, next: string): Outcome {
  return { found, faults: [{ found, next }] };
}

/** An outcome of which nothing can be said. */
export function unknown(why: string): Outcome {
  return { found: why, faults: [], notEvaluated: why };
}
