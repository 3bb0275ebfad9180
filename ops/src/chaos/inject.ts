/** Bringing a fault about, and taking it away again. */
import { setTimeout as sleep } from "node:timers/promises";

import {
  ApiException,
  CoreV1Api,
  V1DeleteOptions,
  type V1Pod,
  V1Preconditions,
} from "@kubernetes/client-node";

import { toMilli } from "../../../components/quantity.ts";
import { UserError } from "../errors.ts";
import { nameOf, podsOf } from "../running/forward.ts";
import { type Experiment, type Step, bad, fine, needed, unknown } from "./experiment.ts";
import { memoryShare } from "./kinds.ts";
import { type ChaosObject, delay, io, killGrace, memory, partition, podKill } from "./objects.ts";
import { memoryLimit, mountPath } from "./victims.ts";

/** Seconds within which Chaos Mesh's controller sees a new object, and within which the fault acts. */
const noticeSeconds = 15;
const injectSeconds = 60;
/** Seconds until a killed pod is gone. */
const goneSeconds = 60;

/**
 * The object of an experiment.
 *
 * @throws UserError when the pods have not what the fault is about.
 */
export async function objectOf(experiment: Experiment): Promise<ChaosObject> {
  const { plan, where, victims, name } = experiment;
  const { namespace, container } = where;
  const whom = { name, namespace, pods: victims.map(nameOf), seconds: plan.seconds };
  if (plan.fault === "pod-kill") return podKill(whom);
  if (plan.fault === "latency") return delay(whom, plan.latency);
  if (plan.fault === "partition") return partition(whom, await othersOf(experiment));
  const [first] = victims;
  if (first === undefined) throw new UserError("there is no pod to act on");
  if (plan.fault === "memory") {
    const limit = memoryLimit(first, container);
    if (limit === undefined) throw new UserError(`${nameOf(first)} has no memory limit to come near to`);
    return memory(whom, { container, bytes: memoryShare * (Number(toMilli(limit)) / 1000) });
  }
  const path = mountPath(first, where);
  if (path === undefined) {
    throw new UserError(`${plan.target} keeps no data on a volume: there is no I/O that could fail`, [
      "choose validator, sentry, full-node or bizra",
    ]);
  }
  return io(whom, { container, path });
}

/** All other pods of the system that could be talked to. */
async function othersOf({ target, where, victims }: Experiment): Promise<string[]> {
  const part = where.labels["app.kubernetes.io/part-of"] ?? "";
  const all = await podsOf(target, {
    namespace: where.namespace,
    labels: { "app.kubernetes.io/part-of": part },
  });
  const others = all.map(nameOf).filter((pod) => !victims.some((victim) => nameOf(victim) === pod));
  if (others.length === 0) throw new UserError("there is no other pod to be cut off from");
  return others;
}

/** The steps that bring the fault about. */
export function injectSteps({ plan }: Experiment): readonly Step[] {
  if (plan.fault === "pod-kill" && plan.by === "api") return [kill];
  return [create, act];
}

const kill: Step = needed({
  id: "injected",
  title: "pods killed",
  wanted: `deleted with ${killGrace} s of grace, and gone`,
  look: async ({ target, where, victims }) => {
    const api = target.kubeconfig.makeApiClient(CoreV1Api);
    const { namespace } = where;
    for (const pod of victims) {
      const name = nameOf(pod);
      // The same pod that was looked at, and no other of its name.
      const preconditions = Object.assign(new V1Preconditions(), { uid: pod.metadata?.uid ?? "" });
      const body = Object.assign(new V1DeleteOptions(), { gracePeriodSeconds: killGrace, preconditions });
      await api.deleteNamespacedPod({ name, namespace, body });
    }
    const gone = await within(goneSeconds, async () =>
      (await Promise.all(victims.map((pod) => isGone(api, pod)))).every(Boolean),
    );
    const names = victims.map(nameOf).join(", ");
    if (gone) return fine(`${names} killed by the API`);
    return bad(
      `${names}: not gone after ${goneSeconds} s`,
      `is its node alive? kubectl get pods -n ${namespace} -o wide`,
    );
  },
});

/** Whether a pod is gone, though another may have its name. */
async function isGone(api: CoreV1Api, pod: V1Pod): Promise<boolean> {
  const now = await api
    .readNamespacedPod({ name: nameOf(pod), namespace: pod.metadata?.namespace ?? "" })
    .catch((error: unknown) => {
      if (error instanceof ApiException && error.code === 404) return undefined;
      throw error;
    });
  return now?.metadata?.uid !== pod.metadata?.uid;
}

const create: Step = needed({
  id: "accepted",
  title: "fault accepted by the API server",
  wanted: "an object of Chaos Mesh that passes its schema",
  look: async (experiment) => {
    const object = await objectOf(experiment);
    if (!(await experiment.mesh.knows(object.kind, object.metadata.namespace))) {
      return bad(
        `the cluster knows no ${object.kind}`,
        "install Chaos Mesh (docs/operations.md), or kill pods by the API: npx paw chaos pod-kill --by api",
      );
    }
    // Remembered before it is made: an answer that does not arrive leaves an object all the same.
    const { name, namespace } = object.metadata;
    experiment.made = { kind: object.kind, name, namespace };
    await experiment.mesh.create(object);
    const pods = experiment.victims.map(nameOf).join(", ");
    return fine(`${object.kind} ${namespace}/${name} on ${pods}`);
  },
});

const act: Step = needed({
  id: "injected",
  title: "fault acts",
  wanted: `Chaos Mesh says so within ${injectSeconds} s`,
  look: async (experiment) => {
    const { made, mesh, signal } = experiment;
    if (made === undefined) throw new Error("nothing was made");
    const begun = Date.now();
    for (;;) {
      const progress = await mesh.progress(made);
      const seconds = (Date.now() - begun) / 1000;
      if (progress === undefined) return bad("the object is gone", "who removed it? the audit log tells");
      if (progress.injected) return fine(`after ${seconds.toFixed(0)} s`);
      if (signal.aborted) return gaveUp(experiment, "interrupted before it acted");
      if (!progress.noticed && seconds > noticeSeconds) {
        const nobody = "no controller of Chaos Mesh acts on this cluster";
        return gaveUp(experiment, nobody, `${nobody}: the fault was stored, and nothing happened`);
      }
      if (seconds > injectSeconds) {
        const why = progress.problems[0] ?? "no reason given";
        return bad(
          `not injected after ${injectSeconds} s: ${why}`,
          "kubectl logs -n chaos-mesh ds/chaos-daemon",
        );
      }
      await sleep(500);
    }
  },
});

function gaveUp(experiment: Experiment, why: string, found = why): ReturnType<typeof unknown> {
  experiment.pointless = why;
  return unknown(found);
}

/** Takes away what was made, also where the experiment went wrong or was ended. */
export const remove: Step = {
  id: "removed",
  title: "fault taken away",
  wanted: "no object of it is left",
  look: async (experiment) => {
    const { made, mesh } = experiment;
    if (made === undefined) return fine("there is no object to remove");
    await mesh.remove(made);
    experiment.made = undefined;
    return fine(`${made.kind} ${made.namespace}/${made.name} is gone`);
  },
};

/** Asks until the answer is yes, or the seconds are over. */
export async function within(seconds: number, ask: () => Promise<boolean>): Promise<boolean> {
  for (const end = Date.now() + seconds * 1000; ;) {
    if (await ask()) return true;
    if (Date.now() >= end) return false;
    await sleep(500);
  }
}
