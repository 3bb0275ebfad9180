/** Operations that a killed run had begun and not recorded. */
import { ApiException, CoreV1Api, type KubeConfig, KubernetesObjectApi } from "@kubernetes/client-node";
import type { Stack } from "@pulumi/pulumi/automation/index.js";

interface Resource {
  readonly urn: string;
  readonly type: string;
  readonly inputs?: {
    /** Of Helm releases. */
    readonly name?: string;
    readonly namespace?: string;
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
}

/**
 * Records objects that were made without being recorded, so that the next run neither makes them twice nor leaves them
 * behind, and drops all other operations under way: they are done again.
 *
 * @param kubeconfig the cluster, which has to answer
 */
export async function settlePendingOperations(stack: Stack, kubeconfig: KubeConfig): Promise<Settled> {
  const exported = await stack.exportStack();
  const deployment = exported.deployment as Deployment | undefined;
  const pending = deployment?.pending_operations ?? [];
  if (pending.length === 0) return { recorded: 0, forgotten: 0 };

  await forgetReleases(pending, kubeconfig);
  const recorded = deployment?.resources ?? [];
  const known = new Set(recorded.map(({ urn }) => urn));
  const made = (await madeObjects(pending, kubeconfig)).filter(({ urn }) => !known.has(urn));
  const resources = [...recorded, ...made];
  await stack.importStack({ ...exported, deployment: { ...deployment, resources, pending_operations: [] } });
  const target = made.map(({ urn }) => urn);
  // Pulumi reads the objects as they are; the program is not run.
  if (target.length > 0) await stack.refresh({ target, runProgram: false, suppressOutputs: true });
  return { recorded: made.length, forgotten: pending.length - made.length };
}

/**
 * Takes away Helm's own record of releases whose installation was cut off: Helm would refuse their names. Installed
 * again, a release takes over what it had made before.
 */
async function forgetReleases(pending: readonly PendingOperation[], kubeconfig: KubeConfig): Promise<void> {
  const api = kubeconfig.makeApiClient(CoreV1Api);
  for (const { type, resource } of pending) {
    const { name, namespace } = resource.inputs ?? {};
    const release = resource.type === "kubernetes:helm.sh/v3:Release" && type === "creating";
    if (!release || name === undefined || namespace === undefined) continue;
    await api.deleteCollectionNamespacedSecret({ namespace, labelSelector: `owner=helm,name=${name}` });
  }
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
