/** Names of bizra's objects that more than one part refers to. */

/** The Deployment, its Service and its account (spec B3, B4). */
export const workloadName = "bizra-apex";

/** The Rollout, and the Service of the new version's pods (spec B9). Pods of both versions are named after the Rollout. */
export const canaryName = "bizra-apex-canary";

/** The Service of the pods of the version that is proven. */
export const stableName = "bizra-apex-stable";

/** API group and version of Argo Rollouts' kinds. */
export const rolloutsApi = { group: "argoproj.io", version: "v1alpha1" } as const;
