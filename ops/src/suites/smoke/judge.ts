/** What follows from what the smoke test saw: plain functions, so that each fault can be shown to be found. */
import { workloadName } from "../../../../components/chain/nodes.ts";
import { namespaces, selectorLabels } from "../../../../components/names.ts";
import type { PawConfig } from "../../../../config.ts";
import type { Status } from "../../chain/rpc.ts";
import type { StoredObject } from "../../running/api.ts";
import type { Fault, Outcome } from "../../running/checks.ts";
import { type Asked, answered, silent } from "../nodes.ts";

export interface WantedWorkload {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly least: number;
  /** Given where more would be wrong: each node has a key of its own. */
  readonly most?: number;
}

export interface SeenPod {
  readonly name: string;
  readonly ready: boolean;
}

/** The workloads of both systems, and how many pods of each the stack file wants. */
export function wantedWorkloads({
  chain,
  api,
  bizra,
}: Pick<PawConfig, "chain" | "api" | "bizra">): WantedWorkload[] {
  const inPaw = (name: string, component: string): Omit<WantedWorkload, "least"> => ({
    ...{ name, namespace: namespaces.paw, labels: selectorLabels("paw", component) },
  });
  return [
    { ...inPaw(workloadName("validator"), "validator"), least: chain.validators, most: chain.validators },
    { ...inPaw(workloadName("sentry"), "sentry"), least: chain.sentries, most: chain.sentries },
    { ...inPaw(workloadName("full-node"), "full-node"), least: chain.fullNodes, most: chain.maxFullNodes },
    { ...inPaw("paw-api", "api"), least: api.replicas },
    {
      ...{ name: "bizra-apex", namespace: bizra.namespace, labels: selectorLabels("bizra", "apex") },
      least: bizra.replicas,
    },
  ];
}

export function judgeWorkloads(
  seen: readonly (WantedWorkload & { readonly pods: readonly SeenPod[] })[],
): Outcome {
  const faults = seen.flatMap(({ name, namespace, least, most, pods }): Fault[] => {
    const ready = pods.filter((pod) => pod.ready).length;
    const waiting = pods.filter((pod) => !pod.ready).map((pod) => pod.name);
    const next = `kubectl -n ${namespace} get pods; docs/runbooks/pods-pending.md, containers-restarting.md`;
    return [
      ...(ready < least
        ? [
            {
              found: `${name}: ${ready} of ${least} ready${waiting.length > 0 ? `; not ready: ${waiting.join(", ")}` : ""}`,
              next,
            },
          ]
        : []),
      ...(most !== undefined && pods.length > most
        ? [
            {
              found: `${name}: ${pods.length} pods where ${most} at most are wanted`,
              next: `${next}: is the stack file deployed? pulumi preview`,
            },
          ]
        : []),
    ];
  });
  const counts = seen.map(
    ({ name, least, pods }) => `${name} ${pods.filter((pod) => pod.ready).length}/${least}`,
  );
  return { found: counts.join(", "), faults };
}

export interface SeenService {
  readonly spec: { readonly selector?: Readonly<Record<string, string>> };
}

export interface SeenSlice {
  /** Null, as the API server writes it, where there is none. */
  readonly endpoints:
    | readonly {
        readonly addresses: readonly string[];
        readonly conditions?: { readonly ready?: boolean };
      }[]
    | null;
}

/** A Service that selects no pods by itself has its addresses from elsewhere. */
export function judgeEndpoints(
  services: readonly (StoredObject & SeenService)[],
  slices: readonly (StoredObject & SeenSlice)[],
): Outcome {
  const judged = services.filter(({ spec }) => Object.keys(spec.selector ?? {}).length > 0);
  const key = (namespace = "", name = ""): string => `${namespace}/${name}`;
  const ready = new Map<string, number>();
  for (const { metadata, endpoints } of slices) {
    const service = key(metadata.namespace, metadata.labels?.["kubernetes.io/service-name"]);
    const count = (endpoints ?? [])
      .filter(({ conditions }) => conditions?.ready !== false)
      .reduce((sum, { addresses }) => sum + addresses.length, 0);
    ready.set(service, (ready.get(service) ?? 0) + count);
  }
  const faults = judged
    .map(({ metadata }) => key(metadata.namespace, metadata.name))
    .filter((name) => (ready.get(name) ?? 0) === 0)
    .map((name) => ({
      found: `${name} has no ready address`,
      next: `kubectl -n ${name.split("/")[0] ?? ""} describe service ${name.split("/")[1] ?? ""}; docs/runbooks/services-not-accessible.md`,
    }));
  return {
    found: `${judged.length - faults.length} of ${judged.length} Services have addresses`,
    faults:
      judged.length > 0 ? faults : [{ found: "there is no Service at all", next: "is the stack deployed?" }],
  };
}

export function judgeNodes(
  asked: readonly Asked<Status & { readonly peers: number }>[],
  chainId: string,
): Outcome {
  const runbook = "docs/runbooks/node-behind.md";
  const faults = [
    ...(asked.length === 0
      ? [{ found: "there is no node at all", next: "kubectl -n paw get statefulsets" }]
      : []),
    ...silent(asked).map(({ pod, error }) => ({
      found: `${pod}: ${error}`,
      next: `kubectl -n paw logs ${pod} -c node --tail 50`,
    })),
    ...answered(asked).flatMap(({ pod, value }) => [
      ...(value.chainId === chainId
        ? []
        : [
            {
              found: `${pod} is of the chain ${value.chainId}, not ${chainId}`,
              next: "compare its genesis with the network's: kubectl -n paw get configmap paw-network -o yaml",
            },
          ]),
      ...(value.catchingUp ? [{ found: `${pod} catches up: height ${value.height}`, next: runbook }] : []),
      ...(value.peers === 0 ? [{ found: `${pod} has no peer`, next: runbook }] : []),
    ]),
  ];
  const heights = answered(asked).map(({ value }) => value.height);
  const found =
    heights.length === 0
      ? "no node answers"
      : `${heights.length} of ${asked.length} answer for ${chainId}, heights ${Math.min(...heights)} to ${Math.max(...heights)}`;
  return { found, faults };
}

/** @param seconds how long it was waited. */
export function judgeBlocks(
  seen: readonly { readonly pod: string; readonly from: number; readonly to: number }[],
  seconds: number,
): Outcome {
  const standing = seen.filter(({ from, to }) => to < from + 2);
  if (seen.length === 0) {
    return {
      found: "no node answers",
      faults: [{ found: "nobody could say a height", next: "see the check of every node's RPC" }],
    };
  }
  const all = standing.length === seen.length;
  return {
    found: all
      ? `no node advances: height ${Math.max(...seen.map(({ to }) => to))}`
      : `${seen.length - standing.length} of ${seen.length} nodes advance, last height ${Math.max(...seen.map(({ to }) => to))}`,
    faults: standing.map(({ pod, to }) => ({
      found: `${pod} stands at height ${to} for ${Math.round(seconds)} s`,
      next: all ? "docs/runbooks/consensus-stalled.md" : "docs/runbooks/node-behind.md",
    })),
  };
}

export interface HealthAnswer {
  readonly namespace: string;
  readonly pod: string;
  readonly port: number;
  readonly path: string;
  /** HTTP status; 0 where there was no answer. */
  readonly status: number;
  readonly text: string;
}

export function judgeHealth(answers: readonly HealthAnswer[]): Outcome {
  const bad = answers.filter(({ status }) => status !== 200);
  return {
    found: `${answers.length - bad.length} of ${answers.length} are well`,
    faults:
      answers.length === 0
        ? [{ found: "there is no pod to ask", next: "kubectl get pods -A" }]
        : bad.map(({ namespace, pod, port, path, status, text }) => ({
            found: `${namespace}/${pod} :${port}${path}: ${status === 0 ? "no answer" : String(status)}: ${oneLine(text)}`,
            next: `kubectl -n ${namespace} describe pod ${pod}; kubectl -n ${namespace} logs ${pod} --all-containers --tail 50`,
          })),
  };
}

const oneLine = (text: string): string => text.trim().replaceAll(/\s+/g, " ").slice(0, 200);
