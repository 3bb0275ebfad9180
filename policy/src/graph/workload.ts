/** What runs pods: Kubernetes' own kinds, Rollouts, and the servers that Prometheus' operator makes of its resources. */
import { type Field, at, items } from "../k8s/field.ts";
import { root } from "../k8s/manifest.ts";
import { type Pod, containersOf, podOf } from "../k8s/podSpec.ts";
import type { Item } from "./graph.ts";
import { type Labels, labelsOf, selectsByMap } from "./selector.ts";

export interface Workload extends Item {
  /** The pod that it runs; nothing for what an operator makes, whose pods no preview shows. */
  readonly pod: Pod | undefined;
  readonly podLabels: Labels;
  readonly podAnnotations: Labels;
  /** Account that its pods run as. */
  readonly account: string;
  /** Whether its pods use the node's network, where no NetworkPolicy holds and no proxy is injected. */
  readonly hostNetwork: boolean;
  /** Number of pods that it asks for; undefined where that is not known or not a number of its own. */
  readonly replicas: number | undefined;
  /** Ports of its containers. */
  readonly ports: readonly ContainerPort[];
}

/** Protocols that a Service, a container or a NetworkPolicy may name. */
export type Protocol = "TCP" | "UDP" | "SCTP";

export interface ContainerPort {
  readonly name: string | undefined;
  readonly port: number;
  /** TCP where nothing is said, as everywhere in Kubernetes. */
  readonly protocol?: Protocol;
}

/** An object as a workload, if it is one. */
export function workloadOf(item: Item): Workload | undefined {
  const pod = podOf(item.manifest);
  if (pod) return { ...item, ...podFacts(item, pod) };
  return item.group === "monitoring.coreos.com" ? operated(item) : undefined;
}

function podFacts(item: Item, pod: Pod): Omit<Workload, keyof Item> {
  const account = at(pod.spec, "serviceAccountName").value ?? at(pod.spec, "serviceAccount").value;
  const replicas = at(root(item.manifest), "spec", "replicas").value;
  return {
    pod,
    podLabels: labelsOf(at(pod.template, "metadata", "labels")),
    podAnnotations: labelsOf(at(pod.template, "metadata", "annotations")),
    account: account === undefined ? "default" : typeof account === "string" ? account : "",
    hostNetwork: at(pod.spec, "hostNetwork").value === true,
    replicas: scaled.has(item.kind) ? (typeof replicas === "number" ? replicas : 1) : undefined,
    ports: containersOf(pod).flatMap(portsOf),
  };
}

/** Label that each pod of a StatefulSet has with its own name. */
const podNameLabel = "statefulset.kubernetes.io/pod-name";

/** Whether a Service's selector chooses pods of a workload; one may be chosen by its name. */
export function isBehind(selector: Field, workload: Workload): boolean {
  const { value } = at(selector, podNameLabel);
  if (typeof value !== "string") return selectsByMap(selector, workload.podLabels);
  const ordinal = workload.kind === "StatefulSet" ? ordinalOf(value, workload.name) : undefined;
  // An autoscaler may have made more than the program asks for, never fewer.
  const there = ordinal !== undefined && ordinal < (workload.replicas ?? 0);
  return there && selectsByMap(selector, { ...workload.podLabels, [podNameLabel]: value });
}

function ordinalOf(pod: string, owner: string): number | undefined {
  const rest = pod.startsWith(`${owner}-`) ? pod.slice(owner.length + 1) : "";
  return /^\d+$/.test(rest) ? Number(rest) : undefined;
}

/** Kinds with a number of replicas of their own. */
const scaled = new Set(["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Rollout"]);

function portsOf(container: Field): Workload["ports"] {
  return items(at(container, "ports")).flatMap((field) => {
    const port = at(field, "containerPort").value;
    const name = at(field, "name").value;
    if (typeof port !== "number") return [];
    const protocol = protocolOf(field);
    return [{ port, name: typeof name === "string" ? name : undefined, ...(protocol ? { protocol } : {}) }];
  });
}

/** The protocol that a port names: TCP where it names none, nothing where it is not known. */
export function protocolOf(port: Field): Protocol | undefined {
  const { value } = at(port, "protocol");
  return value === undefined ? "TCP" : (["TCP", "UDP", "SCTP"] as const).find((each) => each === value);
}

/** What the operator makes of a `Prometheus` or an `Alertmanager` (its documentation names the labels and ports). */
const operators: Readonly<Record<string, { readonly app: string; readonly port: number }>> = {
  Prometheus: { app: "prometheus", port: 9090 },
  Alertmanager: { app: "alertmanager", port: 9093 },
};

function operated(item: Item): Workload | undefined {
  const made = operators[item.kind];
  if (made === undefined) return undefined;
  const spec = at(root(item.manifest), "spec");
  const account = at(spec, "serviceAccountName").value;
  const replicas = at(spec, "replicas").value;
  return {
    ...item,
    pod: undefined,
    podLabels: {
      ...labelsOf(at(spec, "podMetadata", "labels")),
      "app.kubernetes.io/name": made.app,
      "app.kubernetes.io/instance": item.name,
      "app.kubernetes.io/managed-by": "prometheus-operator",
      [made.app]: item.name,
      "operator.prometheus.io/name": item.name,
    },
    podAnnotations: labelsOf(at(spec, "podMetadata", "annotations")),
    account: typeof account === "string" ? account : "default",
    hostNetwork: at(spec, "hostNetwork").value === true,
    replicas: typeof replicas === "number" ? replicas : 1,
    ports: [
      { name: "http-web", port: made.port },
      { name: "reloader-web", port: 8080 },
    ],
  };
}
