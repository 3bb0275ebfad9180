import { inspect } from "node:util";

import { expect } from "chai";

import { judge } from "../../../policy/src/judge.ts";
import { UNKNOWN } from "../../../policy/src/k8s/field.ts";
import { podSecurity } from "../../../policy/src/rules/podSecurity/index.ts";
import { containerLists, pod, verdicts } from "../fixtures.ts";
import { type FieldCase, ofContainers, ofPods } from "./podSecurityCases.ts";

/** Judges a field in words of the table: value by value, the rules broken must be exactly the one named, or none. */
function describeFields(places: readonly string[], cases: readonly FieldCase[]): void {
  for (const { rule, field, bad, good } of cases) {
    for (const path of places.map((place) => `${place}.${field}`)) {
      for (const value of bad) {
        it(`${rule} refuses ${path} = ${inspect(value)}`, () => {
          expect(verdicts(pod({ [path]: value }))).to.deep.equal([`${rule} ${path}`]);
        });
      }
      it(`${rule} accepts what is good at ${path}`, () => {
        for (const value of good) expect(verdicts(pod({ [path]: value }))).to.deep.equal([]);
      });
      it(`${rule} refuses an unknown ${path}`, () => {
        expect(verdicts(pod({ [path]: UNKNOWN }))).to.deep.equal([`${rule} ${path}`]);
      });
    }
  }
}

describe("Pod Security rules", () => {
  it("find nothing in the good pod", () => {
    expect(verdicts(pod())).to.deep.equal([]);
  });

  it("have ids of their own, and every id is exercised by the tables or by a test below", () => {
    const ids = podSecurity.map(({ id }) => id);
    const covered = new Set([...ofContainers, ...ofPods].map(({ rule }) => rule));
    expect(new Set(ids).size).to.equal(ids.length);
    expect(ids.filter((id) => !covered.has(id))).to.deep.equal(["ns-psa-labels"]);
  });

  describe("of containers", () => {
    describeFields(
      containerLists.map((list) => `spec.${list}[0]`),
      ofContainers,
    );
  });

  describe("of pods", () => {
    describeFields(["spec"], ofPods);
  });

  it("look at every container of a list", () => {
    const path = "spec.containers[1].securityContext.privileged";
    expect(verdicts(pod({ [path]: true }))).to.deep.equal([`pss-privileged ${path}`]);
  });

  it("name the container", () => {
    const bad = pod({ "spec.containers[1].securityContext.privileged": true });
    expect(judge(bad, podSecurity).map(({ container }) => container)).to.deep.equal(["helper"]);
  });

  for (const type of [
    ...["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim"],
    ...["projected", "secret"],
  ]) {
    it(`accept a volume of type ${type}, known or not`, () => {
      for (const value of [{}, UNKNOWN]) {
        expect(verdicts(pod({ "spec.volumes[0]": { name: "v", [type]: value } }))).to.deep.equal([]);
      }
    });
  }

  it("take a volume without a type for the emptyDir that the API server makes of it", () => {
    expect(verdicts(pod({ "spec.volumes[0]": { name: "v" } }))).to.deep.equal([]);
  });
});
