/** A27: the report beside another stack, and beside a commit. */
import { expect } from "chai";

import { besideCommit, besideStack } from "../../../ops/src/report/comparison.ts";
import type { Given } from "../../../policy/src/graph/graph.ts";
import { object } from "../../policy/graph/world.ts";

const urn = (stack: string, name: string): string =>
  `urn:pulumi:${stack}::paw::kubernetes:apps/v1:StatefulSet::${name}`;
const set = (stack: string, replicas: number, service = "db"): Given => ({
  manifest: object("apps/v1", "StatefulSet", ["db", "shop", { spec: { replicas, serviceName: service } }]),
  ...{ source: "db", urn: urn(stack, "db"), parent: `urn:pulumi:${stack}::paw::pulumi:pulumi:Stack::paw` },
});
const claim: Given = { manifest: object("v1", "PersistentVolumeClaim", ["data", "shop"]), source: "data" };

describe("the report beside something else", () => {
  it("does not take another stack's address for a move", () => {
    const { against, changes } = besideStack("staging", [set("staging", 2)], [set("production", 3)]);
    expect(against).to.equal("stack staging");
    expect(changes.map(({ kind, deletes, danger }) => [kind, deletes, danger])).to.deep.equal([
      ["changed", false, undefined],
    ]);
    expect(changes[0]?.fields.map(({ path, from, to }) => [path, from, to])).to.deep.equal([
      ["spec.replicas", "2", "3"],
    ]);
  });

  it("finds nothing where two stacks have the same", () => {
    expect(besideStack("staging", [set("staging", 3)], [set("production", 3)]).changes).to.deep.equal([]);
  });

  it("calls out what is replaced or lost since a commit", () => {
    const before = [set("production", 3), claim];
    const { against, changes } = besideCommit("0123456789abcdef", before, [set("production", 3, "other")]);
    expect(against).to.equal("commit 0123456789ab");
    expect(changes.map(({ kind, object: name, deletes }) => [kind, name, deletes])).to.deep.equal([
      ["removed", "PersistentVolumeClaim shop/data", true],
      ["changed", "StatefulSet shop/db", true],
    ]);
    expect(changes.every(({ danger }) => danger !== undefined)).to.equal(true);
  });
});
