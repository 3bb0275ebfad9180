import { expect } from "chai";

import { UNKNOWN } from "../../policy/src/k8s/field.ts";
import type { Manifest } from "../../policy/src/k8s/manifest.ts";
import { bearsPod, containersOf, podOf } from "../../policy/src/k8s/podSpec.ts";
import { pod, verdicts, wrap, wrappers } from "./fixtures.ts";

const privileged = "containers[0].securityContext.privileged";

describe("The pod of a manifest", () => {
  for (const wrapper of wrappers) {
    const { apiVersion, kind, template } = wrapper;
    const at = [...template, "spec"].join(".");

    it(`is found in ${apiVersion} ${kind}`, () => {
      const manifest = wrap(pod(), wrapper);
      expect(bearsPod(manifest)).to.be.true;
      expect(podOf(manifest)?.spec.path).to.equal(at);
      expect(verdicts(manifest)).to.deep.equal([]);
    });

    it(`is judged in ${apiVersion} ${kind}, at its place there`, () => {
      const manifest = wrap(pod({ [`spec.${privileged}`]: true }), wrapper);
      expect(verdicts(manifest)).to.deep.equal([`pss-privileged ${at}.${privileged}`]);
    });

    it(`is not passed in ${apiVersion} ${kind} when its whole spec is not known`, () => {
      const spec = template.length === 0 ? "spec" : template[0];
      const manifest: Manifest = { ...wrap(pod(), wrapper), [spec ?? "spec"]: UNKNOWN };
      expect(verdicts(manifest)).to.include(`pss-privileged ${spec ?? "spec"}`);
    });
  }

  it("has init containers, main containers and ephemeral containers", () => {
    const found = podOf(pod());
    expect(found === undefined ? [] : containersOf(found).map(({ path }) => path)).to.have.members([
      "spec.initContainers[0]",
      "spec.containers[0]",
      "spec.containers[1]",
      "spec.ephemeralContainers[0]",
    ]);
  });

  for (const manifest of [
    { apiVersion: "v1", kind: "ConfigMap", data: { spec: "containers" } },
    { apiVersion: "apps/v1", kind: "Pod", spec: { containers: [{}] } },
    { apiVersion: "example.org/v1", kind: "Deployment", spec: { template: { spec: { containers: [{}] } } } },
    { apiVersion: "v1", kind: "constructor", spec: {} },
    { apiVersion: "constructor/v1", kind: "name" },
  ]) {
    it(`is not looked for in ${manifest.apiVersion} ${manifest.kind}`, () => {
      expect(bearsPod(manifest)).to.be.false;
      expect(verdicts(manifest)).to.deep.equal([]);
    });
  }

  it("is absent from a Rollout that refers to a Deployment, and from a patch that leaves it alone", () => {
    const rollout = {
      apiVersion: "argoproj.io/v1alpha1",
      kind: "Rollout",
      spec: { workloadRef: { kind: "Deployment" } },
    };
    expect(verdicts(rollout)).to.deep.equal([]);
    expect(verdicts({ apiVersion: "apps/v1", kind: "DeploymentPatch", spec: { replicas: 3 } })).to.deep.equal(
      [],
    );
  });
});
