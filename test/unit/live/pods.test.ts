/** What a stack's pods are changed to on a live cluster. */
import type * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";

import { simulatedWithoutImage } from "../../../components/platform/simulatedPods.ts";
import { smallRequests } from "../../../components/platform/smallRequests.ts";

/* eslint-disable @typescript-eslint/no-explicit-any -- manifests */

function apply(transforms: readonly pulumi.ResourceTransform[], type: string, props: object): any {
  let now: unknown = props;
  for (const transform of transforms) {
    const args = { type: `kubernetes:${type}`, props: now, opts: {}, name: "any", custom: true };
    const result = transform(args as unknown as pulumi.ResourceTransformArgs) as
      pulumi.ResourceTransformResult | undefined;
    now = result?.props ?? now;
  }
  return now;
}

const pod = (...images: string[]): object => ({
  initContainers: [
    { name: "first", image: images[0], resources: { limits: { cpu: "100m", memory: "64Mi" } } },
  ],
  containers: images.map((image) => ({
    name: "main",
    image,
    resources: {
      requests: { cpu: "2", memory: "4Gi", "ephemeral-storage": "2Gi" },
      limits: { cpu: "2", memory: "4Gi", "ephemeral-storage": "2Gi" },
    },
  })),
});
const deployment = (...images: string[]): object => ({ spec: { template: { spec: pod(...images) } } });

describe("pods of a live cluster", () => {
  describe("paw:resources.requestScale", () => {
    it("shrinks what is requested of CPU and memory, and no limit", () => {
      const { spec } = apply(smallRequests(0.05), "apps/v1:StatefulSet", deployment("a"));
      expect(spec.template.spec.containers[0].resources).to.deep.equal({
        requests: { cpu: "100m", memory: "214748365", "ephemeral-storage": "2Gi" },
        limits: { cpu: "2", memory: "4Gi", "ephemeral-storage": "2Gi" },
      });
    });

    it("a limit without a request is its own request", () => {
      const { spec } = apply(smallRequests(0.5), "apps/v1:Deployment", deployment("a"));
      expect(spec.template.spec.initContainers[0].resources).to.deep.equal({
        limits: { cpu: "100m", memory: "64Mi" },
        requests: { cpu: "50m", memory: "32Mi" },
      });
    });

    it("reaches the pods of CronJobs", () => {
      const job = { spec: { schedule: "* * * * *", jobTemplate: { spec: deployment("a") } } };
      const wrapped = { spec: { ...job.spec, jobTemplate: { spec: { template: { spec: pod("a") } } } } };
      const { spec } = apply(smallRequests(0.5), "batch/v1:CronJob", wrapped);
      expect(spec.schedule).to.equal("* * * * *");
      expect(spec.jobTemplate.spec.template.spec.containers[0].resources.requests.cpu).to.equal("1");
    });

    it("moves autoscalers at the same usage", () => {
      const target = { type: "Utilization", averageUtilization: 70 };
      const metrics = [{ type: "Resource", resource: { name: "cpu", target } }];
      const { spec } = apply(smallRequests(0.1), "autoscaling/v2:HorizontalPodAutoscaler", {
        spec: { metrics },
      });
      expect(spec.metrics[0].resource.target.averageUtilization).to.equal(700);
    });

    it("changes nothing at 1", () => {
      expect(smallRequests(1)).to.deep.equal([]);
    });
  });

  describe("pods without an image", () => {
    const transforms = simulatedWithoutImage(["a", "b"]);

    it("go to simulated nodes, also for one image of several", () => {
      const { spec } = apply(transforms, "apps/v1:Deployment", deployment("a", "c"));
      expect(spec.template.spec.nodeSelector).to.deep.equal({ "paw.network/simulated": "true" });
      expect(spec.template.spec.tolerations).to.deep.equal([
        { key: "paw.network/simulated", operator: "Exists", effect: "NoSchedule" },
      ]);
    });

    it("with all their images they stay as they are", () => {
      expect(apply(transforms, "apps/v1:Deployment", deployment("a", "b"))).to.deep.equal(
        deployment("a", "b"),
      );
    });

    it("elsewhere nothing is changed", () => {
      expect(simulatedWithoutImage(undefined)).to.deep.equal([]);
    });
  });
});
