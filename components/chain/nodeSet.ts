import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commonLabels, namespaces, selectorLabels } from "../names.ts";
import { chainStorageClass } from "../platform/storage.ts";
import { pawPorts } from "../ports.ts";
import { appToml, configToml, type NodeSettings } from "./nodeConfig.ts";
import { type Network } from "./network.ts";
import { type NodeCounts, type NodeRole, podName, workloadName } from "./nodes.ts";
import { peersOf } from "./peers.ts";
import { objectNames } from "./objects.ts";
import { type NodeImages, dataVolume, nodePodTemplate } from "./podTemplate.ts";

/** What all nodes of the chain share. */
export interface ChainArgs {
  readonly network: Network;
  readonly counts: NodeCounts;
  readonly images: NodeImages;
  /** Name of the chain's binary in its image. */
  readonly binary: string;
  readonly settings: NodeSettings;
  /** Address of the genesis; where it is missing, the Secret `paw-genesis` holds it. */
  readonly genesisUrl?: string | undefined;
  /** The scripts that pods run, by file name. */
  readonly scripts: Readonly<Record<string, string>>;
  /** Seconds after which a block is old. */
  readonly maxBlockAge: number;
  /** Hard rules for machines and zones, or wishes. */
  readonly spread: "required" | "preferred";
  /** Whether the volumes outlive the stack: everywhere but in `local`, whose namespace takes them with it. */
  readonly keepVolumes: boolean;
}

export interface NodeSetArgs {
  readonly role: NodeRole;
  readonly chain: ChainArgs;
  /** CPU and memory per node, and what it claims (spec A16). */
  readonly size: { readonly cpu: string; readonly memory: string; readonly storage: string };
  /** Most pods that an eviction may take at once. */
  readonly maxUnavailable: number;
  /** Own address per pod, as the outside dials it: `host:port` (CometBFT `p2p.external_address`). */
  readonly externalAddresses?: Readonly<Record<string, string>> | undefined;
  /** The number of pods is an autoscaler's business once the set is there. */
  readonly autoscaled?: boolean;
}

/** Nodes of one role: StatefulSet, claims, headless Service, settings, account, disruption budget, ServiceMonitor. */
export class NodeSet extends pulumi.ComponentResource {
  public readonly statefulSet: k8s.apps.v1.StatefulSet;

  constructor(name: string, args: NodeSetArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:chain:NodeSet", name, {}, opts);
    const { role } = args;
    const labels = commonLabels("paw", role);
    const metadata = { name: workloadName(role), namespace: namespaces.paw, labels };
    const selector = selectorLabels("paw", role);
    const inside = { parent: this };
    const settings = settingsOf(args);

    const config = new k8s.core.v1.ConfigMap(
      `${name}-settings`,
      { metadata: { ...metadata, name: objectNames.settings(role) }, data: settings },
      inside,
    );
    const account = new k8s.core.v1.ServiceAccount(
      `${name}-account`,
      { metadata, automountServiceAccountToken: false },
      inside,
    );
    const service = new k8s.core.v1.Service(
      `${name}-service`,
      { metadata: withoutWaiting(metadata), spec: headlessService(role, selector) },
      inside,
    );
    const claims = this.claims(name, args);
    this.statefulSet = new k8s.apps.v1.StatefulSet(
      `${name}-set`,
      { metadata: withoutWaiting(metadata), spec: statefulSetSpec(args, { settings, labels, selector }) },
      {
        ...inside,
        dependsOn: [config, account, service, ...claims],
        // Kubernetes refuses a change of the templates; existing claims grow by themselves, see claims().
        ignoreChanges: ["spec.volumeClaimTemplates", ...(args.autoscaled ? ["spec.replicas"] : [])],
        // Two pods with one identity must not live side by side, not even for the time of a replacement.
        deleteBeforeReplace: true,
      },
    );
    new k8s.policy.v1.PodDisruptionBudget(
      `${name}-disruption-budget`,
      {
        metadata,
        spec: { maxUnavailable: args.maxUnavailable, selector: { matchLabels: selector } },
      },
      inside,
    );
    new k8s.apiextensions.CustomResource(
      `${name}-service-monitor`,
      {
        apiVersion: "monitoring.coreos.com/v1",
        kind: "ServiceMonitor",
        metadata,
        spec: {
          selector: { matchLabels: selector },
          // Every 15 s (spec A7).
          endpoints: [{ port: "metrics", path: "/metrics", interval: "15s" }],
        },
      },
      inside,
    );
    this.registerOutputs();
  }

  /**
   * The claims under the names that the StatefulSet looks for. Declared here, because a StatefulSet never changes a
   * claim: a larger size in the configuration grows the volume in place (spec A1b).
   */
  private claims(name: string, { role, chain, size }: NodeSetArgs): k8s.core.v1.PersistentVolumeClaim[] {
    return Array.from({ length: chain.counts[role] }, (_, ordinal) => {
      const pod = podName(role, ordinal);
      const metadata = {
        name: `${dataVolume}-${pod}`,
        namespace: namespaces.paw,
        labels: commonLabels("paw", role),
      };
      return new k8s.core.v1.PersistentVolumeClaim(
        `${name}-claim-${ordinal}`,
        { metadata: withoutWaiting(metadata), spec: claimSpec(size.storage) },
        // A volume that the cluster chose stays chosen; only the size is ours to change.
        { parent: this, retainOnDelete: chain.keepVolumes, ignoreChanges: ["spec.volumeName"] },
      );
    });
  }
}

/** The files of `/settings`: overrides of the binary's defaults, the peers, the number of pods. */
function settingsOf({ role, chain, externalAddresses = {} }: NodeSetArgs): Record<string, string> {
  const peers = peersOf(role, chain.network, chain.counts);
  const lines = (list: readonly string[]): string => list.map((line) => `${line}\n`).join("");
  return {
    "config.toml": configToml(role, peers, chain.settings),
    "app.toml": appToml(role, chain.settings),
    peers: lines(peers.persistent),
    replicas: `${chain.counts[role]}\n`,
    external_addresses: lines(Object.entries(externalAddresses).map(([pod, address]) => `${pod} ${address}`)),
  };
}

function statefulSetSpec(
  { role, chain, size }: NodeSetArgs,
  parts: {
    readonly settings: Record<string, string>;
    readonly labels: Record<string, string>;
    readonly selector: Record<string, string>;
  },
): k8s.types.input.apps.v1.StatefulSetSpec {
  return {
    replicas: chain.counts[role],
    serviceName: workloadName(role),
    selector: { matchLabels: parts.selector },
    // One after the other, and in a change from the last to the first: the next one waits until this one follows a
    // chain that makes blocks (probe.sh says when an early pod may be ready without any).
    podManagementPolicy: "OrderedReady",
    // Without the partition written out, a pod that is deleted in the middle of a change is made anew as it was, and a
    // change that cannot become ready (an upgrade at a height, a broken image) could never be replaced.
    updateStrategy: { type: "RollingUpdate", rollingUpdate: { partition: 0 } },
    // A block or two more, before the next one goes.
    minReadySeconds: 15,
    persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
    template: nodePodTemplate({
      ...parts,
      role,
      images: chain.images,
      binary: chain.binary,
      chainId: chain.network.chainId,
      genesisSha256: chain.network.genesisSha256,
      genesisUrl: chain.genesisUrl,
      scripts: chain.scripts,
      size,
      maxBlockAge: chain.maxBlockAge,
      haltHeight: chain.settings.haltHeight,
      remoteSigner: chain.settings.remoteSigner,
      spread: chain.spread,
    }),
    volumeClaimTemplates: [
      {
        metadata: { name: dataVolume, labels: parts.labels },
        spec: claimSpec(size.storage),
      },
    ],
  };
}

export function claimSpec(storage: string): k8s.types.input.core.v1.PersistentVolumeClaimSpec {
  return {
    accessModes: ["ReadWriteOnce"],
    storageClassName: chainStorageClass,
    resources: { requests: { storage } },
  };
}

/** Names for the pods, also for those that are not ready: they have to find each other to become it. */
function headlessService(
  role: NodeRole,
  selector: Record<string, string>,
): k8s.types.input.core.v1.ServiceSpec {
  const ports = Object.entries({
    p2p: pawPorts.p2p.port,
    // Nobody may call a sentry's (spec A3): what no flow reaches, no Service offers.
    ...(role === "sentry" ? {} : { rpc: pawPorts.rpc.port }),
    metrics: pawPorts.metrics.port,
    ...(role === "full-node" ? { rest: pawPorts.rest.port, grpc: pawPorts.grpc.port } : {}),
  });
  return {
    clusterIP: "None",
    publishNotReadyAddresses: true,
    selector,
    ports: ports.map(([name, port]) => ({ name, port, targetPort: name, protocol: "TCP" })),
  };
}

/** Nodes take hours to follow a real chain, and their Services are ready when they are: `up` does not wait for them. */
export function withoutWaiting<T extends object>(metadata: T): T & { annotations: Record<string, string> } {
  return { ...metadata, annotations: { "pulumi.com/skipAwait": "true" } };
}
