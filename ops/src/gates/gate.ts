/** What the seven gates of bizra share (spec B10). */
import type { V1Pod } from "@kubernetes/client-node";

import { firstLine } from "../errors.ts";
import { selectorLabels } from "../../../components/names.ts";
import type { Check, Fault, Outcome } from "../running/checks.ts";
import { nameOf, podsOf } from "../running/forward.ts";
import { hollowPods, isHollow } from "../running/hollow.ts";
import type { Target } from "../running/target.ts";

/** Workload, Service and container have one name. */
export const appName = "bizra-apex";
/** Labels of the node's pods, whatever owns them: a Deployment, or a canary's Rollout. */
export const appLabels = selectorLabels("bizra", "apex");

/** What a gate looks at: the system, and its pods as they were when the gates began. */
export interface Scene {
  readonly target: Target;
  readonly namespace: string;
  readonly pods: readonly V1Pod[];
  /** True where pods are simulated and nothing of this machine stands behind them. */
  readonly hollow: boolean;
}

export type Gate = Check<Scene>;

/** Looks up what all gates look at. */
export async function sceneOf(target: Target): Promise<Scene> {
  const { namespace } = target.config.bizra;
  const pods = await podsOf(target, { namespace, labels: appLabels });
  return { target, namespace, pods, hollow: await isHollow(target, namespace) };
}

/** Nothing to look at: the gate of the pods says so, and the others leave it at that. */
const noPods: Outcome = {
  found: "no pods",
  faults: [],
  notEvaluated: "there are no pods to look at",
};

/** A look into pods, where there are any and something is inside. */
export function insidePods(look: Gate["look"]): Gate["look"] {
  return (scene) => {
    if (scene.pods.length === 0) return Promise.resolve(noPods);
    return scene.hollow ? Promise.resolve(hollowPods) : look(scene);
  };
}

/** A look that asks others about pods, where there are any. */
export function aboutPods(look: Gate["look"]): Gate["look"] {
  return (scene) => (scene.pods.length === 0 ? Promise.resolve(noPods) : look(scene));
}

/**
 * Looks at each pod, and gathers what is wrong; a look that fails is itself a fault.
 *
 * @param look gives the faults of one pod.
 * @param next what to do where a look fails.
 */
export async function eachPod(
  { pods }: Scene,
  look: (pod: string, object: V1Pod) => Promise<Fault[]> | Fault[],
  next: (pod: string) => string,
): Promise<Fault[]> {
  const faults = await Promise.all(
    pods.map(async (object) => {
      const pod = nameOf(object);
      try {
        return await look(pod, object);
      } catch (error) {
        return [{ found: `${pod}: ${firstLine(error)}`, next: next(pod) }];
      }
    }),
  );
  return faults.flat();
}
