/** A29: selectors choose what Kubernetes' API documents for LabelSelector and for a Service's map. */
import { expect } from "chai";

import {
  type Labels,
  labelsOf,
  selects,
  selectsAll,
  selectsByMap,
} from "../../../policy/src/graph/selector.ts";
import { type Field, UNKNOWN } from "../../../policy/src/k8s/field.ts";

const field = (value: unknown): Field => ({ path: "spec.selector", value });
const web: Labels = { app: "web", tier: "front" };
const expression = (key: unknown, operator: unknown, values?: unknown): object => ({
  matchExpressions: [{ key, operator, ...(values === undefined ? {} : { values }) }],
});

describe("a label selector", () => {
  const cases: readonly (readonly [what: string, selector: unknown, chosen: boolean])[] = [
    ["nothing, where it is absent", undefined, false],
    ["everything, where it is empty", {}, true],
    ["by a label", { matchLabels: { app: "web" } }, true],
    ["by all labels, not by one of them", { matchLabels: { app: "web", tier: "back" } }, false],
    ["not by a label of another value", { matchLabels: { app: "api" } }, false],
    ["not by a label that is not there", { matchLabels: { zone: "a" } }, false],
    ["not by a label that is not known", { matchLabels: { app: UNKNOWN } }, false],
    ["not by a map that is not known", { matchLabels: UNKNOWN }, false],
    ["nothing, where it is not known", UNKNOWN, false],
    ["by In, a value of the list", expression("app", "In", ["api", "web"]), true],
    ["by In, no other value", expression("app", "In", ["api"]), false],
    ["by In, nothing without the label", expression("zone", "In", ["a"]), false],
    ["by NotIn, another value", expression("app", "NotIn", ["api"]), true],
    ["by NotIn, no value of the list", expression("app", "NotIn", ["api", "web"]), false],
    ["by NotIn, what lacks the label", expression("zone", "NotIn", ["a"]), true],
    ["by Exists, what has the label", expression("app", "Exists"), true],
    ["by Exists, nothing without it", expression("zone", "Exists"), false],
    ["by DoesNotExist, what lacks the label", expression("zone", "DoesNotExist"), true],
    ["by DoesNotExist, nothing with it", expression("app", "DoesNotExist"), false],
    ["nothing by an operator that there is not", expression("app", "Has"), false],
    ["nothing by a key that is not known", expression(UNKNOWN, "DoesNotExist"), false],
    ["nothing by a list with a value that is not known", expression("app", "NotIn", ["api", UNKNOWN]), false],
    [
      "by labels and expressions together",
      { matchLabels: { app: "web" }, ...expression("zone", "Exists") },
      false,
    ],
    [
      "by every expression",
      {
        matchExpressions: [
          { key: "app", operator: "Exists" },
          { key: "zone", operator: "Exists" },
        ],
      },
      false,
    ],
  ];
  for (const [what, selector, chosen] of cases) {
    it(`chooses ${what}`, () => {
      expect(selects(field(selector), web)).to.equal(chosen);
    });
  }

  it("chooses nothing below something that is not known", () => {
    expect(selects({ ...field({}), blockedAt: "spec" }, web)).to.equal(false);
  });

  it("stands for everything only where it is there, known and empty", () => {
    expect(
      [{}, { matchLabels: {} }, { matchExpressions: [] }].map((each) => selectsAll(field(each))),
    ).to.deep.equal([true, true, true]);
    const others = [undefined, UNKNOWN, "", { matchLabels: { a: "b" } }, expression("a", "Exists")];
    expect(others.map((each) => selectsAll(field(each)))).to.deep.equal([false, false, false, false, false]);
  });
});

describe("a Service's map of labels", () => {
  for (const [what, map, chosen] of [
    ["all labels of it", { app: "web", tier: "front" }, true],
    ["not some of them", { app: "web", tier: "back" }, false],
    ["nothing, where it is empty", {}, false],
    ["nothing, where it is absent", undefined, false],
    ["nothing by a value that is not known", { app: UNKNOWN }, false],
    ["nothing, where it is not known", UNKNOWN, false],
  ] as const) {
    it(`chooses by ${what}`, () => {
      expect(selectsByMap(field(map), web)).to.equal(chosen);
    });
  }

  it("has the labels that are known, and texts", () => {
    expect(labelsOf(field({ a: "b", c: UNKNOWN, d: 1 }))).to.deep.equal({ a: "b" });
    expect(labelsOf(field(UNKNOWN))).to.deep.equal({});
  });
});
