/** How a new version of bizra takes over, step by step (spec B9): the Rollout as plain data. */
import { canaryName, stableName, workloadName } from "./names.ts";

/** What splits the traffic: routes of the Gateway API, which Linkerd reads, or Istio's VirtualService. */
export const routeKinds = ["gateway", "istio"] as const;
export type RouteKind = (typeof routeKinds)[number];

export interface CanaryStep {
  /** Per cent of the requests that the new version gets. */
  readonly weight: number;
  /** How long it stays there, such as 30m or 1h. */
  readonly dwell: string;
}

export interface CanaryAnalysis {
  /** How often each figure is measured, such as 1m. */
  readonly interval: string;
  /** Over how long rates are taken, and after which the first measurement is made, such as 5m. */
  readonly window: string;
  /** Bad measurements of a figure that are borne in a whole canary; one more ends it. A crash is never borne. */
  readonly toleratedFailures: number;
  /** Share of operations that may fail, from 0 to 1. */
  readonly maxErrorRate: number;
  /** How much slower than the stable version the new one may be: 0.2 for a fifth. */
  readonly tolerance: number;
}

export interface CanarySettings {
  readonly route: RouteKind;
  readonly steps: readonly CanaryStep[];
  readonly analysis: CanaryAnalysis;
}

/** Name under which Argo Rollouts knows its plugin for the Gateway API. */
export const gatewayPlugin = "argoproj-labs/gatewayAPI";

/** Arguments of the analyses: the hashes by which the pods of both versions are told apart. */
export const hashes = { canary: "canary-hash", stable: "stable-hash" } as const;

/** Seconds in which pods of a new version have to be ready; else it is rolled back. Startup alone may take 300 (spec B5). */
const progressDeadline = 600;

export interface RolloutPlan extends CanarySettings {
  readonly namespace: string;
  readonly replicas: number;
  /** Names of the AnalysisTemplates that judge. */
  readonly templates: readonly string[];
  /** Names of the routes whose weights are set: HTTPRoutes, or routes of the VirtualService. */
  readonly routes: readonly string[];
}

/**
 * The Rollout's `spec`. It runs the pods of the Deployment that it refers to, which is scaled to nothing once the
 * Rollout's own pods are ready.
 */
export function rolloutSpec(plan: RolloutPlan): Record<string, unknown> {
  return {
    replicas: plan.replicas,
    revisionHistoryLimit: 3,
    progressDeadlineSeconds: progressDeadline,
    // Pods that do not become ready have no metrics to be judged by.
    progressDeadlineAbort: true,
    workloadRef: { apiVersion: "apps/v1", kind: "Deployment", name: workloadName, scaleDown: "onsuccess" },
    strategy: {
      canary: {
        canaryService: canaryName,
        stableService: stableName,
        trafficRouting: trafficRouting(plan),
        analysis: {
          // The first step sets the first weight: from the second one on there are pods with traffic to measure.
          startingStep: 1,
          templates: plan.templates.map((templateName) => ({ templateName })),
          args: [
            { name: hashes.canary, valueFrom: { podTemplateHashValue: "Latest" } },
            { name: hashes.stable, valueFrom: { podTemplateHashValue: "Stable" } },
          ],
        },
        steps: [
          ...plan.steps.flatMap(({ weight, dwell }) => [
            { setWeight: weight },
            { pause: { duration: dwell } },
          ]),
          { setWeight: 100 },
        ],
      },
    },
  };
}

function trafficRouting({ route, routes, namespace }: RolloutPlan): Record<string, unknown> {
  if (route === "istio") return { istio: { virtualService: { name: workloadName, routes: [...routes] } } };
  const httpRoutes = routes.map((name) => ({ name }));
  // A label on the routes while a canary runs would be a difference at every refresh.
  return { plugins: { [gatewayPlugin]: { namespace, httpRoutes, disableInProgressLabel: true } } };
}

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** Seconds of a duration such as 30m; NaN for what is none. */
export function secondsOf(duration: string): number {
  const [, number, unit = ""] = /^(\d+)([smh])$/.exec(duration) ?? [];
  return Number(number) * (unitSeconds[unit] ?? NaN);
}
