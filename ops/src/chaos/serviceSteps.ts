/** The hypothesis about a service of equal pods: those that are left answer, and afterwards all do. */
import { setTimeout as sleep } from "node:timers/promises";

import type { V1Pod } from "@kubernetes/client-node";

import { type Forwarded, forward, isReady, nameOf, podsOf } from "../running/forward.ts";
import { type Experiment, type Step, bad, fine, needed, observed, unknown } from "./experiment.ts";
import { answeredShare } from "./kinds.ts";
import { within } from "./inject.ts";

/** Milliseconds between two requests. */
const pause = 200;
/** Milliseconds after which an answer is none: what a readiness probe waits by default. */
const patience = 1000;

/** A way to what the kubelet asks whether a pod is ready. */
interface Door extends Forwarded {
  readonly pod: string;
  readonly path: string;
}

async function open({ target, where }: Experiment, pod: V1Pod): Promise<Door> {
  const container = pod.spec?.containers.find(({ name }) => name === where.container);
  const { path = "/", port } = container?.readinessProbe?.httpGet ?? {};
  const number =
    typeof port === "number" ? port : container?.ports?.find(({ name }) => name === port)?.containerPort;
  if (number === undefined) throw new Error(`${nameOf(pod)} has no readiness probe by HTTP`);
  const way = await forward(target, { namespace: where.namespace, pod: nameOf(pod), port: number });
  return { ...way, pod: nameOf(pod), path };
}

async function answers({ url, path }: Door): Promise<boolean> {
  return fetch(`${url}${path}`, { signal: AbortSignal.timeout(patience) }).then(
    async (answer) => {
      await answer.arrayBuffer();
      return answer.ok;
    },
    () => false,
  );
}

async function readyPods({ target, where }: Experiment): Promise<V1Pod[]> {
  return (await podsOf(target, where)).filter(isReady);
}

/** Does some work with ways to pods. */
async function withDoors<T>(
  experiment: Experiment,
  pods: readonly V1Pod[],
  work: (doors: readonly Door[]) => Promise<T>,
): Promise<T> {
  const doors: Door[] = [];
  try {
    for (const pod of pods) doors.push(await open(experiment, pod));
    return await work(doors);
  } finally {
    for (const door of doors) door.close();
  }
}

const notVictim =
  ({ victims }: Experiment) =>
  (pod: V1Pod): boolean =>
    !victims.some((victim) => nameOf(victim) === nameOf(pod));

export const serviceSteady: Step = needed({
  id: "steady",
  title: "steady state before",
  wanted: "all ready pods answer, and one is left beside those that the fault is for",
  look: async (experiment) => {
    const pods = await readyPods(experiment);
    const left = pods.filter(notVictim(experiment)).length;
    const answered = await withDoors(experiment, pods, async (doors) => Promise.all(doors.map(answers)));
    const found = `${answered.filter(Boolean).length} of ${pods.length} pods answer, ${left} would be left`;
    if (left === 0) return bad(found, "raise the replicas first, so that the service survives");
    return answered.every(Boolean)
      ? fine(found)
      : bad(found, "nothing is injected into what is not well: docs/runbooks/services-not-accessible.md");
  },
});

export const serviceDuring: Step = observed({
  id: "during",
  title: "requests while the fault acts",
  wanted: `${answeredShare * 100} % answered by the pods that are left`,
  look: async (experiment) => {
    const { plan, signal } = experiment;
    const pods = (await readyPods(experiment)).filter(notVictim(experiment));
    const [begun, end] = [Date.now(), Date.now() + plan.seconds * 1000];
    let [asked, failed] = [0, 0];
    await withDoors(experiment, pods, async (doors) => {
      while (Date.now() < end && !signal.aborted && failed < 10) {
        const door = doors[asked % doors.length];
        if (door === undefined) return;
        asked += 1;
        if (!(await answers(door))) failed += 1;
        await sleep(pause);
      }
    });
    const found = `${asked - failed} of ${asked} in ${((Date.now() - begun) / 1000).toFixed(0)} s`;
    if (asked === 0 || (asked - failed) / asked < answeredShare) {
      return bad(found, "docs/runbooks/services-not-accessible.md");
    }
    return signal.aborted ? unknown(`cut short: ${found}`) : fine(found);
  },
});

export const serviceRecovered: Step = observed({
  id: "recovered",
  title: "steady state afterwards",
  wanted: "as many ready pods as before, and all answer",
  look: async (experiment) => {
    const { plan, signal, podsBefore } = experiment;
    const begun = Date.now();
    let found = "";
    const back = await within(plan.recovery, async () => {
      const pods = await readyPods(experiment);
      const answered = await withDoors(experiment, pods, async (doors) => Promise.all(doors.map(answers)));
      found = `${answered.filter(Boolean).length} of ${podsBefore} pods answer`;
      return (pods.length >= podsBefore && answered.every(Boolean)) || signal.aborted;
    });
    if (signal.aborted) return unknown(`interrupted: ${found}`);
    const seconds = ((Date.now() - begun) / 1000).toFixed(0);
    return back
      ? fine(`${found}, after ${seconds} s`)
      : bad(`${found}, after ${seconds} s`, "docs/runbooks/services-not-accessible.md");
  },
});
