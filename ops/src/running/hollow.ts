/** Pods that kwok simulates, behind which nothing stands: whoever would look into them sees nothing. */
import { CoreV1Api, CustomObjectsApi, type KubeConfig } from "@kubernetes/client-node";

import { simulatedNodeLabel } from "../../../components/names.ts";
import type { Outcome } from "./checks.ts";
import type { Target } from "./target.ts";

/** What is said of a check that would look into such pods. */
export const hollowPods: Outcome = {
  found: "simulated pods",
  faults: [],
  notEvaluated: "pods are simulated here, and nothing stands behind them",
};

/**
 * Whether the pods of a namespace are such: on an embedded cluster, or sent to the simulated nodes of a live one, and no
 * object of kwok leads from them to a process.
 */
export async function isHollow({ kubeconfig, embedded }: Target, namespace: string): Promise<boolean> {
  if (!embedded && !(await areSentAway(kubeconfig, namespace))) return false;
  const place = { group: "kwok.x-k8s.io", version: "v1alpha1", plural: "portforwards", namespace };
  const api = kubeconfig.makeApiClient(CustomObjectsApi);
  try {
    const { items } = (await api.listNamespacedCustomObject(place)) as { items: unknown[] };
    return items.length === 0;
  } catch {
    return true; // a cluster of an earlier version of this project, which does not know the kind
  }
}

/** Whether all pods ask for a simulated node, as those without an image do on a live cluster. */
async function areSentAway(kubeconfig: KubeConfig, namespace: string): Promise<boolean> {
  const { items } = await kubeconfig.makeApiClient(CoreV1Api).listNamespacedPod({ namespace });
  return (
    items.length > 0 && items.every(({ spec }) => spec?.nodeSelector?.[simulatedNodeLabel] !== undefined)
  );
}
