import { expect } from "chai";

import { type Change, changesBetween } from "../../../ops/src/compare/changes.ts";
import { fieldChanges, shown } from "../../../ops/src/compare/fields.ts";
import type { Given } from "../../../policy/src/graph/graph.ts";
import { UNKNOWN } from "../../../policy/src/k8s/field.ts";

const object = (head: string, name: string, rest: object = {}): Given["manifest"] => {
  const [apiVersion = "", kind = ""] = head.split(" ");
  const [namespace, own = ""] = name.includes("/") ? name.split("/") : [undefined, name];
  return { apiVersion, kind, metadata: { name: own, ...(namespace ? { namespace } : {}) }, ...rest };
};
const given = (manifest: Given["manifest"], more: Partial<Given> = {}): Given => ({
  manifest,
  source: "x",
  ...more,
});
const set = (storage: string, image = "simd:1"): Given =>
  given(
    object("apps/v1 StatefulSet", "paw/paw-validator", {
      spec: {
        serviceName: "paw-validator",
        template: { spec: { containers: [{ name: "node", image, env: [{ name: "A", value: "hunter2" }] }] } },
        volumeClaimTemplates: [
          { metadata: { name: "data" }, spec: { resources: { requests: { storage } } } },
        ],
      },
    }),
  );
const told = (change: Change): string =>
  [
    change.kind,
    change.object,
    ...change.fields.map(({ path, from, to }) => `${path}: ${from} -> ${to}`),
  ].join(" | ");

describe("what a change of the program does", () => {
  it("nothing, where objects are the same, in whatever order", () => {
    const [a, b] = [given(object("v1 Service", "paw/a")), given(object("v1 Service", "paw/b"))];
    expect(changesBetween([a, b], [b, a])).to.deep.equal([]);
  });

  it("an object more, an object less", () => {
    const changes = changesBetween(
      [given(object("v1 Service", "paw/a"))],
      [given(object("v1 Service", "paw/b"))],
    );
    expect(changes.map(told)).to.deep.equal(["removed | Service paw/a", "added | Service paw/b"]);
    expect(changes.map(({ danger }) => danger)).to.deep.equal([undefined, undefined]);
  });

  it("objects of two groups may share kind and name", () => {
    const [own, other] = [object("v1 Service", "paw/a"), object("serving.knative.dev/v1 Service", "paw/a")];
    expect(changesBetween([given(own)], [given(own), given(other)]).map(told)).to.deep.equal([
      "added | Service paw/a",
    ]);
  });

  it("an image: named by its container, no danger", () => {
    const [change] = changesBetween([set("50Gi")], [set("50Gi", "simd:2")]);
    expect(change && told(change)).to.equal(
      "changed | StatefulSet paw/paw-validator | spec.template.spec.containers[node].image: simd:1 -> simd:2",
    );
    expect(change).to.include({ deletes: false, danger: undefined });
  });

  it("a StatefulSet whose claims change is replaced, and that comes first", () => {
    const changes = changesBetween(
      [given(object("v1 ConfigMap", "paw/a")), set("50Gi")],
      [given(object("v1 ConfigMap", "paw/a", { data: { x: "1" } })), set("60Gi")],
    );
    expect(changes.map(({ object: name }) => name)).to.deep.equal([
      "StatefulSet paw/paw-validator",
      "ConfigMap paw/a",
    ]);
    expect(changes[0]?.danger).to.contain("is replaced").and.to.contain("spec.volumeClaimTemplates");
    expect(changes[0]?.deletes).to.equal(true);
    // A ConfigMap is replaced as well, which loses nothing.
    expect(changes[1]).to.include({ deletes: true, danger: undefined });
  });

  it("unless Pulumi leaves that field to others", () => {
    const after = { ...set("60Gi"), ignored: ["spec.volumeClaimTemplates"] };
    const [change] = changesBetween([set("50Gi")], [after]);
    expect(change).to.include({ deletes: false, danger: undefined });
    expect(change?.fields.map(({ ignored }) => ignored)).to.deep.equal([true]);
  });

  for (const kind of ["v1 Namespace", "v1 PersistentVolumeClaim", "apps/v1 StatefulSet"]) {
    it(`a ${kind} that goes is a danger`, () => {
      const [change] = changesBetween([given(object(kind, "a"))], []);
      expect(change?.danger).to.contain("is deleted");
    });
  }

  it("a protected one is refused, and that is said", () => {
    const [change] = changesBetween([given(object("v1 Namespace", "a"), { protect: true })], []);
    expect(change?.danger).to.contain("pulumi up will refuse");
  });

  it("an object with another address in the program would be deleted after it was made, but for an alias", () => {
    const was = given(object("v1 Service", "paw/a"), { urn: "urn:old" });
    const now = given(object("v1 Service", "paw/a"), { urn: "urn:new" });
    expect(changesBetween([was], [now]).map(({ kind, deletes }) => [kind, deletes])).to.deep.equal([
      ["moved", true],
    ]);
    expect(changesBetween([was], [{ ...now, aliases: ["urn:old"] }])).to.deep.equal([]);
  });

  it("a container that is put before another changes nothing of the other", () => {
    const changes = fieldChanges([{ name: "a", x: 1 }], [{ name: "b" }, { name: "a", x: 1 }]);
    expect(changes.map(({ path }) => path)).to.deep.equal(["[b]"]);
  });

  it("items without names go by their number; a list that becomes an object is one change", () => {
    expect(fieldChanges({ a: [1, 2] }, { a: [1, 3, 4] }).map(({ path }) => path)).to.deep.equal([
      "a[1]",
      "a[2]",
    ]);
    expect(fieldChanges({ a: [1] }, { a: { 0: 1 } }).map(({ path }) => path)).to.deep.equal(["a"]);
    expect(fieldChanges({ a: { "b/c": 1 } }, { a: {} }).map(({ path }) => path)).to.deep.equal(['a["b/c"]']);
  });

  it("no text is shown that could be a secret", () => {
    const secret = "hunter2-kV9";
    for (const path of [
      "data.password",
      "stringData.type",
      'metadata.annotations["x/image"]',
      "spec.template.spec.containers[a].env[B].value",
      "spec.template.spec.containers[a].args[0]",
      "spec.anything",
      "data.image",
    ]) {
      expect(shown(path, secret), path).to.equal("not shown");
    }
    expect(shown("spec.containers[a].env[B].value", 5)).to.equal("not shown");
    expect(shown("spec.containers[a].image", "a:1")).to.equal("a:1");
    expect(shown("spec.replicas", 3)).to.equal("3");
    expect(shown("spec.replicas", UNKNOWN)).to.equal("not known in a preview");
    expect(shown("spec.resources.limits.memory", "2Gi")).to.equal("2Gi");
    expect(shown("spec.x", undefined)).to.equal("nothing");
  });
});
