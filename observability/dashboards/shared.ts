/** What several dashboards have in common: their variables and the marks of deployments. */
import { query } from "../model.ts";
import type { Variable } from "./spec.ts";

/** Selects the nodes of the chosen chain. */
export const chain = 'namespace=~"$namespace",chain_id=~"$chain_id"';
/** The same for series that do not know their chain. */
export const inNamespace = 'namespace=~"$namespace"';

export function chainVariables(namespace: string): readonly Variable[] {
  return [
    {
      name: "namespace",
      label: "Namespace",
      query: query("cometbft", "label_values(cometbft_consensus_latest_block_height, namespace)"),
      initial: namespace,
    },
    {
      name: "chain_id",
      label: "Chain",
      query: query(
        "cometbft",
        'label_values(cometbft_consensus_latest_block_height{namespace=~"$namespace"}, chain_id)',
      ),
    },
  ];
}

export const nodeVariable: Variable = {
  name: "pod",
  label: "Pod",
  query: query(
    "cometbft",
    'label_values(cometbft_consensus_latest_block_height{namespace=~"$namespace"}, pod)',
  ),
  multi: true,
};

export function podVariables(namespaces: readonly string[]): readonly Variable[] {
  return [
    {
      name: "namespace",
      label: "Namespace",
      query: query(
        "kube-state-metrics",
        `label_values(kube_pod_status_phase{namespace=~"${namespaces.join("|")}"}, namespace)`,
      ),
      multi: true,
    },
    {
      name: "pod",
      label: "Pod",
      query: query("kube-state-metrics", 'label_values(kube_pod_status_phase{namespace=~"$namespace"}, pod)'),
      multi: true,
    },
  ];
}

/** Marks the moments at which a workload's description changed: a deployment, a rollback, a change of scale. */
export const deployments = [
  {
    name: "StatefulSet changed",
    query: query(
      "kube-state-metrics",
      `sum by (namespace, statefulset) (changes(kube_statefulset_metadata_generation{${inNamespace}}[1m])) > 0`,
      "{{statefulset}}",
    ),
  },
  {
    name: "Deployment changed",
    query: query(
      "kube-state-metrics",
      `sum by (namespace, deployment) (changes(kube_deployment_metadata_generation{${inNamespace}}[1m])) > 0`,
      "{{deployment}}",
    ),
  },
] as const;
