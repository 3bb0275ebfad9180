import { expect } from "chai";
import fc from "fast-check";

import { quantity } from "../../policy/src/k8s/quantity.ts";

describe("quantities", () => {
  const cases: readonly (readonly [unknown, number | undefined])[] = [
    ["0", 0],
    ["500m", 0.5],
    ["1.5", 1.5],
    [2, 2],
    ["1k", 1000],
    ["3M", 3e6],
    ["2E", 2e18],
    ["1Ki", 1024],
    ["1.5Gi", 1.5 * 1024 ** 3],
    ["1e3", 1000],
    ["12E2", 1200],
    ["5e-1", 0.5],
    ["", undefined],
    ["-1", undefined],
    [-1, undefined],
    ["1 Gi", undefined],
    ["much", undefined],
    ["1KiB", undefined],
    [true, undefined],
    [undefined, undefined],
  ];
  for (const [text, wanted] of cases) {
    it(`${JSON.stringify(text)} is ${String(wanted)}`, () => {
      expect(quantity(text)).to.equal(wanted);
    });
  }

  it("grow with each suffix", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 999 }), (amount) => {
        for (const suffixes of [
          ["m", "", "k", "M", "G", "T", "P", "E"],
          ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"],
        ]) {
          const values = suffixes.map((suffix) => quantity(`${amount}${suffix}`) ?? NaN);
          values.slice(1).forEach((value, index) => {
            expect(value / (values[index] ?? NaN)).to.be.closeTo(suffixes[1] === "" ? 1000 : 1024, 1e-9);
          });
        }
      }),
    );
  });
});
