/** Which pods a fault acts on: as few as asked for, named one by one, and never so many that nothing is left. */
import type { V1Pod } from "@kubernetes/client-node";

import { UserError } from "../errors.ts";
import { isReady, nameOf, podsOf } from "../running/forward.ts";
import type { Target } from "../running/target.ts";
import { type TargetName, podsOfTarget } from "./kinds.ts";

/**
 * The last of a target's ready pods, by name: the first one of a StatefulSet is what scripts and people look at.
 *
 * @throws UserError when fewer are ready than asked for.
 */
export async function chooseVictims(
  target: Target,
  { name, count }: { readonly name: TargetName; readonly count: number },
): Promise<V1Pod[]> {
  const where = podsOfTarget(name, target.config.bizra.namespace);
  const ready = (await podsOf(target, where)).filter(isReady);
  if (ready.length < count) {
    throw new UserError(
      `${count} ready pods of ${name} are needed in the namespace ${where.namespace}, ${ready.length} are there; nothing was injected`,
      [`kubectl get pods -n ${where.namespace}`],
    );
  }
  return ready.sort((a, b) => ordinal(a) - ordinal(b)).slice(-count);
}

/** How many of a target's pods are ready. */
export async function countReady(target: Target, name: TargetName): Promise<number> {
  return (await podsOf(target, podsOfTarget(name, target.config.bizra.namespace))).filter(isReady).length;
}

/** A StatefulSet's number of a pod; names of other pods have none, and stay in their order. */
function ordinal(pod: V1Pod): number {
  return Number(/-(\d+)$/.exec(nameOf(pod))?.[1] ?? 0);
}

/** Where a volume of a pod is mounted in a container; nothing where it is not. */
export function mountPath(
  pod: V1Pod,
  { container, volume }: { readonly container: string; readonly volume?: string | undefined },
): string | undefined {
  const found = pod.spec?.containers.find(({ name }) => name === container);
  return found?.volumeMounts?.find(({ name, readOnly }) => name === volume && readOnly !== true)?.mountPath;
}

/** The memory limit of a container, as its pod has it. */
export function memoryLimit(pod: V1Pod, container: string): string | undefined {
  return pod.spec?.containers.find(({ name }) => name === container)?.resources?.limits?.memory;
}
