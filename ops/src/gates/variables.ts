/** Environment variables of a container as the cluster would give them to it now. */
import { CoreV1Api, type V1EnvFromSource, type V1Pod } from "@kubernetes/client-node";

import type { Target } from "../running/target.ts";

/**
 * Plain values and those out of ConfigMaps; a variable that comes from elsewhere is left out. A ConfigMap that changed
 * since the container began is read as it is now, so this says less than a look from inside.
 */
export async function variablesOfSpec(
  { kubeconfig }: Target,
  { metadata, spec }: V1Pod,
  container: string,
): Promise<Record<string, string>> {
  const found = spec?.containers.find(({ name }) => name === container);
  const core = kubeconfig.makeApiClient(CoreV1Api);
  const namespace = metadata?.namespace ?? "";
  const dataOf = async (name = ""): Promise<Record<string, string>> =>
    (await core.readNamespacedConfigMap({ namespace, name })).data ?? {};
  const fromMap = async ({ configMapRef, prefix = "" }: V1EnvFromSource): Promise<[string, string][]> =>
    configMapRef === undefined
      ? []
      : Object.entries(await dataOf(configMapRef.name)).map(([name, value]) => [`${prefix}${name}`, value]);
  const shared = await Promise.all((found?.envFrom ?? []).map(fromMap));
  const own = await Promise.all(
    (found?.env ?? []).map(async ({ name, value, valueFrom }): Promise<[string, string][]> => {
      const key = valueFrom?.configMapKeyRef;
      const read = key === undefined ? value : (await dataOf(key.name))[key.key];
      return read === undefined ? [] : [[name, read]];
    }),
  );
  return Object.fromEntries([...shared.flat(), ...own.flat()]);
}
