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

import { type Network, networkSchema } from "../../../components/chain/network.ts";
import { objectNames } from "../../../components/chain/objects.ts";
import { commonLabels, namespaces, networkConfigMap } from "../../../components/names.ts";
import { restrictedNamespaceLabels } from "../../../components/security/podSecurity.ts";
import { UserError } from "../errors.ts";
import { type Files, type NewNetwork, type NodesArgs, newNodes } from "./network.ts";

const namespace = namespaces.paw;
const labels = commonLabels("paw", "keys");
const draftName = "paw-network-draft";
/** Accounts that own the validators; no pod mounts them. */
const operatorKeys = "paw-operator-keys";
const fieldManager = "paw";

/**
 * The network of a cluster, or nothing.
 *
 * @throws UserError when the ConfigMap is there and holds no network.
 */
export async function readClusterNetwork(kubeconfig: KubeConfig): Promise<Network | undefined> {
  const api = kubeconfig.makeApiClient(CoreV1Api);
  const map = await found(api.readNamespacedConfigMap({ name: networkConfigMap, namespace }));
  if (map === undefined) return undefined;
  let facts: unknown;
  try {
    facts = JSON.parse(map.data?.["network.json"] ?? "");
  } catch {
    facts = undefined;
  }
  const parsed = networkSchema.safeParse(facts);
  if (parsed.success) return parsed.data;
  throw new UserError(
    `the ConfigMap ${namespace}/${networkConfigMap} holds no network; nothing was changed`,
    [
      "it should have the public facts of a network under network.json: put them back, or start a new local cluster",
    ],
  );
}

/** Removes the draft of a network that is complete: a run that was killed at its very end leaves one behind. */
export async function removeDraft(kubeconfig: KubeConfig): Promise<void> {
  const api = kubeconfig.makeApiClient(CoreV1Api);
  await found(api.deleteNamespacedSecret({ name: draftName, namespace }));
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
    await removeDraft(kubeconfig);
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
  await removeDraft(kubeconfig);
  return { facts: network.facts, resumed };
}

/**
 * Brings the network of a cluster to the given numbers of nodes: adds keys to its Secrets, then the nodes to its facts.
 * Safe to kill at any moment: the next run takes the keys that are there already, and replaces none.
 *
 * @returns the facts as they are now, or nothing if no node was lacking.
 * @throws UserError when there is no network, or an entry of a Secret is no key; nothing was changed then.
 */
export async function addToCluster(
  kubeconfig: KubeConfig,
  args: Pick<NodesArgs, "validators" | "sentries" | "prefix">,
): Promise<Network | undefined> {
  const facts = await readClusterNetwork(kubeconfig);
  if (facts === undefined) {
    throw new UserError("this cluster has no network yet; nothing was changed", [
      "make one: npx paw validators init",
    ]);
  }
  const api = kubeconfig.makeApiClient(CoreV1Api);
  const read = (name: string): Promise<V1Secret> => api.readNamespacedSecret({ name, namespace });
  const consensus = await read(objectNames.consensusKeys);
  const node = await read(objectNames.nodeKeys);
  const operator = await found(read(operatorKeys));
  const kept = { consensusKeys: filesIn(consensus), nodeKeys: filesIn(node) };
  const added = await newNodes({ ...args, facts, kept }).catch((error: unknown) => {
    throw new UserError(
      `an entry of a Secret cannot be used: ${(error as Error).message}; nothing was changed`,
      [`look at ${objectNames.consensusKeys} and ${objectNames.nodeKeys} in the namespace ${namespace}`],
    );
  });
  if (added.facts === facts) return undefined;
  // An operator may keep the accounts elsewhere and have removed the Secret.
  if (operator === undefined) await createSecret(api, operatorKeys, added.operators);
  else await addEntries(api, operator, added.operators);
  await addEntries(api, node, added.nodeKeys);
  await addEntries(api, consensus, added.consensusKeys);
  const map = await api.readNamespacedConfigMap({ name: networkConfigMap, namespace });
  const data = { ...map.data, "network.json": JSON.stringify(added.facts, null, 2) };
  await api.replaceNamespacedConfigMap({
    name: networkConfigMap,
    namespace,
    fieldManager,
    body: Object.assign(map, { data }),
  });
  return added.facts;
}

/** Adds entries to a Secret, beside those it has. It must not have changed meanwhile: the API server looks. */
async function addEntries(api: CoreV1Api, secret: V1Secret, files: Files): Promise<void> {
  const stringData = Object.fromEntries(
    Object.entries(files).filter(([name]) => secret.data?.[name] === undefined),
  );
  const name = secret.metadata?.name ?? "";
  await api.replaceNamespacedSecret({
    name,
    namespace,
    fieldManager,
    body: Object.assign(secret, { stringData }),
  });
}

function filesIn({ data = {} }: V1Secret): Files {
  return Object.fromEntries(
    Object.entries(data).map(([name, value]) => [name, Buffer.from(value, "base64").toString("utf8")]),
  );
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
  // Secrets that belong to one network. The token secret and the backup's password fit any, and are kept.
  const own = [objectNames.consensusKeys, objectNames.nodeKeys, objectNames.genesis, operatorKeys];
  const there: string[] = [];
  for (const name of own) {
    if ((await found(api.readNamespacedSecret({ name, namespace }))) !== undefined) there.push(name);
  }
  if (there.length > 0) {
    throw new UserError(
      `the Secret ${namespace}/${there[0] ?? ""} is there, and the ConfigMap ${networkConfigMap} is not; nothing was changed`,
      [
        "keys are never overwritten. If no validator ever ran with them: " +
          `kubectl -n ${namespace} delete secret ${there.join(" ")}`,
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

/**
 * Creates, and never changes: an object of that name is one that an earlier run made from the same draft, or one that
 * fits any network (see `makeDraft`).
 */
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
