/** What an interrupted run had begun and not recorded. */
import { ApiException, CoreV1Api, type KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import type { Stack } from "@pulumi/pulumi/automation/index.js";

import { definitionCharts, definitionsRelease } from "../../components/platform/charts/definitions.ts";

interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly inputs?: {
    /** Of Helm releases. */
    readonly name?: string;
    readonly apiVersion?: string;
    readonly kind?: string;
    readonly metadata?: { readonly name?: string; readonly namespace?: string };
  };
  readonly id?: string;
}

/** An operation under way, as Pulumi's checkpoint has it. */
interface PendingOperation {
  readonly type: string;
  readonly resource: Resource;
}

const releaseType = "kubernetes:helm.sh/v3:Release";

interface Deployment {
  readonly resources?: readonly Resource[];
  readonly pending_operations?: readonly PendingOperation[];
}

interface ObjectKey {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

/** What became of the operations: how many objects are in the state now, and how many had not been made. */
interface Settled {
  readonly recorded: number;
  readonly forgotten: number;
  /** Helm releases whose record in the cluster was taken away. */
  readonly releases: number;
}

/**
 * Records objects that were made without being recorded, so that the next run neither makes them twice nor leaves them
 * behind, and drops all other operations under way, and Helm's record of releases that were cut off: they are done again.
 *
 * @param kubeconfig the cluster, which has to answer
 */
export async function settlePendingOperations(stack: Stack, kubeconfig: KubeConfig): Promise<Settled> {
  const exported = await stack.exportStack();
  const deployment = exported.deployment as Deployment | undefined;
  const recorded = deployment?.resources ?? [];
  const releases = await forgetReleases(recorded, kubeconfig);
  const pending = deployment?.pending_operations ?? [];
  if (pending.length === 0) return { recorded: 0, forgotten: 0, releases };

  const known = new Set(recorded.map(({ urn }) => urn));
  const made = (await madeObjects(pending, kubeconfig)).filter(({ urn }) => !known.has(urn));
  const resources = [...recorded, ...made];
  await stack.importStack({ ...exported, deployment: { ...deployment, resources, pending_operations: [] } });
  const target = made.map(({ urn }) => urn);
  // Pulumi reads the objects as they are; the program is not run.
  if (target.length > 0) await stack.refresh({ target, runProgram: false, suppressOutputs: true });
  return { recorded: made.length, forgotten: pending.length - made.length, releases };
}

/**
 * Takes away Helm's own record of releases that the state does not know, whether their run was killed or their API
 * server: Helm would refuse their names. Of those that the state knows it takes away the revision that was cut off, or
 * Helm would wait for it to end. Installed again, a release takes over what it had made before.
 */
async function forgetReleases(recorded: readonly Resource[], kubeconfig: KubeConfig): Promise<number> {
  const api = kubeconfig.makeApiClient(CoreV1Api);
  const known = recorded.filter(({ type }) => type === releaseType).map(({ inputs }) => inputs?.name ?? "");
  const unknown = definitionCharts.map(definitionsRelease).filter((name) => !known.includes(name));
  let count = 0;
  for (const [names, status] of [
    [unknown, ""],
    [known, ",status in (pending-upgrade,pending-rollback)"],
  ] as const) {
    if (names.length === 0) continue;
    const labelSelector = `owner=helm,name in (${names.join(",")})${status}`;
    const { items } = await api.listSecretForAllNamespaces({ labelSelector });
    for (const { metadata } of items) {
      await api.deleteNamespacedSecret({ name: metadata?.name ?? "", namespace: metadata?.namespace ?? "" });
    }
    count += items.length;
  }
  return count;
}

/** The resources whose creation had got as far as an object, with Pulumi's id of it. */
async function madeObjects(
  pending: readonly PendingOperation[],
  kubeconfig: KubeConfig,
): Promise<Resource[]> {
  const api = kubeconfig.makeApiClient(KubernetesObjectApi);
  const made: Resource[] = [];
  for (const operation of pending) {
    const key = objectKey(operation);
    if (key === undefined || !(await exists(api, key))) continue;
    const { name, namespace } = key.metadata;
    made.push({ ...operation.resource, id: namespace === undefined ? name : `${namespace}/${name}` });
  }
  return made;
}

function objectKey({ type, resource }: PendingOperation): ObjectKey | undefined {
  const { apiVersion, kind, metadata } = resource.inputs ?? {};
  if (type !== "creating" || !apiVersion || !kind || !metadata?.name) return undefined;
  const { name, namespace } = metadata;
  return { apiVersion, kind, metadata: namespace === undefined ? { name } : { name, namespace } };
}

async function exists(api: KubernetesObjectApi, key: ObjectKey): Promise<boolean> {
  try {
    await api.read(key);
    return true;
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return false;
    // The client's words for a kind that the API server does not know.
    if (error instanceof Error && error.message.startsWith("Unrecognized API version and kind")) return false;
    throw error;
  }
}
