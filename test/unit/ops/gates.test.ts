import { expect } from "chai";

import { parseVariables } from "../../../ops/src/gates/environment.ts";
import { isError } from "../../../ops/src/gates/logs.ts";
import { hasMetric } from "../../../ops/src/gates/metricsEndpoint.ts";
import { logLine } from "../../../simulator/log.ts";

describe("B10: what the gates read", () => {
  const errors = [
    "2026-11-25T12:00:00Z ERROR consensus: vote refused",
    "2026-11-25T12:00:00Z FATAL bizra: out of memory",
    "[PANIC] something",
    "thread 'main' panicked at src/main.rs:1",
    '{"level":"error","msg":"x"}',
    '{"msg":"x","level": "fatal"}',
    "2026-11-25T12:00:00Z  WARN poi: cryptographic verification failed for block 3",
    "2026-11-25T12:00:00Z  WARN poi: signature mismatch from peer 4",
    "2026-11-25T12:00:00Z DEBUG consensus: consensus error: no quorum",
    "2026-11-25T12:00:00Z  INFO consensus: consensus has diverged at height 7",
  ];
  for (const line of errors) {
    it(`an error: ${line}`, () => {
      expect(isError(line)).to.equal(true);
    });
  }

  const fine = [
    "2026-11-25T12:00:00Z  INFO consensus: block 3 is final, errors=0",
    "2026-11-25T12:00:00Z  INFO poi: 0 failed, failed: 0",
    "2026-11-25T12:00:00Z DEBUG bizra: error rate 0.0",
    '{"level":"info","msg":"ERROR is a word here"}',
    "2026-11-25T12:00:00Z  INFO poi: signature verified",
    "2026-11-25T12:00:00Z  INFO bizra: cryptography ready",
    "",
  ];
  for (const line of fine) {
    it(`no error: ${line}`, () => {
      expect(isError(line)).to.equal(false);
    });
  }

  it("the simulator's own lines are told apart", () => {
    const write = process.stdout.write.bind(process.stdout);
    const lines: string[] = [];
    process.stdout.write = (text: string) => lines.push(text) > 0;
    try {
      logLine("INFO", "consensus", "block 1 is final");
      logLine("ERROR", "poi", "generation refused");
    } finally {
      process.stdout.write = write;
    }
    expect(lines.map(isError)).to.deep.equal([false, true]);
  });

  it("a metric is there when it has a sample, not when it is only described", () => {
    const name = "bizra_poi_verify_seconds";
    expect(hasMetric(`# HELP ${name} x\n# TYPE ${name} histogram\n`, name)).to.equal(false);
    expect(hasMetric(`${name}_bucket{le="0.1"} 3\n`, name)).to.equal(true);
    expect(hasMetric(`${name}{a="b c"} 3`, name)).to.equal(true);
    expect(hasMetric(`${name}_count 3`, name)).to.equal(true);
    expect(hasMetric(`${name}_total_failures 3`, name)).to.equal(false);
    expect(hasMetric(`other_${name} 3`, name)).to.equal(false);
  });

  it("variables keep what follows the first equals sign", () => {
    expect(parseVariables("A=1\nB=x=y\n\nnot one\nC=\n")).to.deep.equal({ A: "1", B: "x=y", C: "" });
  });
});
