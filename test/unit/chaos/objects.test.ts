import { readFileSync } from "node:fs";

import type { V1Pod } from "@kubernetes/client-node";
import { expect } from "chai";
import { parseAllDocuments } from "yaml";

import {
  type FaultName,
  type TargetName,
  type TargetPods,
  faultNames,
  podsOfTarget,
  targetNames,
} from "../../../ops/src/chaos/kinds.ts";
import type { Experiment } from "../../../ops/src/chaos/experiment.ts";
import { objectOf } from "../../../ops/src/chaos/inject.ts";
import { delay, io, memory, partition, podKill } from "../../../ops/src/chaos/objects.ts";
import { memoryLimit, mountPath } from "../../../ops/src/chaos/victims.ts";
import type { KubernetesObject } from "../../support/rendered.ts";

const victims = { name: "paw-x-1", namespace: "paw", pods: ["paw-validator-3"], seconds: 60 };
const metadata = {
  name: "paw-x-1",
  namespace: "paw",
  labels: { "app.kubernetes.io/managed-by": "paw-chaos" },
};
const those = { mode: "all", selector: { pods: { paw: ["paw-validator-3"] } } };

/** The pod of the one workload of a rendered stack that a target's namespace and labels select. */
function rendered(stack: string, { namespace, labels }: TargetPods): V1Pod {
  const text = readFileSync(new URL(`../../golden/${stack}.yaml`, import.meta.url), "utf8");
  const objects = parseAllDocuments(text).map((document) => document.toJS() as KubernetesObject);
  const found = objects.filter(
    ({ kind, metadata, spec }) =>
      ["Deployment", "StatefulSet"].includes(kind) &&
      metadata.namespace === namespace &&
      Object.entries(labels).every(([name, value]) => spec.template.metadata.labels[name] === value),
  );
  expect(found.map(({ metadata }) => metadata.name)).to.have.length(1);
  return found[0]?.spec.template as V1Pod;
}

describe("A24: objects of Chaos Mesh", () => {
  it("the faults and what they are done to are the specification's, and sentries", () => {
    expect(faultNames).to.deep.equal(["pod-kill", "partition", "latency", "memory", "io"]);
    expect(targetNames).to.deep.equal(["validator", "sentry", "full-node", "api", "bizra"]);
  });

  it("pod-kill: waits for the process to be gone, so that no second pod has its name meanwhile", () => {
    expect(podKill(victims)).to.deep.equal({
      apiVersion: "chaos-mesh.org/v1alpha1",
      kind: "PodChaos",
      metadata,
      spec: { action: "pod-kill", ...those, gracePeriod: 1 },
    });
  });

  it("partition: both ways, from the pods that are named and from nobody else", () => {
    expect(partition(victims, ["paw-validator-0", "paw-sentry-0"])).to.deep.equal({
      apiVersion: "chaos-mesh.org/v1alpha1",
      kind: "NetworkChaos",
      metadata,
      spec: {
        action: "partition",
        ...those,
        direction: "both",
        target: { mode: "all", selector: { pods: { paw: ["paw-validator-0", "paw-sentry-0"] } } },
        duration: "60s",
      },
    });
  });

  it("latency: 200 ms where nothing else is said", () => {
    expect(delay({ ...victims, seconds: 0.5 })).to.deep.equal({
      apiVersion: "chaos-mesh.org/v1alpha1",
      kind: "NetworkChaos",
      metadata,
      spec: {
        action: "delay",
        ...those,
        delay: { latency: "200ms", jitter: "0ms", correlation: "0" },
        direction: "to",
        duration: "1s",
      },
    });
    expect(delay(victims, "2s").spec).to.have.nested.property("delay.latency", "2s");
  });

  it("memory: beside the node, in the container that has the limit; the stressor dies first", () => {
    expect(memory(victims, { container: "node", bytes: 2_147_483_648 })).to.deep.equal({
      apiVersion: "chaos-mesh.org/v1alpha1",
      kind: "StressChaos",
      metadata,
      spec: {
        ...those,
        containerNames: ["node"],
        stressors: { memory: { workers: 1, size: "2147MB", oomScoreAdj: 1000 } },
        duration: "60s",
      },
    });
  });

  it("io: errors on the data volume alone, by the names that FUSE has for calls", () => {
    expect(io(victims, { container: "node", path: "/chain" })).to.deep.equal({
      apiVersion: "chaos-mesh.org/v1alpha1",
      kind: "IOChaos",
      metadata,
      spec: {
        action: "fault",
        ...those,
        containerNames: ["node"],
        errno: 5,
        percent: 10,
        volumePath: "/chain",
        methods: ["read", "write", "fsync"],
        duration: "60s",
      },
    });
  });

  for (const target of targetNames) {
    it(`${target}: its label, container and volume are those of a workload that is rendered`, () => {
      const where = podsOfTarget(target, "testnet");
      const pod = rendered("local", where);
      expect(memoryLimit(pod, where.container), "a limit").to.match(/^\d+[MG]i$/);
      if (target === "api") expect(mountPath(pod, where)).to.equal(undefined);
      else expect(mountPath(pod, where)).to.equal(target === "bizra" ? "/app/data" : "/chain");
    });
  }

  describe("of an experiment", () => {
    /** On the last validator, or another pod, as `local` renders it. */
    const objectFor = (fault: FaultName, target: TargetName): ReturnType<typeof objectOf> => {
      const where = podsOfTarget(target, "testnet");
      const pod = Object.assign(rendered("local", where), { metadata: { name: `paw-${target}-0` } });
      const plan = { fault, target, by: "mesh", pods: 1, seconds: 60, latency: "150ms", recovery: 60 };
      return objectOf({ plan, where, victims: [pod], name: "paw-x-1" } as unknown as Experiment);
    };

    it("half of the container's memory limit, which is 4Gi for a validator in local (A16)", async () => {
      const { spec } = await objectFor("memory", "validator");
      expect(spec).to.have.nested.property("stressors.memory.size", "2147MB");
      expect(spec).to.deep.include({ containerNames: ["node"] });
    });

    it("the latency that was asked for", async () => {
      expect((await objectFor("latency", "api")).spec).to.have.nested.property("delay.latency", "150ms");
    });

    it("the volume where its container mounts it", async () => {
      expect((await objectFor("io", "bizra")).spec).to.deep.include({
        volumePath: "/app/data",
        containerNames: ["bizra-apex"],
      });
      const failure: unknown = await objectFor("io", "api").catch((error: unknown) => error);
      expect(String(failure)).to.match(/api keeps no data on a volume/);
    });
  });
});
