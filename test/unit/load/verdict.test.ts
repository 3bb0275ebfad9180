import { expect } from "chai";

import { type BizraFigures, bizraChecks } from "../../../ops/src/load/bizraLoad.ts";
import { readSeries, serviceFigures } from "../../../ops/src/load/bizraMetrics.ts";
import type { ChainFigures } from "../../../ops/src/load/chainLoad.ts";
import { chainChecks } from "../../../ops/src/load/chainVerdict.ts";
import { figuresOf } from "../../../ops/src/load/k6.ts";
import { planOf } from "../../../ops/src/load/profiles.ts";
import { type Check, allHold, runChecks } from "../../../ops/src/running/checks.ts";

/** Ids of the checks that do not hold, with their verdicts. */
async function missed<T>(checks: readonly Check<T>[], context: T): Promise<string[]> {
  const results = await runChecks(checks, { context, embedded: false });
  return results.filter(({ verdict }) => verdict !== "proven").map(({ id, verdict }) => `${id}: ${verdict}`);
}

describe("A26: the marks of a load on the chain", () => {
  /** Just good enough everywhere: an interval of 3 s before, at a timeout_commit of 1 s. */
  const enough: ChainFigures = {
    plan: planOf("minimal", {}),
    offered: 3000,
    seconds: 300,
    cutShort: false,
    accounts: 60,
    held: 0.99,
    included: 2970,
    achieved: 9.5,
    latency: { p50: 2, p95: 9, p99: 15 },
    failures: { "the node's mempool was full": 30 },
    blocks: 70,
    intervalBefore: 3,
    interval: 4.5,
    longestInterval: 59.9,
    unanswered: 0,
  };
  const checks = chainChecks(1, 60);

  it("hold where all is just good enough", async () => {
    expect(await missed(checks, enough)).to.deep.equal([]);
  });

  const worse: [string, Partial<ChainFigures>][] = [
    ["before", { intervalBefore: 3.01 }],
    ["held", { held: 0.989 }],
    ["included", { included: 2969 }],
    ["achieved", { achieved: 9.49 }],
    ["latency", { latency: { p50: 2, p95: 9.01, p99: 15 } }],
    ["latency", { latency: { p50: 2, p95: 9, p99: 15.01 } }],
    ["latency", { latency: { p50: 2, p95: 2, p99: Infinity } }],
    ["latency", { latency: {} }],
    ["blocks", { interval: 4.51 }],
    ["blocks", { longestInterval: 60 }],
  ];
  for (const [id, change] of worse) {
    it(`${id} is missed by ${JSON.stringify(change)}, and nothing else`, async () => {
      expect(await missed(checks, { ...enough, ...change })).to.deep.equal([`${id}: failed`]);
    });
  }

  it("no blocks at all miss their mark", async () => {
    const none = Object.fromEntries(
      Object.entries(enough).filter(([name]) => !/interval$/i.test(name)),
    ) as unknown as ChainFigures;
    expect(await missed(checks, { ...none, intervalBefore: 3, blocks: 0 })).to.deep.equal(["blocks: failed"]);
  });

  it("a load that was cut short is not green, and says how long it was", async () => {
    const results = await runChecks(checks, {
      context: { ...enough, seconds: 42, cutShort: true },
      embedded: false,
    });
    expect(allHold(results)).to.be.false;
    const [cut] = results.filter(({ verdict }) => verdict === "not evaluated");
    expect(cut?.notEvaluated).to.equal("cut short: 42 s of 5 min");
  });

  it("a lost one is told with its reason", async () => {
    const results = await runChecks(checks, { context: enough, embedded: false });
    expect(results.find(({ id }) => id === "included")?.found).to.equal(
      "2970 of 3000, 99.00 % (30 the node's mempool was full)",
    );
  });
});

describe("B13, B14: the marks of a load on bizra", () => {
  const http = {
    requests: 600,
    rate: 10,
    failed: 0.0009,
    checked: 0.9991,
    dropped: 6,
    p50: 0.01,
    p95: 0.02,
    p99: 0.49,
    crossed: [],
  };
  const service = { finalityShare: 0.99, generation: 10_001, verification: 5001, errors: 0 };
  const enough: BizraFigures = {
    plan: planOf("minimal", { seconds: 60 }),
    pods: 3,
    cutShort: false,
    seconds: 60,
    http,
    service,
  };

  it("hold where all is just good enough", async () => {
    expect(await missed(bizraChecks, enough)).to.deep.equal([]);
  });

  const unchecked = { generation: service.generation, verification: service.verification, errors: 0 };
  const worse: [string, Partial<BizraFigures>][] = [
    ["held", { http: { ...http, dropped: 7 } }],
    ["answers", { http: { ...http, failed: 0.001 } }],
    ["answers", { http: { ...http, checked: 0.999 } }],
    ["latency", { http: { ...http, p99: 0.5 } }],
    ["latency", { http: { ...http, crossed: ["http_req_duration: p(99)<500"] } }],
    ["finality", { service: { ...service, finalityShare: 0.9899 } }],
    ["finality", { service: unchecked }],
    ["generation", { service: { ...service, generation: 10_000 } }],
    ["verification", { service: { ...service, verification: 5000 } }],
  ];
  for (const [id, change] of worse) {
    it(`${id} is missed by ${JSON.stringify(change)}, and nothing else`, async () => {
      expect(await missed(bizraChecks, { ...enough, ...change })).to.deep.equal([`${id}: failed`]);
    });
  }

  it("no request at all misses what requests are judged by", async () => {
    expect(await missed(bizraChecks, { ...enough, http: { ...http, requests: 0 } })).to.deep.equal([
      "held: failed",
      "answers: failed",
    ]);
  });

  it("service levels come from what the pods counted between two scrapes", () => {
    const scrape = (checks: number, below: number, made: number): ReturnType<typeof readSeries> =>
      readSeries(
        [
          "# TYPE bizra_finality_check_seconds histogram",
          `bizra_finality_check_seconds_bucket{le="0.0001"} ${below / 2}`,
          `bizra_finality_check_seconds_bucket{le="0.001"} ${below}`,
          `bizra_finality_check_seconds_bucket{le="+Inf"} ${checks}`,
          `bizra_finality_check_seconds_count ${checks}`,
          `bizra_poi_generate_seconds_count{shard="a"} ${made}`,
          `bizra_poi_generate_seconds_count{shard="b"} ${made} 1700000000000`,
          `bizra_poi_verify_seconds_count ${made / 2}`,
          'bizra_errors_total{kind="poi"} 1e1',
          "",
        ].join("\n"),
      );
    const steady = { before: scrape(100, 90, 1000), after: scrape(300, 288, 4000), seconds: 10 };
    // It began anew in between: what it has counted since is what it did.
    const restarted = { before: scrape(5000, 5000, 90_000), after: scrape(100, 99, 500), seconds: 10 };
    expect(serviceFigures([steady])).to.deep.equal({
      finalityShare: 198 / 200,
      generation: 600,
      verification: 150,
      errors: 0,
    });
    expect(serviceFigures([steady, restarted])).to.deep.equal({
      finalityShare: 297 / 300,
      generation: 700,
      verification: 175,
      errors: 0,
    });
    expect(serviceFigures([])).to.deep.equal({ generation: 0, verification: 0, errors: 0 });
  });

  it("k6's summary is read in seconds, with the thresholds that it found crossed", () => {
    const summary = {
      metrics: {
        http_reqs: { values: { count: 600, rate: 9.98 } },
        http_req_failed: { values: { rate: 0.25 }, thresholds: { "rate<0.001": { ok: false } } },
        http_req_duration: {
          values: { med: 10, "p(95)": 20, "p(99)": 30 },
          thresholds: { "p(99)<500": { ok: true } },
        },
        checks: { values: { rate: 0.75 } },
      },
    };
    expect(figuresOf(summary)).to.deep.equal({
      requests: 600,
      rate: 9.98,
      failed: 0.25,
      checked: 0.75,
      dropped: 0,
      p50: 0.01,
      p95: 0.02,
      p99: 0.03,
      crossed: ["http_req_failed: rate<0.001"],
    });
  });
});
