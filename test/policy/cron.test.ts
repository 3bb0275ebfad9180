import { expect } from "chai";
import fc from "fast-check";

import { isCron } from "../../policy/src/k8s/cron.ts";

describe("schedules", () => {
  for (const text of [
    "17 3 * * *",
    "*/5 0-23/2 1,15 * 1-5",
    "0 0 1 JAN sun",
    "0 9 ? * mon-FRI",
    " 0 0 * * 0 ",
    "@daily",
    "@annually",
    "@every 6h",
    "@every 1h30m",
  ]) {
    it(`"${text}" is one`, () => {
      expect(isCron(text)).to.equal(true);
    });
  }

  for (const text of [
    "",
    "3 * * *",
    "0 17 3 * * *",
    "60 * * * *",
    "* 24 * * *",
    "* * 0 * *",
    "* * 32 * *",
    "* * * 13 *",
    "* * * * 7",
    "* * * jan-x *",
    "5-1 * * * *",
    "1-2-3 * * * *",
    "*/0 * * * *",
    "*/5/5 * * * *",
    "1,,2 * * * *",
    "-1 * * * *",
    "@often",
    "@every 0s",
    "@every",
    "@every 5",
  ]) {
    it(`"${text}" is none`, () => {
      expect(isCron(text)).to.equal(false);
    });
  }

  it("hold for lists of ranges within their bounds, and for nothing outside of them", () => {
    const parts = [
      [0, 59],
      [0, 23],
      [1, 31],
      [1, 12],
      [0, 6],
    ] as const;
    const range = ([from, to]: readonly [number, number]) =>
      fc
        .tuple(fc.integer({ min: from, max: to }), fc.integer({ min: from, max: to }))
        .map(([a, b]) => `${Math.min(a, b)}-${Math.max(a, b)}`);
    const fields = fc.tuple(
      ...parts.map((part) =>
        fc.array(range(part), { minLength: 1, maxLength: 3 }).map((list) => list.join(",")),
      ),
    );
    fc.assert(
      fc.property(fields, fc.nat({ max: 4 }), (list, index) => {
        expect(isCron(list.join(" "))).to.equal(true);
        const above = list.with(index, String((parts[index]?.[1] ?? 0) + 1));
        expect(isCron(above.join(" "))).to.equal(false);
      }),
    );
  });
});
