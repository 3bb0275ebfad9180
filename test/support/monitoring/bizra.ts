/** bizra's simulators as processes, one for each pod that the API server stored. */
import { eventually } from "../chain.ts";
import { RunningPod } from "../podRunner.ts";
import type { KubernetesObject } from "../rendered.ts";
import type { Sandbox } from "../sandbox.ts";

/** The last number of the first loopback address of bizra's pods. */
const firstBizra = 61;
const inBizra = ["-n", "testnet"];

/** Names of bizra's pods that are not going. */
export async function bizraPods(sandbox: Sandbox): Promise<string[]> {
  const { items } = await sandbox.stored<{ items: KubernetesObject[] }>("pods", ...inBizra);
  return items
    .filter(({ metadata }) => metadata.name.startsWith("bizra-") && !("deletionTimestamp" in metadata))
    .map(({ metadata }) => metadata.name);
}

/**
 * A process for each of bizra's pods: the container of the stored Deployment, with the simulator that it mounts.
 *
 * @param folder what they leave lies here.
 */
export async function startBizra(sandbox: Sandbox, folder: string): Promise<Map<string, RunningPod>> {
  const pods = new Map<string, RunningPod>();
  for (const [index, name] of (await bizraPods(sandbox)).entries()) {
    pods.set(name, await startSimulator(sandbox, { name, folder, index }));
  }
  return pods;
}

/** A simulator in the place of one pod, as its Deployment is now; `index` gives it an address of its own. */
export async function startSimulator(
  sandbox: Sandbox,
  { name, folder, index }: { readonly name: string; readonly folder: string; readonly index: number },
): Promise<RunningPod> {
  const { spec } = await sandbox.stored<KubernetesObject>("deployment", "bizra-apex", ...inBizra);
  const maps = await sandbox.stored<{ items: KubernetesObject[] }>("configmaps", ...inBizra);
  const configMaps = Object.fromEntries(
    maps.items.map(({ metadata, data }) => [metadata.name, data as Record<string, string>]),
  );
  const plan = {
    name,
    namespace: "testnet",
    template: spec.template,
    address: `127.0.0.${firstBizra + index}`,
    images: { "docker.io/library/node": { programs: ["node"] } },
    sources: { configMaps, secrets: {} },
    hosts: {},
  };
  const pod = await new RunningPod(plan, folder).start();
  const ready = async (): Promise<boolean> => (await pod.probe("bizra-apex", "readinessProbe")).passed;
  await eventually(`${name} is ready`, 30, ready);
  return pod;
}
