/** What can be done to a system on purpose (spec A24), and to what. */
import { type PodQuery } from "../running/forward.ts";
import { namespaces, selectorLabels } from "../../../components/names.ts";

/** Spec A24: pod failure, network partition, 200 ms latency, memory pressure, I/O errors. */
export const faultNames = ["pod-kill", "partition", "latency", "memory", "io"] as const;
export type FaultName = (typeof faultNames)[number];

export const targetNames = ["validator", "sentry", "full-node", "api", "bizra"] as const;
export type TargetName = (typeof targetNames)[number];

/** Spec A24. */
export const defaultLatency = "200ms";
/** Seconds that a fault lasts by default; our own choice: some forty blocks in `local`, ten in production. */
export const defaultSeconds = 60;

/** Share of a container's memory limit that the stressor takes: pressure, and no certain death. */
export const memoryShare = 0.5;
/** Share of reads and writes that fail, in percent. */
export const ioPercent = 10;
/** `EIO`, as Linux numbers it. */
export const ioError = 5;

/**
 * Longest time in seconds between two blocks while a fault acts. A proposer that is away costs a round: `timeout_propose` (3 s)
 * and two votes of a second each, and half a second more of each in the next round (CometBFT's defaults). Two in a row are
 * 11.5 seconds, beside the pause after a block.
 *
 * @param timeoutCommit that pause, in seconds.
 */
export function longestGap(timeoutCommit: number): number {
  return timeoutCommit + 12;
}

/** Share of requests that have to be answered while a fault acts: one in a thousand may fail (spec B13, uptime). */
export const answeredShare = 0.999;
/** Seconds within which all is as before, once the fault is taken away: a validator's start, and its first vote. */
export const recoverySeconds = 180;

/** Where a target's pods are, and in which container the fault acts. */
export interface TargetPods extends PodQuery {
  readonly container: string;
  /** Volume of the pod in which I/O fails; nothing where it keeps no data. */
  readonly volume?: string;
}

/** @param bizraNamespace as the stack file has it. */
export function podsOfTarget(target: TargetName, bizraNamespace: string): TargetPods {
  if (target === "bizra") {
    const labels = selectorLabels("bizra", "apex");
    return { namespace: bizraNamespace, labels, container: "bizra-apex", volume: "data" };
  }
  const labels = selectorLabels("paw", target);
  const where = { namespace: namespaces.paw, labels };
  return target === "api"
    ? { ...where, container: "proxy" }
    : { ...where, container: "node", volume: "data" };
}
