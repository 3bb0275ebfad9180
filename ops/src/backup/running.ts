/** Makes a Job, watches it, and tells how it ended. */
import { setTimeout as sleep } from "node:timers/promises";

import { BatchV1Api, CoreV1Api, V1Job } from "@kubernetes/client-node";

import { UserError, firstLine } from "../errors.ts";
import { podsOf } from "../running/forward.ts";
import type { Target } from "../running/target.ts";
import type { Job, Pod } from "./plain.ts";

/** Milliseconds between two looks. */
const interval = 1000;
/** Milliseconds of silence after which it is said that something is still under way. */
const silence = 30_000;
/** Milliseconds that a log may take to be there, once its container has ended. */
const logPatience = 5000;
/** Lines of a log that are shown of what failed. */
const shownLines = 20;

export interface Watching {
  readonly signal: AbortSignal;
  /** Told of what changes. */
  readonly note: (message: string) => void;
  /** Whether the Job goes with whoever waits for it; else it goes on. */
  readonly endsWithUs: boolean;
}

export interface Ended {
  readonly succeeded: boolean;
  /** Everything that its last pod's container printed. */
  readonly log: string;
  /** Why it failed, and the last lines of what failed. */
  readonly reason: string;
}

/**
 * Runs a Job to its end.
 *
 * @param container whose log is given back.
 * @throws UserError when the cluster does not take it, or the signal's reason.
 */
export async function runJob(
  target: Target,
  job: Job,
  { container, ...watching }: Watching & { readonly container: string },
): Promise<Ended> {
  const { name, namespace } = await create(target, job);
  watching.note(`Job ${namespace}/${name}`);
  try {
    const state = await end(target, { name, namespace }, watching);
    return await tell(target, { ...state, name, namespace, container });
  } catch (error) {
    if (watching.endsWithUs && watching.signal.aborted) await remove(target, { name, namespace });
    throw error;
  }
}

interface Named {
  readonly name: string;
  readonly namespace: string;
}

async function create({ kubeconfig }: Target, job: Job): Promise<Named> {
  const { name = "", namespace = "" } = job.metadata ?? {};
  const api = kubeconfig.makeApiClient(BatchV1Api);
  try {
    await api.createNamespacedJob({ namespace, body: Object.assign(new V1Job(), job) });
  } catch (error) {
    throw new UserError(`the cluster did not take the Job ${namespace}/${name}: ${messageOf(error)}`, [
      `kubectl auth can-i create jobs -n ${namespace}; making one takes the rights of a deployment`,
    ]);
  }
  return { name, namespace };
}

/** Removes a Job with its pods, and comes back when it is gone. */
export async function remove({ kubeconfig }: Target, { name, namespace }: Named): Promise<void> {
  const api = kubeconfig.makeApiClient(BatchV1Api);
  const gone = (error: unknown): boolean => codeOf(error) === 404;
  try {
    await api.deleteNamespacedJob({ name, namespace, propagationPolicy: "Foreground" });
    for (;;) {
      await api.readNamespacedJob({ name, namespace });
      await sleep(interval);
    }
  } catch (error) {
    if (!gone(error)) throw error;
  }
}

/** How a Job stands; nothing where there is none. */
export async function jobNamed({ kubeconfig }: Target, { name, namespace }: Named): Promise<Job | undefined> {
  try {
    return await kubeconfig.makeApiClient(BatchV1Api).readNamespacedJob({ name, namespace });
  } catch (error) {
    if (codeOf(error) === 404) return undefined;
    throw error;
  }
}

/** Whether a Job has ended, one way or the other; and why, where it failed. */
export function verdictOf({
  status,
}: Job): { readonly succeeded: boolean; readonly reason: string } | undefined {
  const is = (wanted: string) =>
    status?.conditions?.find(({ type, status: held }) => type === wanted && held === "True");
  const failed = is("Failed");
  if (failed) {
    return { succeeded: false, reason: [failed.reason, failed.message].filter(Boolean).join(": ") };
  }
  return is("Complete") ? { succeeded: true, reason: "" } : undefined;
}

async function end(
  target: Target,
  { name, namespace }: Named,
  { signal, note }: Watching,
): Promise<{ readonly succeeded: boolean; readonly reason: string }> {
  let said = "";
  let spoken = Date.now();
  for (;;) {
    signal.throwIfAborted();
    const job = await jobNamed(target, { name, namespace });
    if (job === undefined) throw new UserError(`somebody removed the Job ${namespace}/${name}`);
    const verdict = verdictOf(job);
    if (verdict) return verdict;
    const pod = await podOf(target, { name, namespace });
    const now = pod === undefined ? "waiting for a pod" : stateOf(pod);
    if (now !== said || Date.now() - spoken > silence) {
      note(now === said ? `still: ${now}` : now);
      [said, spoken] = [now, Date.now()];
    }
    // An abort is thrown above, as its reason.
    await sleep(interval, undefined, { signal }).catch(() => undefined);
  }
}

async function podOf(target: Target, { name, namespace }: Named): Promise<Pod | undefined> {
  const pods = await podsOf(target, { namespace, labels: { "batch.kubernetes.io/job-name": name } });
  const age = ({ metadata }: Pod): number => metadata?.creationTimestamp?.getTime() ?? 0;
  return pods.sort((a, b) => age(b) - age(a))[0];
}

function podName({ metadata }: Pod): string {
  return metadata?.name ?? "";
}

function statusesOf({ status }: Pod): NonNullable<NonNullable<Pod["status"]>["containerStatuses"]> {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
}

/** What a pod is at, in words. */
export function stateOf(pod: Pod): string {
  const statuses = statusesOf(pod);
  const running = statuses.find(({ state }) => state?.running !== undefined);
  if (running) return `${podName(pod)}: ${running.name} runs`;
  const stuck = statuses.find(
    ({ state }) => !["PodInitializing", "ContainerCreating", undefined].includes(state?.waiting?.reason),
  );
  const { reason, message } = stuck?.state?.waiting ?? {};
  if (reason !== undefined)
    return `${podName(pod)}: ${[reason, message].filter((each) => each !== undefined).join(": ")}`;
  const unscheduled = pod.status?.conditions?.find(
    ({ type, status }) => type === "PodScheduled" && status === "False",
  );
  if (unscheduled?.message !== undefined) return `${podName(pod)}: ${unscheduled.message}`;
  return `${podName(pod)}: starting`;
}

async function tell(
  target: Target,
  ended: Named & { readonly succeeded: boolean; readonly reason: string; readonly container: string },
): Promise<Ended> {
  const { name, namespace, succeeded, reason, container } = ended;
  const pod = await podOf(target, { name, namespace });
  if (pod === undefined) return { succeeded, log: "", reason };
  const log = await logOf(target, { namespace, pod: podName(pod), container });
  if (succeeded) return { succeeded, log, reason };
  const failed =
    statusesOf(pod).find(({ state }) => (state?.terminated?.exitCode ?? 0) !== 0)?.name ?? container;
  const words =
    failed === container ? log : await logOf(target, { namespace, pod: podName(pod), container: failed });
  const last = words.trimEnd().split("\n").slice(-shownLines);
  return { succeeded, log, reason: [`${failed} failed (${reason})`, ...last].join("\n  ") };
}

/** A container's log; empty where it never began, or nobody keeps one. */
async function logOf(
  { kubeconfig }: Target,
  {
    namespace,
    pod,
    container,
  }: { readonly namespace: string; readonly pod: string; readonly container: string },
): Promise<string> {
  const api = kubeconfig.makeApiClient(CoreV1Api);
  for (const until = Date.now() + logPatience; ;) {
    const log = await api.readNamespacedPodLog({ name: pod, namespace, container }).catch(() => "");
    if (log !== "" || Date.now() > until) return log;
    await sleep(interval);
  }
}

/** Code of an answer of the API server. */
export function codeOf(error: unknown): number | undefined {
  return (error as { code?: number }).code;
}

/** The API server's own words. */
export function messageOf(error: unknown): string {
  const body = (error as { body?: unknown }).body;
  try {
    const parsed = (typeof body === "string" ? JSON.parse(body) : body) as { message?: string } | undefined;
    return parsed?.message ?? firstLine(error);
  } catch {
    return firstLine(error);
  }
}
