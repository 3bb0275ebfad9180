/** The pod of a chain node: defaults of the binary, our settings over them, the node, and a small health server. */
import { createHash } from "node:crypto";

import type { types } from "@pulumi/kubernetes";

import { pawPorts } from "../ports.ts";
import { restrictedContainerContext, restrictedPodContext } from "../security/podSecurity.ts";
import { nodeDisk, toolResources } from "./demands.ts";
import { type NodeRole, serviceHost, workloadName } from "./nodes.ts";
import { objectNames } from "./objects.ts";

type Container = types.input.core.v1.Container;
type EnvVar = types.input.core.v1.EnvVar;
type Volume = types.input.core.v1.Volume;
type VolumeMount = types.input.core.v1.VolumeMount;

/** Images of a node's pod. */
export interface NodeImages {
  /** The chain's own. */
  readonly chain: string;
  /** busybox: sh, awk, sha256sum, wget, httpd. */
  readonly tools: string;
  /** sh and curl. */
  readonly curl: string;
}

export interface NodePodArgs {
  readonly role: NodeRole;
  readonly images: NodeImages;
  /** Name of the chain's binary in its image. */
  readonly binary: string;
  readonly chainId: string;
  readonly genesisSha256: string;
  /** Where the genesis comes from; the Secret `paw-genesis` where no address is given. */
  readonly genesisUrl?: string | undefined;
  /** Content of the role's settings; a change of it rolls the pods. */
  readonly settings: Readonly<Record<string, string>>;
  /** The scripts that pods run; a change of them rolls the pods. */
  readonly scripts: Readonly<Record<string, string>>;
  /** CPU and memory of the node itself (spec A16). */
  readonly size: { readonly cpu: string; readonly memory: string };
  /** Seconds after which a block is old, and a node whose last block it is no longer ready. */
  readonly maxBlockAge: number;
  /** Height at which the node stops and stays stopped; 0 for none. */
  readonly haltHeight: number;
  readonly remoteSigner: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly selector: Readonly<Record<string, string>>;
  /** Hard rules for nodes and zones (everywhere but in `local`), or wishes. */
  readonly spread: "required" | "preferred";
}

/** Where the few containers that may ask the API server find their token, as everywhere in Kubernetes. */
export const tokenFolder = "/var/run/secrets/kubernetes.io/serviceaccount";
/** Claim of the chain's data in a pod. */
export const dataVolume = "data";
/** Numeric user and group of all processes of a chain pod (our own choice). */
export const chainUser = 1000;
/** Seconds that a node has to write what it holds, when it is told to stop. */
const shutdownSeconds = 120;

/** The pod template of a role's StatefulSet. The claim `data` comes from the StatefulSet. */
export function nodePodTemplate(args: NodePodArgs): types.input.core.v1.PodTemplateSpec {
  return {
    metadata: {
      labels: { ...args.labels },
      annotations: { "checksum/settings": digest({ ...args.settings, ...args.scripts }) },
    },
    spec: {
      serviceAccountName: workloadName(args.role),
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: restrictedPodContext(chainUser),
      terminationGracePeriodSeconds: shutdownSeconds,
      ...placement(args),
      initContainers: initContainers(args),
      containers: [nodeContainer(args), healthContainer(args)],
      volumes: volumes(args),
    },
  };
}

/** What runs before a node; the backup's node begins in the same way. */
export function initContainers(args: NodePodArgs): Container[] {
  const { role, images, binary, chainId, genesisSha256 } = args;
  const script = (name: string, file: string, parts: Omit<ToolArgs, "name" | "command">): Container =>
    toolContainer({ name, command: ["sh", `/scripts/${file}`], ...parts });
  const guarded = role === "validator" && !args.remoteSigner;
  return [
    toolContainer({
      name: "defaults",
      image: images.chain,
      command: [binary, "init", "$(POD_NAME)", "--home", "/defaults", "--chain-id", chainId, "--overwrite"],
      // Chains of the Cosmos SDK look for it before they read any flag.
      env: [podNameVariable, { name: "HOME", value: "/defaults" }],
      mounts: [mount("defaults", "/defaults")],
    }),
    {
      ...script("genesis", "verify-genesis.sh", {
        image: args.genesisUrl === undefined ? images.tools : images.curl,
        mounts: [
          mount("config", "/chain/config"),
          ...(args.genesisUrl === undefined ? [mount("genesis", "/genesis", { readOnly: true })] : []),
        ],
      }),
      args: [args.genesisUrl ?? "/genesis/genesis.json", "/chain/config/genesis.json", genesisSha256],
    },
    ...(guarded ? [guardContainer(args)] : []),
    script("configure", "configure.sh", {
      image: images.tools,
      env: [podNameVariable, { name: "ROLE", value: role }],
      mounts: [
        mount(dataVolume, "/chain"),
        mount("config", "/chain/config"),
        mount("defaults", "/defaults", { readOnly: true }),
        mount("settings", "/settings", { readOnly: true }),
      ],
    }),
  ];
}

/** Asks the key's reservation whether a key without signing state may begin; the only one with a token. */
function guardContainer({ images }: NodePodArgs): Container {
  return toolContainer({
    name: "start-guard",
    image: images.curl,
    command: ["sh", "/scripts/start-guard.sh"],
    env: [podNameVariable, podNamespaceVariable, { name: "HOLDER", value: "$(POD_NAMESPACE)/$(POD_NAME)" }],
    mounts: [
      mount(dataVolume, "/chain"),
      keyMount("consensus-key", "priv_validator_key.json"),
      mount("api-access", tokenFolder, { readOnly: true }),
    ],
  });
}

function nodeContainer(args: NodePodArgs): Container {
  const { role, size } = args;
  const resources = { cpu: size.cpu, memory: size.memory, "ephemeral-storage": nodeDisk };
  return {
    name: "node",
    image: args.images.chain,
    imagePullPolicy: "IfNotPresent",
    command: ["sh", "/scripts/run-node.sh"],
    ports: nodePorts(args).map(([name, containerPort]) => ({ name, containerPort, protocol: "TCP" })),
    resources: { requests: resources, limits: resources },
    securityContext: restrictedContainerContext(),
    // A node replays its blocks before it answers: a day's patience, looked at every ten seconds.
    startupProbe: { ...healthProbe("startup"), periodSeconds: 10, failureThreshold: 8640 },
    readinessProbe: { ...healthProbe("ready"), periodSeconds: 10, failureThreshold: 2 },
    // Only whether it answers: syncing, or halted, is no reason for a restart. Five minutes of silence are.
    livenessProbe: { ...healthProbe("live"), periodSeconds: 30, failureThreshold: 10 },
    volumeMounts: [
      mount(dataVolume, "/chain"),
      mount("config", "/chain/config"),
      mount("tmp", "/tmp"),
      mount("scripts", "/scripts", { readOnly: true }),
      ...(role === "validator" && !args.remoteSigner
        ? [keyMount("consensus-key", "priv_validator_key.json")]
        : []),
      ...(role === "full-node" ? [] : [keyMount("node-key", "node_key.json")]),
    ],
    // subPathExpr may use a container's own variables alone.
    env: [
      podNameVariable,
      { name: "HOME", value: "/chain" },
      { name: "HOME_DIR", value: "/chain" },
      { name: "BINARY", value: args.binary },
      { name: "HALT_HEIGHT", value: String(args.haltHeight) },
    ],
  };
}

/** The health server beside the node (spec A15, 36661): what the chain's state means, as HTTP codes. */
function healthContainer(args: NodePodArgs): Container {
  return {
    ...toolContainer({
      name: "health",
      image: args.images.tools,
      command: ["sh", "/scripts/health.sh", "serve"],
      env: [
        podNameVariable,
        { name: "ROLE", value: args.role },
        { name: "SERVICE", value: serviceHost(args.role) },
        { name: "RPC", value: `http://127.0.0.1:${pawPorts.rpc.port}` },
        { name: "ADDRESS", value: `0.0.0.0:${pawPorts.health.port}` },
        { name: "MAX_BLOCK_AGE", value: String(args.maxBlockAge) },
        { name: "HOME_DIR", value: "/chain" },
      ],
      mounts: [
        mount(dataVolume, "/chain", { readOnly: true }),
        mount("settings", "/settings", { readOnly: true }),
        mount("tmp", "/tmp", { subPath: "health" }),
      ],
    }),
    ports: [{ name: "health", containerPort: pawPorts.health.port, protocol: "TCP" }],
    // Its silence would be taken for the node's, which is restarted after five minutes of it: this one goes first.
    readinessProbe: { ...serverProbe(), periodSeconds: 10, failureThreshold: 3 },
    livenessProbe: { ...serverProbe(), periodSeconds: 10, failureThreshold: 6 },
  };
}

function nodePorts({ role, remoteSigner }: NodePodArgs): [string, number][] {
  const { p2p, rpc, rest, grpc, grpcWeb, metrics, signer } = pawPorts;
  return [
    ["p2p", p2p.port],
    ["rpc", rpc.port],
    ["metrics", metrics.port],
    ...(role === "full-node"
      ? ([
          ["rest", rest.port],
          ["grpc", grpc.port],
          ["grpc-web", grpcWeb.port],
        ] as [string, number][])
      : []),
    ...(role === "validator" && remoteSigner ? ([["signer", signer.port]] as [string, number][]) : []),
  ];
}

function serverProbe(): types.input.core.v1.Probe {
  return { httpGet: { path: "/up", port: pawPorts.health.port }, timeoutSeconds: 5 };
}

function healthProbe(question: "startup" | "ready" | "live"): types.input.core.v1.Probe {
  return {
    httpGet: { path: `/cgi-bin/${question}`, port: pawPorts.health.port },
    timeoutSeconds: 8,
  };
}

export const podNameVariable: EnvVar = {
  name: "POD_NAME",
  valueFrom: { fieldRef: { fieldPath: "metadata.name" } },
};
const podNamespaceVariable: EnvVar = {
  name: "POD_NAMESPACE",
  valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } },
};

interface ToolArgs {
  readonly name: string;
  readonly image: string;
  readonly command: string[];
  readonly env?: EnvVar[];
  readonly mounts: VolumeMount[];
}

/** A small container of ours: same rights, same modest resources, the scripts at hand. */
export function toolContainer({ name, image, command, env, mounts }: ToolArgs): Container {
  return {
    name,
    image,
    imagePullPolicy: "IfNotPresent",
    command,
    ...(env ? { env } : {}),
    resources: { requests: { ...toolResources }, limits: { ...toolResources } },
    securityContext: restrictedContainerContext(),
    volumeMounts: [...mounts, mount("scripts", "/scripts", { readOnly: true })],
  };
}

export function mount(
  name: string,
  mountPath: string,
  how: { readonly readOnly?: true; readonly subPath?: string } = {},
): VolumeMount {
  return { name, mountPath, ...how };
}

/** One pod's own file out of the Secret with everybody's (spec A11): the others are not in the container at all. */
function keyMount(volume: string, file: string): VolumeMount {
  return { name: volume, mountPath: `/keys/${file}`, subPathExpr: "$(POD_NAME).json", readOnly: true };
}

function volumes(args: NodePodArgs): Volume[] {
  const { role } = args;
  const secret = (name: string, secretName: string): Volume => ({
    name,
    secret: { secretName, defaultMode: 0o440 },
  });
  const guarded = role === "validator" && !args.remoteSigner;
  return [
    ...preparationVolumes(args),
    ...(guarded ? [secret("consensus-key", objectNames.consensusKeys), apiAccess()] : []),
    ...(role === "full-node" ? [] : [secret("node-key", objectNames.nodeKeys)]),
  ];
}

/** What the init containers of every node need. */
export function preparationVolumes({ role, genesisUrl }: Pick<NodePodArgs, "role" | "genesisUrl">): Volume[] {
  return [
    // Holds the genesis, which grows to hundreds of megabytes on an old chain.
    { name: "config", emptyDir: { sizeLimit: "1Gi" } },
    { name: "defaults", emptyDir: { sizeLimit: "64Mi" } },
    { name: "tmp", emptyDir: { sizeLimit: "256Mi" } },
    { name: "settings", configMap: { name: objectNames.settings(role) } },
    { name: "scripts", configMap: { name: objectNames.scripts, defaultMode: 0o555 } },
    ...(genesisUrl === undefined
      ? [{ name: "genesis", secret: { secretName: objectNames.genesis, defaultMode: 0o440 } }]
      : []),
  ];
}

/** A token for one container, as every pod would get it by default, but for an hour. */
export function apiAccess(): Volume {
  return {
    name: "api-access",
    projected: {
      defaultMode: 0o440,
      sources: [
        { serviceAccountToken: { path: "token", expirationSeconds: 3600 } },
        { configMap: { name: "kube-root-ca.crt", items: [{ key: "ca.crt", path: "ca.crt" }] } },
      ],
    },
  };
}

/** Never two of a role on one machine, and evenly over the zones; in `local`, where there may be one machine, a wish. */
function placement({
  selector,
  spread,
}: NodePodArgs): Pick<types.input.core.v1.PodSpec, "affinity" | "topologySpreadConstraints"> {
  const labelSelector = { matchLabels: { ...selector } };
  const apart = { labelSelector, topologyKey: "kubernetes.io/hostname" };
  return {
    affinity: {
      podAntiAffinity:
        spread === "required"
          ? { requiredDuringSchedulingIgnoredDuringExecution: [apart] }
          : { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 100, podAffinityTerm: apart }] },
    },
    topologySpreadConstraints: [
      {
        topologyKey: "topology.kubernetes.io/zone",
        maxSkew: 1,
        whenUnsatisfiable: spread === "required" ? "DoNotSchedule" : "ScheduleAnyway",
        labelSelector,
      },
    ],
  };
}

/** Digest of files, whatever their order. */
function digest(files: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex");
}
