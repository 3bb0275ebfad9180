import { createHash } from "node:crypto";

import type { types } from "@pulumi/kubernetes";

import { bizraPorts } from "../ports.ts";
import { bizraResources } from "./demands.ts";
import { restrictedContainerContext, restrictedPodContext } from "../security/podSecurity.ts";

/** Numeric user and group of the node's process (spec B6). */
const nodeUser = 1000;

/**
 * Where the node may write; the root filesystem is read-only (spec B6). The sizes are our own choice and stay, both
 * together, under the limit of ephemeral storage.
 */
const writable = [
  { name: "tmp", mountPath: "/tmp", sizeLimit: "512Mi" },
  { name: "data", mountPath: "/app/data", sizeLimit: "4Gi" },
] as const;

/** Seconds between "no new requests, please" and the signal to stop, so that a rolling update loses none (spec B14). */
const drainSeconds = 5;

/** Where the sources of a simulator are mounted, read-only. */
const simulatorFolder = "/simulator";

export interface SimulatorMount {
  /** A stock image of Node. */
  readonly image: string;
  /** Content of the ConfigMap, by file name; `main.ts` is what runs. */
  readonly sources: Readonly<Record<string, string>>;
  readonly configMapName: string;
}

export interface PodTemplateArgs {
  readonly image: string;
  /** Content of the ConfigMap `bizra-config`. */
  readonly settings: Readonly<Record<string, string>>;
  readonly configMapName: string;
  /** Variables beside those of the ConfigMap. */
  readonly env: Readonly<Record<string, string>>;
  /** What runs in the place of `image`, from a ConfigMap with its sources. */
  readonly simulator?: SimulatorMount | undefined;
  readonly serviceAccountName: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly selector: Readonly<Record<string, string>>;
}

/** The pod of a bizra node (spec B2 to B6), or of the simulator in its place. */
export function podTemplate(args: PodTemplateArgs): types.input.core.v1.PodTemplateSpec {
  return {
    metadata: {
      labels: { ...args.labels },
      // A changed ConfigMap changes the template, which rolls the pods (spec B2).
      annotations: { "checksum/config": digest({ ...args.settings, ...args.simulator?.sources }) },
    },
    spec: {
      serviceAccountName: args.serviceAccountName,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      securityContext: restrictedPodContext(nodeUser),
      terminationGracePeriodSeconds: 30 + drainSeconds,
      topologySpreadConstraints: ["kubernetes.io/hostname", "topology.kubernetes.io/zone"].map(
        (topologyKey) => ({
          topologyKey,
          maxSkew: 1,
          whenUnsatisfiable: "ScheduleAnyway",
          labelSelector: { matchLabels: { ...args.selector } },
        }),
      ),
      containers: [nodeContainer(args)],
      volumes: [
        ...writable.map(({ name, sizeLimit }) => ({ name, emptyDir: { sizeLimit } })),
        ...(args.simulator ? [{ name: "simulator", configMap: { name: args.simulator.configMapName } }] : []),
      ],
    },
  };
}

function nodeContainer(args: PodTemplateArgs): types.input.core.v1.Container {
  return {
    name: "bizra-apex",
    ...program(args),
    imagePullPolicy: "IfNotPresent",
    envFrom: [{ configMapRef: { name: args.configMapName } }],
    env: Object.entries(args.env).map(([name, value]) => ({ name, value })),
    ports: Object.entries(bizraPorts).map(([name, containerPort]) => ({
      name,
      containerPort,
      protocol: "TCP",
    })),
    resources: { requests: { ...bizraResources.requests }, limits: { ...bizraResources.limits } },
    securityContext: restrictedContainerContext(),
    // Five minutes' grace to start: 30 tries, 10 s apart (spec B5).
    startupProbe: { ...probe("/health"), periodSeconds: 10, failureThreshold: 30 },
    livenessProbe: { ...probe("/health"), periodSeconds: 10, failureThreshold: 3 },
    readinessProbe: { ...probe("/ready"), periodSeconds: 5, failureThreshold: 3 },
    lifecycle: { preStop: { sleep: { seconds: drainSeconds } } },
    volumeMounts: [
      ...writable.map(({ name, mountPath }) => ({ name, mountPath })),
      ...(args.simulator ? [{ name: "simulator", mountPath: simulatorFolder, readOnly: true }] : []),
    ],
  };
}

/** What the container runs: the image's own command, or the simulator. */
function program({ image, simulator }: PodTemplateArgs): { image: string; command?: string[] } {
  if (simulator === undefined) return { image };
  return { image: simulator.image, command: ["node", `${simulatorFolder}/main.ts`] };
}

function probe(path: string): types.input.core.v1.Probe {
  return { httpGet: { path, port: "http" }, timeoutSeconds: 3 };
}

/** Digest of texts by name, whatever the order of the names. */
function digest(texts: Readonly<Record<string, string>>): string {
  const sorted = Object.entries(texts).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash("sha256").update(JSON.stringify(sorted)).digest("hex");
}
