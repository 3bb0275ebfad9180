import { formatBytes, formatCpu, toMilli } from "../quantity.ts";

/** Resources of one pod: CPU and memory as requested and limited, storage as claimed. */
export interface PodSize {
  readonly cpu: string;
  readonly memory: string;
  readonly storage?: string;
}

/** A number of pods of one size. */
export interface Demand {
  readonly count: number;
  readonly requests: PodSize;
  readonly limits: PodSize;
}

/**
 * Twice what runs: a rolling change or an autoscaler at most doubles a workload, and a claim of 500Gi can grow to 1Ti
 * (spec A1b) without touching the quota.
 */
const headroom = 2n;

/** `spec.hard` of a ResourceQuota that holds the given workloads. */
export function quotaFor(demands: readonly Demand[]): Record<string, string> {
  const total = (quantity: (demand: Demand) => string | undefined): bigint =>
    demands.reduce(
      (sum, demand) => sum + headroom * BigInt(demand.count) * toMilli(quantity(demand) ?? "0"),
      0n,
    );
  const storage = total((demand) => demand.requests.storage);
  return {
    "requests.cpu": formatCpu(total((demand) => demand.requests.cpu)),
    "limits.cpu": formatCpu(total((demand) => demand.limits.cpu)),
    "requests.memory": formatBytes(total((demand) => demand.requests.memory)),
    "limits.memory": formatBytes(total((demand) => demand.limits.memory)),
    ...(storage > 0n ? { "requests.storage": formatBytes(storage) } : {}),
  };
}

/** What the workloads request together, in thousandths of a core and of a byte. */
export function totals(demands: readonly Demand[]): { cpu: bigint; memory: bigint } {
  const sum = (quantity: (demand: Demand) => string): bigint =>
    demands.reduce((all, demand) => all + BigInt(demand.count) * toMilli(quantity(demand)), 0n);
  return { cpu: sum((demand) => demand.requests.cpu), memory: sum((demand) => demand.requests.memory) };
}

/** The largest limit that any one pod of the workloads has; a container may not ask for more. */
export function largestPod(demands: readonly Demand[]): { cpu: string; memory: string } {
  const largest = (quantity: (demand: Demand) => string): bigint =>
    demands.map((demand) => toMilli(quantity(demand))).reduce((a, b) => (a > b ? a : b), 0n);
  return {
    cpu: formatCpu(largest((demand) => demand.limits.cpu)),
    memory: formatBytes(largest((demand) => demand.limits.memory)),
  };
}
