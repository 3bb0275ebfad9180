/**
 * A new network as Kubernetes Secrets, for `local`. Safe to kill at any moment: everything is written to one Secret
 * first, the draft, and spread from there; a run that finds a draft goes on with its keys and makes no new ones.
 */
import {
  ApiException,
  CoreV1Api,
  type KubeConfig,
  V1ConfigMap,
  V1Namespace,
  V1ObjectMeta,
  V1Secret,
} from "@kubernetes/client-node";

import type { Network } from "../../../components/chain/network.ts";
import { objectNames } from "../../../components/chain/objects.ts";
import { commonLabels, namespaces, networkConfigMap } from "../../../components/names.ts";
import { restrictedNamespaceLabels } from "../../../components/security/podSecurity.ts";
import { UserError } from "../errors.ts";
import type { Files, NewNetwork } from "./network.ts";

const namespace = namespaces.paw;
const labels = commonLabels("paw", "keys");
const draftName = "paw-network-draft";
/** Accounts that own the validators; no pod mounts them. */
const operatorKeys = "paw-operator-keys";
const fieldManager = "paw";

/** The network of a cluster, or nothing. */
export async function readClusterNetwork(kubeconfig: KubeConfig): Promise<Network | undefined> {
  const api = kubeconfig.makeApiClient(CoreV1Api);
  const map = await found(api.readNamespacedConfigMap({ name: networkConfigMap, namespace }));
  return map && (JSON.parse(map.data?.["network.json"] ?? "null") as Network);
}

/**
 * Writes a network into the cluster.
 *
 * @param make is called only when there is neither a network nor the draft of one.
 * @returns the network's facts, and whether they came from an interrupted run's draft.
 * @throws UserError when a network, or a Secret of unknown origin, is there; nothing was changed then.
 */
export async function writeCluster(
  kubeconfig: KubeConfig,
  make: () => Promise<NewNetwork>,
): Promise<{ facts: Network; resumed: boolean }> {
  const api = kubeconfig.makeApiClient(CoreV1Api);
  const existing = await readClusterNetwork(kubeconfig);
  if (existing !== undefined) {
    // A run that was killed at the very end left its draft behind.
    await found(api.deleteNamespacedSecret({ name: draftName, namespace }));
    throw new UserError(
      `this cluster has a network already (chain id ${existing.chainId}, ConfigMap ${namespace}/${networkConfigMap}); nothing was changed`,
      ["keys are never overwritten. A new local network needs a new local cluster: npx paw destroy"],
    );
  }
  const draft = await found(api.readNamespacedSecret({ name: draftName, namespace }));
  const resumed = draft !== undefined;
  const network = resumed ? fromDraft(draft.data ?? {}) : await makeDraft(api, make);
  for (const [name, files] of Object.entries(secretsOf(network))) await createSecret(api, name, files);
  await api.createNamespacedConfigMap({
    namespace,
    fieldManager,
    body: Object.assign(new V1ConfigMap(), {
      metadata: metadata(networkConfigMap),
      data: { "network.json": JSON.stringify(network.facts, null, 2) },
    }),
  });
  await found(api.deleteNamespacedSecret({ name: draftName, namespace }));
  return { facts: network.facts, resumed };
}

/** Secrets by name: what `paw:secrets.source: vault` would bring from Vault, and the operators' accounts. */
function secretsOf(network: NewNetwork): Record<string, Files> {
  return {
    [objectNames.consensusKeys]: network.consensusKeys,
    [objectNames.nodeKeys]: network.nodeKeys,
    [objectNames.genesis]: { "genesis.json": network.genesis },
    [operatorKeys]: network.operators,
    [objectNames.jwt]: { jwt_secret: network.jwtSecret },
    [objectNames.backup]: {
      RESTIC_PASSWORD: network.backupPassword,
      // On the backup's own volume: it shows the way, and saves nothing from the loss of that volume.
      RESTIC_REPOSITORY: "/chain/restic",
    },
  };
}

async function makeDraft(api: CoreV1Api, make: () => Promise<NewNetwork>): Promise<NewNetwork> {
  await ensureNamespace(api);
  const names = [objectNames.consensusKeys, objectNames.nodeKeys, objectNames.genesis];
  for (const name of names) {
    if ((await found(api.readNamespacedSecret({ name, namespace }))) === undefined) continue;
    throw new UserError(
      `the Secret ${namespace}/${name} is there, and the ConfigMap ${networkConfigMap} is not; nothing was changed`,
      [
        "keys are never overwritten. If no validator ever ran with them: " +
          `kubectl -n ${namespace} delete secret ${names.join(" ")}`,
      ],
    );
  }
  const network = await make();
  await createSecret(api, draftName, { "network.json": JSON.stringify(network) });
  return network;
}

function fromDraft(data: Readonly<Record<string, string>>): NewNetwork {
  return JSON.parse(Buffer.from(data["network.json"] ?? "", "base64").toString("utf8")) as NewNetwork;
}

/** Creates, and never changes: an object of that name is one that an earlier run made from the same draft. */
async function createSecret(api: CoreV1Api, name: string, files: Files): Promise<void> {
  try {
    await api.createNamespacedSecret({
      namespace,
      fieldManager,
      body: Object.assign(new V1Secret(), { metadata: metadata(name), stringData: { ...files } }),
    });
  } catch (error) {
    if (!(error instanceof ApiException && error.code === 409 && name !== draftName)) throw error;
  }
}

/** The namespace as Pulumi will have it; Pulumi takes it over later. */
async function ensureNamespace(api: CoreV1Api): Promise<void> {
  if ((await found(api.readNamespace({ name: namespace }))) !== undefined) return;
  const body = Object.assign(new V1Namespace(), {
    metadata: metadata(namespace, { ...commonLabels("paw", "namespace"), ...restrictedNamespaceLabels() }),
  });
  try {
    await api.createNamespace({ body, fieldManager });
  } catch (error) {
    if (!(error instanceof ApiException && error.code === 409)) throw error;
  }
}

function metadata(name: string, own: Record<string, string> = labels): V1ObjectMeta {
  return Object.assign(new V1ObjectMeta(), { name, labels: own });
}

/** What a request brings; nothing where the object is not there. */
async function found<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ApiException && error.code === 404) return undefined;
    throw error;
  }
}
