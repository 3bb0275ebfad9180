/** Custom resource definitions that the end of an API server caught between two of its own steps. */
import {
  ApiextensionsV1Api,
  type KubeConfig,
  PatchStrategy,
  type V1CustomResourceDefinition,
  setHeaderOptions,
} from "@kubernetes/client-node";

const mark = "paw-woken";

/**
 * Wakes definitions whose names were accepted and that were not established when their API server ended. One that
 * starts looks at such a definition only when it changes, or after five minutes
 * (apiextensions-apiserver, `crdHandler.createCustomResourceDefinition`); Helm waits one.
 *
 * @param kubeconfig the cluster, which has to answer
 * @returns their names
 */
export async function wakeDefinitions(kubeconfig: KubeConfig): Promise<string[]> {
  const api = kubeconfig.makeApiClient(ApiextensionsV1Api);
  const { items } = await api.listCustomResourceDefinition();
  const asleep = items.filter(isAsleep).map(({ metadata }) => metadata?.name ?? "");
  for (const name of asleep) {
    // A mark that comes and goes is a change that leaves nothing behind.
    for (const value of ["", null]) {
      const body = { metadata: { annotations: { [mark]: value } } };
      const merge = setHeaderOptions("Content-Type", PatchStrategy.MergePatch);
      await api.patchCustomResourceDefinition({ name, body }, merge);
    }
  }
  return asleep;
}

function isAsleep({ status }: V1CustomResourceDefinition): boolean {
  const holds = (type: string): boolean =>
    status?.conditions?.some((condition) => condition.type === type && condition.status === "True") ?? false;
  return holds("NamesAccepted") && !holds("Established");
}
