import { expect } from "chai";

import { UNKNOWN } from "../../../policy/src/k8s/field.ts";
import { namespaceLabels } from "../../../policy/src/rules/podSecurity/namespaceLabels.ts";
import { namespace, pod, verdicts } from "../fixtures.ts";

const label = (name: string): string => `metadata.labels["pod-security.kubernetes.io/${name}"]`;

describe("ns-psa-labels", () => {
  it("finds nothing in a namespace that has all six labels", () => {
    expect(verdicts(namespace())).to.deep.equal([]);
  });

  for (const mode of ["enforce", "warn", "audit"]) {
    for (const value of [undefined, null, "baseline", "privileged", "", "Restricted", UNKNOWN]) {
      it(`refuses the level ${String(value)} for ${mode}`, () => {
        expect(verdicts(namespace({ [label(mode)]: value }))).to.deep.equal([`ns-psa-labels ${label(mode)}`]);
      });
    }

    const version = label(`${mode}-version`);
    // 1.34 has no user namespaces in its rules, 1.9 sorts after 1.35 as text.
    for (const value of [
      undefined,
      "latest",
      "1.35",
      "v1",
      "v1.34",
      "v1.9",
      "v1.35.1",
      "v2.0",
      1.35,
      UNKNOWN,
    ]) {
      it(`refuses the version ${String(value)} for ${mode}`, () => {
        expect(verdicts(namespace({ [version]: value }))).to.deep.equal([`ns-psa-labels ${version}`]);
      });
    }

    it(`accepts newer versions for ${mode}`, () => {
      for (const value of ["v1.36", "v1.100"])
        expect(verdicts(namespace({ [version]: value }))).to.deep.equal([]);
    });
  }

  it("misses all six labels in a namespace without labels", () => {
    expect(verdicts(namespace({ "metadata.labels": undefined }))).to.have.length(6);
  });

  it("reports labels that are not known as a whole once", () => {
    expect(verdicts(namespace({ "metadata.labels": UNKNOWN }))).to.deep.equal([
      "ns-psa-labels metadata.labels",
    ]);
    expect(verdicts(namespace({ metadata: UNKNOWN }))).to.deep.equal(["ns-psa-labels metadata"]);
  });

  it("shows the levels and versions it finds, as these are no secrets", () => {
    for (const [name, value] of [
      ["warn", "baseline"],
      ["warn-version", "latest"],
      ["warn-version", "v1.20"],
    ] as const) {
      const [finding] = namespaceLabels.check(namespace({ [label(name)]: value }));
      expect(finding?.found).to.equal(value);
    }
  });

  it("holds a patch to the labels it sets, not to those it leaves alone", () => {
    const patch = { ...namespace(), kind: "NamespacePatch" };
    const labels = { [`pod-security.kubernetes.io/enforce`]: "privileged" };
    expect(verdicts({ ...patch, metadata: { name: "shop", labels } })).to.deep.equal([
      `ns-psa-labels ${label("enforce")}`,
    ]);
    expect(verdicts({ ...patch, metadata: { name: "shop" } })).to.deep.equal([]);
    expect(verdicts({ ...patch, metadata: { name: "shop", labels: UNKNOWN } })).to.deep.equal([
      "ns-psa-labels metadata.labels",
    ]);
  });

  it("judges namespaces alone", () => {
    expect(verdicts(pod())).to.deep.equal([]);
    expect(
      verdicts({ ...namespace({ "metadata.labels": undefined }), apiVersion: "example.org/v1" }),
    ).to.deep.equal([]);
  });
});
