import type { Demand } from "../platform/capacity.ts";

/** CPU, memory and ephemeral storage of one pod (spec B4). */
export const bizraResources = {
  requests: { cpu: "500m", memory: "512Mi", "ephemeral-storage": "1Gi" },
  limits: { cpu: "2000m", memory: "2Gi", "ephemeral-storage": "5Gi" },
} as const;

/** What the namespace of bizra has to hold: the given pods and one more while rolling. */
export function bizraDemands(pods: number): Demand[] {
  return [{ count: pods + 1, requests: bizraResources.requests, limits: bizraResources.limits }];
}
