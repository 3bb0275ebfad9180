/**
 * Objects of Chaos Mesh (chaos-mesh.org/v1alpha1; read from the types of 2.8), with pods named one by one: what a selector by
 * labels would catch may have grown since it was looked at.
 */
import { defaultLatency, ioError, ioPercent } from "./kinds.ts";

/** Label by which this command finds its objects again. */
export const ownLabel = { "app.kubernetes.io/managed-by": "paw-chaos" } as const;

export const apiGroup = "chaos-mesh.org";
export const apiVersion = "v1alpha1";

/** The kinds in use, and their names in paths. */
export const plurals = {
  PodChaos: "podchaos",
  NetworkChaos: "networkchaos",
  StressChaos: "stresschaos",
  IOChaos: "iochaos",
} as const;
export type ChaosKind = keyof typeof plurals;

interface Selection {
  /** All of the pods that are named: there is nothing to choose from. */
  readonly mode: "all";
  readonly selector: { readonly pods: Readonly<Record<string, readonly string[]>> };
}

interface ContainerSelection extends Selection {
  readonly containerNames: readonly string[];
}

interface PodChaosSpec extends Selection {
  readonly action: "pod-kill";
  /** Seconds; 0 would take the pod's name away while its container may still run. */
  readonly gracePeriod: number;
}

interface PartitionSpec extends Selection {
  readonly action: "partition";
  readonly direction: "both";
  readonly target: Selection;
  readonly duration: string;
}

interface DelaySpec extends Selection {
  readonly action: "delay";
  readonly delay: { readonly latency: string; readonly jitter: string; readonly correlation: string };
  readonly direction: "to";
  readonly duration: string;
}

interface StressChaosSpec extends ContainerSelection {
  readonly stressors: {
    readonly memory: { readonly workers: number; readonly size: string; readonly oomScoreAdj: number };
  };
  readonly duration: string;
}

interface IoChaosSpec extends ContainerSelection {
  readonly action: "fault";
  readonly errno: number;
  readonly percent: number;
  readonly volumePath: string;
  /** As FUSE calls them; a name that Chaos Mesh does not know is no error, and no fault either. */
  readonly methods: readonly ("read" | "write" | "fsync")[];
  readonly duration: string;
}

interface Specs {
  readonly PodChaos: PodChaosSpec;
  readonly NetworkChaos: PartitionSpec | DelaySpec;
  readonly StressChaos: StressChaosSpec;
  readonly IOChaos: IoChaosSpec;
}

export interface ChaosObject<Kind extends ChaosKind = ChaosKind> {
  readonly apiVersion: string;
  readonly kind: Kind;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels: Readonly<Record<string, string>>;
  };
  readonly spec: Specs[Kind];
}

/** What every fault needs to know. */
export interface Victims {
  /** Of the object, and unique to this run. */
  readonly name: string;
  readonly namespace: string;
  readonly pods: readonly string[];
  /** After so many seconds Chaos Mesh ends it by itself, whatever becomes of this command. */
  readonly seconds: number;
}

/**
 * Seconds that a killed pod's processes get. Not 0: that deletes the pod's name at once, before its node says that the
 * process is gone, and a StatefulSet would start a second one: two validators with one key.
 */
export const killGrace = 1;

export function podKill(victims: Victims): ChaosObject<"PodChaos"> {
  return object("PodChaos", victims, { action: "pod-kill", ...those(victims), gracePeriod: killGrace });
}

/** @param others pods of the same namespace from which the victims are cut off, in both directions. */
export function partition(victims: Victims, others: readonly string[]): ChaosObject<"NetworkChaos"> {
  return object("NetworkChaos", victims, {
    action: "partition",
    ...those(victims),
    direction: "both",
    target: those({ ...victims, pods: others }),
    duration: lasting(victims),
  });
}

/** What the victims send comes later: to everybody, probes and scrapes as well. */
export function delay(victims: Victims, latency: string = defaultLatency): ChaosObject<"NetworkChaos"> {
  return object("NetworkChaos", victims, {
    action: "delay",
    ...those(victims),
    delay: { latency, jitter: "0ms", correlation: "0" },
    direction: "to",
    duration: lasting(victims),
  });
}

/** Memory of a container in use. */
export interface Pressure {
  readonly container: string;
  /** Bytes; taken in whole megabytes. */
  readonly bytes: number;
}

/** The stressor is the first to be killed when memory runs out, and not the container's own process. */
export function memory(victims: Victims, { container, bytes }: Pressure): ChaosObject<"StressChaos"> {
  const size = `${Math.max(1, Math.floor(bytes / 1e6))}MB`;
  return object("StressChaos", victims, {
    ...those(victims),
    containerNames: [container],
    stressors: { memory: { workers: 1, size, oomScoreAdj: 1000 } },
    duration: lasting(victims),
  });
}

/** Reads and writes on a volume that fail with `EIO`. */
export interface BadDisk {
  readonly container: string;
  /** Where the volume is mounted. */
  readonly path: string;
}

export function io(victims: Victims, { container, path }: BadDisk): ChaosObject<"IOChaos"> {
  return object("IOChaos", victims, {
    action: "fault",
    ...those(victims),
    containerNames: [container],
    errno: ioError,
    percent: ioPercent,
    volumePath: path,
    methods: ["read", "write", "fsync"],
    duration: lasting(victims),
  });
}

function object<Kind extends ChaosKind>(
  kind: Kind,
  { name, namespace }: Victims,
  spec: Specs[Kind],
): ChaosObject<Kind> {
  return {
    apiVersion: `${apiGroup}/${apiVersion}`,
    kind,
    metadata: { name, namespace, labels: { ...ownLabel } },
    spec,
  };
}

function those({ namespace, pods }: Pick<Victims, "namespace" | "pods">): Selection {
  return { mode: "all", selector: { pods: { [namespace]: pods } } };
}

const lasting = ({ seconds }: Victims): string => `${Math.ceil(seconds)}s`;
