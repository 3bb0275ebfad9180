import { expect } from "chai";

import { axisFor, format } from "../../support/dashboards/units.ts";

describe("figures as people read them (A8, B11)", () => {
  it("count in the unit's own measure, with three digits", () => {
    const read = [
      format(0, "s"),
      format(0.00042, "s"),
      format(2.5, "s"),
      format(90, "s"),
      format(7200, "s"),
      format(0, "ms"),
      format(1500, "ms"),
      format(1536, "bytes"),
      format(1500, "Bps"),
      format(0.123456, "percentunit"),
      format(12_345, "none"),
      format(1_234_567, "short"),
      format(51.94, "ops"),
      format(12_000, "ops"),
      format(3, "reqps"),
      format(0.5, "opm"),
      format(-1500, "short"),
    ];
    expect(read).to.deep.equal([
      "0 s",
      "420 µs",
      "2.5 s",
      "1.5 min",
      "2 h",
      "0 ms",
      "1.5 s",
      "1.5 KiB",
      "1.5 kB/s",
      "12.3 %",
      "12,345",
      "1.23 Mil",
      "51.9 ops/s",
      "12 K ops/s",
      "3 req/s",
      "0.5 ops/min",
      "-1.5 K",
    ]);
  });

  it("have the decimals that a panel asks for", () => {
    expect(format(51.9, "ops", 2)).to.equal("51.90 ops/s");
    expect(format(2, "s", 1)).to.equal("2.0 s");
  });

  it("say what is no figure", () => {
    expect([NaN, Infinity, -Infinity].map((value) => format(value, "s"))).to.deep.equal(["–", "∞", "-∞"]);
  });

  const marks = (...args: Parameters<typeof axisFor>): string[] => {
    const { min, max, interval, label } = axisFor(...args);
    return Array.from({ length: Math.round((max - min) / interval) + 1 }, (_, mark) =>
      label(min + mark * interval),
    );
  };

  it("on an axis stand at round values, in one measure, with room above", () => {
    expect(marks("s", { low: 0.4, high: 1.9, min: 0 })).to.deep.equal([
      "0 s",
      "0.5 s",
      "1 s",
      "1.5 s",
      "2 s",
    ]);
    expect(marks("bytes", { low: 0, high: 2800 })).to.deep.equal(["0 KiB", "1 KiB", "2 KiB", "3 KiB"]);
    expect(marks("none", { low: 1201, high: 1208 })).to.deep.equal([
      "1,200",
      "1,202",
      "1,204",
      "1,206",
      "1,208",
      "1,210",
    ]);
    expect(marks("none", { low: 0, high: 4 })).to.deep.equal(["0", "1", "2", "3", "4", "5"]);
  });

  it("end where a panel says", () => {
    expect(marks("percentunit", { low: 0.2, high: 0.3, min: 0, max: 1 })).to.deep.equal([
      "0 %",
      "25 %",
      "50 %",
      "75 %",
      "100 %",
    ]);
  });

  it("leave an axis where all values are one", () => {
    expect(marks("none", { low: 0, high: 0, min: 0 })).to.deep.equal(["0", "0.25", "0.5", "0.75", "1"]);
    const { min, max } = axisFor("none", { low: 7, high: 7 });
    expect(min).to.be.below(7);
    expect(max).to.be.above(7);
  });
});
