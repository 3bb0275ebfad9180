/** A16: the report's sums are those that a hand adds up. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { costsOf, readPrices } from "../../../ops/src/report/resources/prices.ts";
import { type Resources, resourcesOf } from "../../../ops/src/report/resources/totals.ts";
import { graphOf } from "../../../policy/src/graph/graph.ts";
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import { object } from "../../policy/graph/world.ts";
import { render } from "../../support/rendered.ts";

const Gi = 1024 ** 3;
const container = (requests: object | undefined, limits: object | undefined, more: object = {}): object => ({
  ...{ name: "main", resources: { ...(requests ? { requests } : {}), ...(limits ? { limits } : {}) } },
  ...more,
});
const template = (containers: object[], initContainers: object[] = []): object => ({
  metadata: { labels: { app: "a" } },
  spec: { containers, initContainers },
});
const of = (...objects: Manifest[]): Resources =>
  resourcesOf(graphOf(objects.map((manifest) => ({ manifest, source: "test" }))));
const small = container({ cpu: "250m", memory: "1Gi" }, { cpu: 1, memory: "2Gi" });
const claim = (storage: string): object => ({
  metadata: { name: "data" },
  spec: { resources: { requests: { storage } } },
});

describe("what a stack asks for", () => {
  it("counts replicas, and requests that are not said by their limits", () => {
    const { total } = of(
      object("apps/v1", "Deployment", ["a", "shop", { spec: { replicas: 3, template: template([small]) } }]),
      object("apps/v1", "Deployment", [
        "b",
        "bank",
        { spec: { template: template([container(undefined, { cpu: "1500m", memory: "1Gi" })]) } },
      ]),
    );
    expect(total.pods).to.deep.equal([4, 4]);
    expect(total.requests).to.deep.equal({ cpu: [2250, 2250], memory: [4 * Gi, 4 * Gi] });
    expect(total.limits).to.deep.equal({ cpu: [4500, 4500], memory: [7 * Gi, 7 * Gi] });
  });

  it("takes the larger of what runs first and what runs then, with sidecars in both", () => {
    const sidecar = container({ cpu: "100m", memory: "1Gi" }, undefined, { restartPolicy: "Always" });
    const first = container({ cpu: 2, memory: "1Gi" }, undefined);
    const { total } = of(
      object("apps/v1", "StatefulSet", [
        "a",
        "shop",
        { spec: { template: template([small], [sidecar, first]) } },
      ]),
    );
    // CPU: 100m + 2 before, 100m + 250m after. Memory: 1 + 1 before, 1 + 1 after.
    expect(total.requests).to.deep.equal({ cpu: [2100, 2100], memory: [2 * Gi, 2 * Gi] });
  });

  it("goes from the fewest to the most that an autoscaler makes, also through a Rollout", () => {
    const scaler = (kind: string, name: string): Manifest =>
      object("autoscaling/v2", "HorizontalPodAutoscaler", [
        name,
        "shop",
        { spec: { scaleTargetRef: { kind, name }, minReplicas: 2, maxReplicas: 5 } },
      ]);
    const deployment = (name: string): Manifest =>
      object("apps/v1", "Deployment", [name, "shop", { spec: { replicas: 9, template: template([small]) } }]);
    const rollout = object("argoproj.io/v1alpha1", "Rollout", [
      "canary",
      "shop",
      { spec: { workloadRef: { kind: "Deployment", name: "b" } } },
    ]);
    const { total, namespaces } = of(
      ...[deployment("a"), scaler("Deployment", "a"), deployment("b"), rollout, scaler("Rollout", "canary")],
    );
    expect(total.pods).to.deep.equal([4, 10]);
    expect(total.requests.cpu).to.deep.equal([1000, 2500]);
    expect(namespaces[0]?.workloads.map(({ scale }) => scale?.note)).to.deep.equal([
      "autoscaler a",
      "autoscaler canary",
    ]);
  });

  it("counts a Job's pods while they run, and a DaemonSet's not at all", () => {
    const { total, namespaces } = of(
      object("batch/v1", "CronJob", [
        "a",
        "shop",
        { spec: { jobTemplate: { spec: { template: template([small]) } } } },
      ]),
      object("apps/v1", "DaemonSet", ["b", "shop", { spec: { template: template([small]) } }]),
    );
    expect(total.pods).to.deep.equal([0, 1]);
    expect(namespaces[0]?.workloads.map(({ scale }) => scale?.most)).to.deep.equal([1, undefined]);
  });

  it("counts each claim once, though it is an object and in a template", () => {
    const { total } = of(
      object("apps/v1", "StatefulSet", [
        "a",
        "shop",
        { spec: { replicas: 2, volumeClaimTemplates: [claim("10Gi")], template: template([small]) } },
      ]),
      object("v1", "PersistentVolumeClaim", [
        "data-a-0",
        "shop",
        { spec: { resources: { requests: { storage: "10Gi" } } } },
      ]),
      object("v1", "PersistentVolumeClaim", [
        "spare",
        "shop",
        { spec: { resources: { requests: { storage: "5Gi" } } } },
      ]),
    );
    expect(total.storage).to.deep.equal([25 * Gi, 25 * Gi]);
  });

  it("says how many containers have no limit", () => {
    const { unlimited } = of(
      object("apps/v1", "Deployment", [
        "a",
        "shop",
        { spec: { template: template([small, container({ cpu: 1 }, { cpu: 1 })]) } },
      ]),
    );
    expect(unlimited).to.equal(1);
  });

  it("gives production's validators 4 cores, 8 GiB and 500 GiB each, and health and metrics beside", async () => {
    const given = (await render({ stack: "production" })).map((manifest) => ({
      manifest,
      source: "production",
    }));
    const resources = resourcesOf(graphOf(given));
    const paw = resources.namespaces.find(({ name }) => name === "paw");
    const validator = paw?.workloads.find(({ name }) => name === "paw-validator");
    expect(validator?.scale).to.deep.include({ least: 4, most: 4 });
    expect(validator?.pod.limits.cpu).to.be.within(4000, 5000);
    expect(validator?.pod.limits.memory).to.be.within(8 * Gi, 9 * Gi);
    // 4 validators, 3 sentries and 3 full nodes of 500 GiB, and the node that is backed up.
    expect(paw?.sums.storage[0]).to.equal(5500 * Gi);
    expect(resources.unlimited).to.equal(0);
  });
});

describe("what it costs", () => {
  const folder = mkdtempSync(join(tmpdir(), "paw-prices-"));
  const file = join(folder, "prices.yaml");
  const prices = (text: string): string => {
    writeFileSync(file, text);
    return file;
  };
  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("is requests and claims times the prices of the file", () => {
    const sums = {
      pods: [1, 2],
      requests: { cpu: [2000, 4000], memory: [4 * Gi, 8 * Gi] },
      limits: { cpu: [9000, 9000], memory: [9 * Gi, 9 * Gi] },
      storage: [100 * Gi, 100 * Gi],
    } as const;
    const read = readPrices(prices("{currency: EUR, per: month, cpu: 20, memory: 2.5, storage: 0.1}"));
    expect(costsOf(sums, read)).to.deep.equal({
      cpu: [40, 80],
      memory: [10, 20],
      storage: [10, 10],
      total: [60, 110],
    });
  });

  it("is refused with every fault where the file holds no prices", () => {
    const path = prices("{currency: EUR, per: day, cpu: -1, memory: 1, storage: x}");
    expect(() => readPrices(path)).to.throw(/per: [^]*cpu: [^]*storage: /);
    expect(() => readPrices(join(folder, "none.yaml"))).to.throw("the prices cannot be read");
  });
});
