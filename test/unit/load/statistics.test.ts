import { expect } from "chai";
import fc from "fast-check";

import { largest, mean, percentile, percentiles } from "../../../ops/src/load/statistics.ts";

describe("A26: percentiles of a load", () => {
  it("nearest rank: the worked examples of its definition", () => {
    const five = [15, 20, 35, 40, 50];
    expect([0.05, 0.3, 0.4, 0.5, 1].map((share) => percentile(five, share))).to.deep.equal([
      15, 20, 20, 35, 50,
    ]);
    const ten = [3, 6, 7, 8, 8, 10, 13, 15, 16, 20];
    expect([0.25, 0.5, 0.75, 1].map((share) => percentile(ten, share))).to.deep.equal([7, 8, 15, 20]);
    const hundred = Array.from({ length: 100 }, (_, index) => index + 1);
    for (const share of [1, 7, 29, 50, 57, 95, 99, 100]) {
      expect(percentile(hundred, share / 100), `p${share}`).to.equal(share);
    }
    expect(percentile([42], 0.01)).to.equal(42);
    expect(percentile([], 0.5)).to.equal(undefined);
  });

  it("at least that share is not above it, and less than that share is below it", () => {
    const values = fc.array(fc.integer({ min: -1000, max: 1000 }), { minLength: 1, maxLength: 300 });
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 100 }), (all, percent) => {
        const found =
          percentile(
            [...all].sort((a, b) => a - b),
            percent / 100,
          ) ?? NaN;
        const notAbove = all.filter((value) => value <= found).length;
        const below = all.filter((value) => value < found).length;
        expect(notAbove * 100).to.be.at.least(percent * all.length);
        expect(below * 100).to.be.lessThan(percent * all.length);
      }),
    );
  });

  it("sorts by number, and counts what was lost as never", () => {
    expect(percentiles([10, 9, 100, 1])).to.deep.equal({ p50: 9, p95: 100, p99: 100 });
    const all = Array.from({ length: 97 }, () => 1);
    expect(percentiles(all, 3)).to.deep.equal({ p50: 1, p95: 1, p99: Infinity });
    expect(percentiles(all, 6)).to.deep.equal({ p50: 1, p95: Infinity, p99: Infinity });
    expect(percentiles([], 1)).to.deep.equal({ p50: Infinity, p95: Infinity, p99: Infinity });
    expect(percentiles([])).to.deep.equal({});
  });

  it("mean and largest of none are none", () => {
    expect([mean([1, 2, 6]), largest([1, 6, 2])]).to.deep.equal([3, 6]);
    expect([mean([]), largest([])]).to.deep.equal([undefined, undefined]);
  });
});
