/** What the simulator counts: pure parts by themselves (spec B7, B12, B13). */
import { expect } from "chai";

import { Load } from "../../../simulator/load.ts";
import { Histogram, NodeMetrics } from "../../../simulator/metrics.ts";
import type { FaultName } from "../../../simulator/settings.ts";
import { parseMetrics } from "./simulator.ts";

/** A minute's counts: 600 ticks of a tenth of a second. */
function minute(options: {
  load?: number;
  faults?: FaultName[];
  poiBatchVerify?: boolean;
  seed?: number;
}): ReadonlyMap<string, number> {
  const { load = 20_000, faults = [], poiBatchVerify = false, seed = 1 } = options;
  const metrics = new NodeMetrics();
  const work = new Load(metrics, { seed });
  for (let tick = 0; tick < 600; tick += 1) work.tick({ load, faults: new Set(faults), poiBatchVerify });
  return parseMetrics(metrics.text());
}

/** Share of finality checks below the service level of 1 ms. */
const within = (series: ReadonlyMap<string, number>): number =>
  (series.get('bizra_finality_check_seconds_bucket{le="0.001"}') ?? NaN) /
  (series.get("bizra_finality_check_seconds_count") ?? NaN);
const count = (series: ReadonlyMap<string, number>, name: string): number =>
  series.get(`bizra_${name}_seconds_count`) ?? NaN;
const mean = (series: ReadonlyMap<string, number>, name: string): number =>
  (series.get(`bizra_${name}_seconds_sum`) ?? NaN) / count(series, name);
const errors = (series: ReadonlyMap<string, number>, kind: string): number =>
  series.get(`bizra_errors_total{kind="${kind}"}`) ?? NaN;

describe("a histogram", () => {
  it("counts up to each bound, the bound itself with it, and all in +Inf", () => {
    const histogram = new Histogram("x_seconds", "X.", [0.1, 1]);
    histogram.observe(0.1, 2);
    histogram.observe(0.5, 1);
    histogram.observe(7, 3);
    expect(histogram.lines()).to.deep.equal([
      "# HELP x_seconds X.",
      "# TYPE x_seconds histogram",
      'x_seconds_bucket{le="0.1"} 2',
      'x_seconds_bucket{le="1"} 3',
      'x_seconds_bucket{le="+Inf"} 6',
      "x_seconds_sum 21.7",
      "x_seconds_count 6",
    ]);
  });
});

describe("the simulator's load", () => {
  it("counts as much as was set: generation, half of it verified, 100 finality checks a second", () => {
    const series = minute({ load: 12_345 });
    expect(count(series, "poi_generate")).to.be.closeTo(12_345 * 60, 1);
    expect(count(series, "poi_verify")).to.be.closeTo((12_345 * 60) / 2, 1);
    expect(count(series, "finality_check")).to.equal(6000);
    expect(series.get("bizra_consensus_height")).to.equal(60);
    expect(minute({ load: 0 }).get("bizra_poi_generate_seconds_count")).to.equal(0);
  });

  it("B13: three pods keep every service level, B12: and stay above the alert's bound", () => {
    const series = minute({});
    expect(within(series)).to.be.greaterThan(0.99);
    expect((3 * count(series, "poi_generate")) / 60).to.be.greaterThan(50_000);
    expect((3 * count(series, "poi_verify")) / 60).to.be.greaterThan(5000);
    expect((3 * count(minute({ poiBatchVerify: true }), "poi_verify")) / 60).to.be.greaterThan(5000);
    expect(errors(series, "finality") + errors(series, "poi") + errors(series, "consensus")).to.equal(0);
  });

  it("slow: six pods miss every service level at any load", () => {
    const series = minute({ load: 50_000, faults: ["slow"] });
    expect(within(series)).to.be.lessThan(0.5);
    expect((6 * count(series, "poi_generate")) / 60).to.be.lessThan(10_000);
    expect((6 * count(series, "poi_verify")) / 60).to.be.lessThan(5000);
  });

  it("failing: 1 % of operations", () => {
    const series = minute({ load: 20_000, faults: ["failing"] });
    expect(errors(series, "finality")).to.be.closeTo(60, 1);
    expect(errors(series, "poi")).to.be.closeTo(18_000, 1);
    expect(errors(series, "consensus")).to.be.closeTo(6, 1);
  });

  it("B15: batch verification makes a quarter of the verifications, each three times as long", () => {
    const [single, batch] = [minute({}), minute({ poiBatchVerify: true })];
    expect(count(batch, "poi_verify")).to.be.closeTo(count(single, "poi_verify") / 4, 1);
    expect(mean(batch, "poi_verify") / mean(single, "poi_verify")).to.be.closeTo(3, 0.1);
    expect(count(batch, "poi_generate")).to.equal(count(single, "poi_generate"));
  });

  it("is the same again with the same seed, and another with another", () => {
    expect(minute({ seed: 5 })).to.deep.equal(minute({ seed: 5 }));
    expect(minute({ seed: 5 })).not.to.deep.equal(minute({ seed: 6 }));
  });

  it("costs little at 50,000 a second", () => {
    const begun = process.cpuUsage();
    minute({ load: 50_000 });
    const { user, system } = process.cpuUsage(begun);
    // Microseconds for a minute: less than 1 % of a core.
    expect(user + system).to.be.lessThan(600_000);
  });
});
