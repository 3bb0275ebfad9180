import type { Demand, PodSize } from "../platform/capacity.ts";
import { addQuantities } from "../quantity.ts";

export interface ChainCounts {
  readonly validators: number;
  readonly sentries: number;
  readonly fullNodes: number;
  /** Pods of the API layer. */
  readonly api: number;
  /** Nodes that backups are taken from, at the same time. */
  readonly backups: number;
}

export interface ChainSizes {
  readonly validator: PodSize;
  readonly fullNode: PodSize;
}

/**
 * What a node's pod writes to the machine's disk: its log, and volumes without a claim, which together may hold 1.4 Gi of
 * it, most of that the genesis (our own choice). Chain data is on a claim.
 */
export const nodeDisk = "2Gi";
/** Resources of a script's container and of the health server (our own choice). */
export const toolResources = { cpu: "100m", memory: "64Mi", "ephemeral-storage": "128Mi" } as const;
/** Resources of a proxy of the API layer (our own choice). */
export const apiResources = { cpu: "500m", memory: "256Mi", "ephemeral-storage": "256Mi" } as const;

/**
 * What the namespace of the chain has to hold. Requests are the same as limits (spec A16); a sentry is as large as a
 * full node, whose work it does, and so is the node that backups are taken from.
 */
export function pawDemands(counts: ChainCounts, sizes: ChainSizes): Demand[] {
  const demand = (count: number, size: PodSize): Demand => ({ count, requests: size, limits: size });
  const withHealth = (size: PodSize): PodSize => ({ ...size, ...addQuantities(size, toolResources) });
  return [
    demand(counts.validators, withHealth(sizes.validator)),
    demand(counts.sentries, withHealth(sizes.fullNode)),
    demand(counts.fullNodes, withHealth(sizes.fullNode)),
    demand(counts.backups, sizes.fullNode),
    demand(counts.api, apiResources),
  ];
}
