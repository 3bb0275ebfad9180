/** What `paw canary` reads of Argo Rollouts' objects; only the fields that it uses. */
import { AppsV1Api, CustomObjectsApi, type V1Pod } from "@kubernetes/client-node";

import { canaryName, rolloutsApi, workloadName } from "../../../components/bizra/names.ts";
import { selectorLabels } from "../../../components/names.ts";
import { UserError, firstLine } from "../errors.ts";
import { podsOf } from "../running/forward.ts";
import type { Target } from "../running/target.ts";

/** Label by which Argo Rollouts tells pods of versions apart. */
export const hashLabel = "rollouts-pod-template-hash";

export interface RolloutStep {
  readonly setWeight?: number;
  readonly pause?: { readonly duration?: string | number };
}

export interface Rollout {
  readonly metadata: { readonly name: string; readonly uid: string; readonly generation?: number };
  readonly spec: {
    readonly paused?: boolean;
    readonly strategy: { readonly canary: { readonly steps?: readonly RolloutStep[] } };
  };
  readonly status?: {
    readonly phase?: string;
    readonly message?: string;
    readonly abort?: boolean;
    readonly promoteFull?: boolean;
    readonly controllerPause?: boolean;
    readonly pauseConditions?: readonly { readonly reason: string; readonly startTime: string }[] | null;
    readonly currentStepIndex?: number;
    /** Generations of the Rollout and of its Deployment that the controller has seen. */
    readonly observedGeneration?: string;
    readonly workloadObservedGeneration?: string;
    /** Hash of the version that is wanted. */
    readonly currentPodHash?: string;
    /** Hash of the version that is proven. */
    readonly stableRS?: string;
    readonly canary?: {
      readonly weights?: {
        readonly canary?: { readonly weight?: number };
        readonly stable?: { readonly weight?: number };
      };
    };
  };
}

export interface Measurement {
  readonly phase: string;
  readonly value?: string;
  readonly message?: string;
  readonly finishedAt?: string;
}

export interface MetricResult {
  readonly name: string;
  readonly phase: string;
  readonly message?: string;
  readonly count?: number;
  readonly successful?: number;
  readonly failed?: number;
  readonly inconclusive?: number;
  readonly error?: number;
  readonly measurements?: readonly Measurement[];
}

export interface AnalysisRun {
  readonly metadata: {
    readonly name: string;
    readonly creationTimestamp: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly ownerReferences?: readonly { readonly uid: string }[];
  };
  readonly spec: {
    readonly metrics: readonly { readonly name: string; readonly successCondition?: string }[];
  };
  readonly status?: {
    readonly phase?: string;
    readonly message?: string;
    readonly metricResults?: readonly MetricResult[];
  };
}

/** Everything about a canary at one moment. */
export interface Seen {
  readonly rollout: Rollout;
  /** The Rollout's own, oldest first. */
  readonly runs: readonly AnalysisRun[];
  readonly pods: readonly V1Pod[];
  /** `app.kubernetes.io/version` by hash, of versions that may have no pod any more. */
  readonly versions: ReadonlyMap<string, string>;
  /** Generation of the Deployment whose pods the Rollout runs; nothing where it is gone. */
  readonly workloadGeneration: number | undefined;
  /** Pods that the Deployment itself is to have: none beside a Rollout that works. */
  readonly workloadReplicas: number;
}

/**
 * Reads the Rollout.
 *
 * @throws UserError when there is none, with why that may be.
 */
export async function readRollout(target: Target): Promise<Rollout> {
  const { namespace } = target.config.bizra;
  try {
    return (await target.kubeconfig.makeApiClient(CustomObjectsApi).getNamespacedCustomObject({
      ...rolloutsApi,
      namespace,
      plural: "rollouts",
      name: canaryName,
    })) as Rollout;
  } catch (error) {
    throw await explained(target, error);
  }
}

async function explained(target: Target, error: unknown): Promise<UserError> {
  const { config, context, stack } = target;
  const where = `${config.bizra.namespace}/${canaryName} on ${context}`;
  const code = (error as { code?: unknown }).code;
  if (code === 403) {
    return new UserError(`you may not read the Rollout ${where}`, [
      "paw:access.viewers and .operators name the groups that may",
    ]);
  }
  if (code !== 404) return new UserError(`the Rollout ${where} could not be read: ${firstLine(error)}`);
  const hints =
    config.bizra.canary === undefined
      ? [`paw:bizra.canary is not in Pulumi.${stack}.yaml: there the Deployment rolls, without a canary`]
      : [`pulumi up --stack ${stack} makes it`];
  const known = await isKnown(target);
  return new UserError(
    `there is no Rollout ${where}${known ? "" : ", and the cluster does not know Rollouts: Argo Rollouts is not installed"}`,
    hints,
  );
}

/** Whether the cluster serves Argo Rollouts' kinds; a list says 404 where it does not. */
async function isKnown({ kubeconfig, config }: Target): Promise<boolean> {
  try {
    await kubeconfig.makeApiClient(CustomObjectsApi).listNamespacedCustomObject({
      ...rolloutsApi,
      namespace: config.bizra.namespace,
      plural: "rollouts",
      limit: 1,
    });
    return true;
  } catch (error) {
    return (error as { code?: unknown }).code !== 404;
  }
}

/** Reads the Rollout with its analyses and pods. */
export async function readCanary(target: Target): Promise<Seen> {
  const { namespace } = target.config.bizra;
  const rollout = await readRollout(target);
  const labels = selectorLabels("bizra", "apex");
  const apps = target.kubeconfig.makeApiClient(AppsV1Api);
  const [runs, pods, sets, deployment] = await Promise.all([
    target.kubeconfig.makeApiClient(CustomObjectsApi).listNamespacedCustomObject({
      ...rolloutsApi,
      namespace,
      plural: "analysisruns",
    }) as Promise<{ items: AnalysisRun[] }>,
    podsOf(target, { namespace, labels }),
    apps.listNamespacedReplicaSet({ namespace }),
    apps.listNamespacedDeployment({ namespace, fieldSelector: `metadata.name=${workloadName}` }),
  ]);
  const owned = (references: readonly { readonly uid: string }[] | undefined): boolean =>
    references?.some(({ uid }) => uid === rollout.metadata.uid) ?? false;
  const versions = sets.items
    .filter(({ metadata }) => owned(metadata?.ownerReferences))
    .map(({ metadata, spec }) => {
      const version = spec?.template?.metadata?.labels?.["app.kubernetes.io/version"];
      return [metadata?.labels?.[hashLabel] ?? "", version ?? "unknown"] as const;
    });
  return {
    rollout,
    runs: runs.items
      .filter(({ metadata }) => owned(metadata.ownerReferences))
      .sort((a, b) => (a.metadata.creationTimestamp < b.metadata.creationTimestamp ? -1 : 1)),
    // Pods of the Deployment itself have no hash: they go once the Rollout's own are ready.
    pods: pods.filter(({ metadata }) => metadata?.labels?.[hashLabel] !== undefined),
    versions: new Map(versions),
    workloadGeneration: deployment.items[0]?.metadata?.generation,
    workloadReplicas: deployment.items[0]?.spec?.replicas ?? 0,
  };
}
