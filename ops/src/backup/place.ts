/** Where a restore goes to: a node's claim, that nobody may use meanwhile. */
import { setTimeout as sleep } from "node:timers/promises";

import { AppsV1Api, CoreV1Api } from "@kubernetes/client-node";

import { backupJobs } from "../../../components/backup/names.ts";
import { workloadName } from "../../../components/chain/nodes.ts";
import { UserError } from "../errors.ts";
import { interruptible } from "../interrupt.ts";
import type { Progress } from "../progress.ts";
import type { Target } from "../running/target.ts";
import type { Pod } from "./plain.ts";
import { codeOf } from "./running.ts";

const { namespace, cronJob } = backupJobs.chain;
const fullNodes = workloadName("full-node");

export interface Place {
  readonly namespace: string;
  readonly claim: string;
  /** As the claim says. */
  readonly size: string;
}

/** Name of a node's claim. */
export function claimOf(node: string): string {
  return node === cronJob ? cronJob : `data-${node}`;
}

/** @throws UserError when there is no such claim. */
export async function placeOf({ kubeconfig, context }: Target, claim: string): Promise<Place> {
  try {
    const found = await kubeconfig
      .makeApiClient(CoreV1Api)
      .readNamespacedPersistentVolumeClaim({ name: claim, namespace });
    return { namespace, claim, size: found.spec?.resources?.requests?.storage ?? "of unknown size" };
  } catch (error) {
    if (codeOf(error) !== 404) throw error;
    throw new UserError(`${context} has no claim ${namespace}/${claim}`, [
      `kubectl get pvc -n ${namespace}; a claim that was lost is made again by pulumi up`,
    ]);
  }
}

/** Pods that hold a claim: also those that are about to start or to end. */
export function usersOf(pods: readonly Pod[], claim: string): string[] {
  return pods
    .filter(({ status }) => !["Succeeded", "Failed"].includes(status?.phase ?? ""))
    .filter(({ spec }) => spec?.volumes?.some((each) => each.persistentVolumeClaim?.claimName === claim))
    .map(({ metadata }) => metadata?.name ?? "");
}

async function users({ kubeconfig }: Target, claim: string): Promise<string[]> {
  const { items } = await kubeconfig.makeApiClient(CoreV1Api).listNamespacedPod({ namespace });
  return usersOf(items, claim);
}

/** @throws UserError when a pod uses the node's volume. */
export async function refuseWhileUsed(target: Target, node: string, { claim }: Place): Promise<void> {
  const found = await users(target, claim);
  if (found.length === 0) return;
  throw new UserError(
    `${node} is running: pod ${found.join(", ")} uses the claim ${claim}`,
    node === cronJob
      ? [`wait until it has ended: kubectl get pods -n ${namespace} -w`]
      : [
          "--stop stops all full nodes and starts them again",
          `one of many: kubectl -n ${namespace} delete statefulset ${fullNodes} --cascade=orphan && kubectl -n ${namespace} delete pod ${node}; afterwards pulumi refresh, pulumi up`,
        ],
  );
}

/** Milliseconds between two looks. */
const interval = 1000;

/**
 * Does some work while no full node runs. Without any, the autoscaler rests. They are started again whatever comes of
 * it, unless this command was interrupted: what it began goes on in the cluster then.
 */
export async function fullNodesStopped<T>(
  target: Target,
  { place, node, progress }: { readonly place: Place; readonly node: string; readonly progress: Progress },
  work: () => Promise<T>,
): Promise<T> {
  const before = await scale(target, 0);
  // A run that was killed may have left none.
  const wanted = Math.max(before, target.config.chain.fullNodes);
  const startAgain = async (): Promise<void> => {
    if (process.exitCode === 130) {
      progress.note(
        `the full nodes stay stopped, since the restore goes on. Afterwards: ${startCommand(wanted)}`,
      );
      return;
    }
    await scale(target, wanted);
    progress.note(`full nodes: ${wanted} again`);
  };
  try {
    progress.step(`stopping the full nodes (${before} of them)`);
    await interruptible({ what: "stopping the full nodes" }, async (signal) => {
      for (;;) {
        signal.throwIfAborted();
        const left = await users(target, place.claim);
        if (left.length === 0) return;
        progress.note(`${left.join(", ")} still holds the volume of ${node}`);
        await sleep(interval, undefined, { signal }).catch(() => undefined);
      }
    });
    return await work();
  } finally {
    await startAgain();
  }
}

/** What starts full nodes by hand. */
export function startCommand(replicas: number | "N"): string {
  return `kubectl -n ${namespace} scale statefulset ${fullNodes} --replicas ${replicas}`;
}

/** Sets the number of full nodes; gives back what it was. */
async function scale({ kubeconfig }: Target, replicas: number): Promise<number> {
  const api = kubeconfig.makeApiClient(AppsV1Api);
  const named = { name: fullNodes, namespace };
  const body = await api.readNamespacedStatefulSetScale(named);
  const before = body.spec?.replicas ?? 0;
  if (body.spec) body.spec.replicas = replicas;
  await api.replaceNamespacedStatefulSetScale({ ...named, body });
  return before;
}
