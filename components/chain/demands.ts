import type { Demand, PodSize } from "../platform/capacity.ts";

export interface ChainCounts {
  readonly validators: number;
  readonly sentries: number;
  readonly fullNodes: number;
}

export interface ChainSizes {
  readonly validator: PodSize;
  readonly fullNode: PodSize;
}

/**
 * What the namespace of the chain has to hold. Requests are the same as limits (spec A16); a sentry is as large as a
 * full node, whose work it does.
 */
export function pawDemands(counts: ChainCounts, sizes: ChainSizes): Demand[] {
  const demand = (count: number, size: PodSize): Demand => ({ count, requests: size, limits: size });
  return [
    demand(counts.validators, sizes.validator),
    demand(counts.sentries, sizes.fullNode),
    demand(counts.fullNodes, sizes.fullNode),
  ];
}
