import { expect } from "chai";
import fc from "fast-check";

import { formatBytes, formatCpu, isPositiveQuantity, toMilli } from "../../components/quantity.ts";

describe("quantities", () => {
  const known: [string, bigint][] = [
    ["500m", 500n],
    ["2", 2000n],
    ["0.5", 500n],
    ["2000m", 2000n],
    ["1k", 1_000_000n],
    ["4Gi", 4n * 1024n ** 3n * 1000n],
    ["1Ti", 1024n ** 4n * 1000n],
    ["1.5Gi", 1536n * 1024n ** 2n * 1000n],
    ["0.0001", 1n], // rounded up, as the API server does
  ];
  for (const [text, milli] of known) {
    it(`${text} is ${String(milli)} thousandths`, () => {
      expect(toMilli(text)).to.equal(milli);
    });
  }
  for (const text of ["", "m", "-1", "1e3", "4GB", "1.", ".5", "1 Gi"]) {
    it(`"${text}" is none`, () => {
      expect(() => toMilli(text)).to.throw(text);
      expect(isPositiveQuantity(text)).to.be.false;
    });
  }
  it("zero is a quantity, but not a positive one", () => {
    expect(toMilli("0")).to.equal(0n);
    expect(isPositiveQuantity("0")).to.be.false;
  });
  it("what is formatted reads back as the same", () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: 10n ** 18n }), (n) => {
        expect(toMilli(formatCpu(n))).to.equal(n);
        expect(toMilli(formatBytes(n * 1000n))).to.equal(n * 1000n);
      }),
    );
  });
});
