/** Promoting and aborting by hand: the changes of a Rollout's status that Argo Rollouts' own client makes. */
import { CustomObjectsApi, PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";

import { canaryName, rolloutsApi } from "../../../components/bizra/names.ts";
import { UserError, firstLine } from "../errors.ts";
import type { Target } from "../running/target.ts";
import type { Rollout } from "./objects.ts";

/**
 * The change that ends the current step, or all of them.
 *
 * @param full leave out all further steps, pauses and measurements.
 * @throws UserError when there is nothing to promote.
 */
export function promotion({ spec, status = {} }: Rollout, full: boolean): object {
  const { stableRS, currentPodHash } = status;
  if (currentPodHash === stableRS) {
    throw new UserError("no canary is under way: the stable version is the one that is wanted", [
      "pulumi up with another paw:bizra.image begins one",
    ]);
  }
  if (status.abort === true) {
    throw new UserError("the canary was rolled back, and cannot be promoted", [
      "npx paw canary status says why; deploy another version, or put the stable one back into paw:bizra.image",
    ]);
  }
  if (full) return { status: { promoteFull: true } };
  const steps = spec.strategy.canary.steps ?? [];
  const index = status.currentStepIndex ?? 0;
  // A pause that has begun is ended; the controller then goes on by itself. Anything else is left out.
  if ((status.pauseConditions ?? []).length > 0) return { status: { pauseConditions: null } };
  return { status: { pauseConditions: null, currentStepIndex: Math.min(index + 1, steps.length) } };
}

/**
 * The change that sends all requests back to the stable version.
 *
 * @throws UserError when no canary is under way.
 */
export function abortion({ status = {} }: Rollout): object {
  if (status.abort === true) {
    throw new UserError("the canary was rolled back already", ["npx paw canary status says why"]);
  }
  if (status.currentPodHash === status.stableRS) {
    throw new UserError("no canary is under way: there is nothing to abort");
  }
  return { status: { abort: true } };
}

/** Changes the Rollout's status, which is all that operators may change of it. */
export async function changeStatus(target: Target, body: object): Promise<void> {
  const { kubeconfig, config } = target;
  const { namespace } = config.bizra;
  try {
    await kubeconfig
      .makeApiClient(CustomObjectsApi)
      .patchNamespacedCustomObjectStatus(
        { ...rolloutsApi, namespace, plural: "rollouts", name: canaryName, body },
        setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
      );
  } catch (error) {
    const denied = (error as { code?: unknown }).code === 403;
    throw new UserError(
      denied
        ? `you may not change the status of the Rollout ${namespace}/${canaryName}`
        : `the Rollout ${namespace}/${canaryName} was not changed: ${firstLine(error)}`,
      denied ? ["paw:access.operators names the groups that may"] : [],
    );
  }
}
