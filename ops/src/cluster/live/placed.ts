/** Which workloads of a live cluster really run, and which are simulated beside them. */
import {
  AppsV1Api,
  BatchV1Api,
  type KubeConfig,
  type V1ObjectMeta,
  type V1PodSpec,
} from "@kubernetes/client-node";

import { simulatedNodeLabel } from "../../../../components/names.ts";
import { liveNode } from "./names.ts";

interface Workload {
  readonly metadata?: V1ObjectMeta;
  readonly pod?: V1PodSpec | undefined;
}

/** The lines of a summary. */
export async function placedPods(kubeconfig: KubeConfig): Promise<string[]> {
  const apps = kubeconfig.makeApiClient(AppsV1Api);
  const [deployments, sets, jobs] = await Promise.all([
    apps.listDeploymentForAllNamespaces(),
    apps.listStatefulSetForAllNamespaces(),
    kubeconfig.makeApiClient(BatchV1Api).listCronJobForAllNamespaces(),
  ]);
  return placedLines([
    ...[...deployments.items, ...sets.items].map(({ metadata, spec }): Workload => ({
      ...(metadata ? { metadata } : {}),
      pod: spec?.template.spec,
    })),
    ...jobs.items.map(({ metadata, spec }): Workload => ({
      ...(metadata ? { metadata } : {}),
      pod: spec.jobTemplate.spec?.template.spec,
    })),
  ]);
}

/** Sorted by what a reader asks first: what of this is real. */
export function placedLines(workloads: readonly Workload[]): string[] {
  const named = ({ metadata }: Workload): string => metadata?.name ?? "";
  const isSimulated = ({ pod }: Workload): boolean => pod?.nodeSelector?.[simulatedNodeLabel] !== undefined;
  const real = workloads
    .filter((each) => !isSimulated(each))
    .map(named)
    .sort();
  const simulated = workloads.filter(isSimulated);
  const images = ({ pod }: Workload): string =>
    [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])].map(({ image }) => image ?? "").join(", ");
  return [
    `Pods that really run on ${liveNode.name}: ${real.join(", ") || "none"}. Their images are made of programs of this machine.`,
    ...(simulated.length === 0
      ? []
      : [
          `Simulated, since no image of theirs can be made here: ${simulated
            .map((each) => `${named(each)} (${images(each)})`)
            .sort()
            .join("; ")}.`,
        ]),
    "Not enforced: NetworkPolicies.",
  ];
}
