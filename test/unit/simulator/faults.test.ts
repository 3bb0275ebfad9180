/** Faults and control of the simulator while it runs. */
import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "chai";

import { Simulator, knock, parseMetrics } from "./simulator.ts";

const generated = async (simulator: Simulator): Promise<number> =>
  parseMetrics(await simulator.metrics()).get("bizra_poi_generate_seconds_count") ?? NaN;

/** Generations per second, over most of a second. */
async function rate(simulator: Simulator): Promise<number> {
  const [before, begun] = [await generated(simulator), performance.now()];
  await sleep(800);
  return ((await generated(simulator)) - before) / ((performance.now() - begun) / 1000);
}

describe("the simulator while it runs", () => {
  let simulator: Simulator;
  before(async () => {
    simulator = await Simulator.start({ SIMULATOR_LOAD: "50000" });
  });
  after(() => simulator.stop());
  afterEach(() => simulator.put("/faults", []));

  it("counts at about the set load, also after a change of it", async () => {
    // A scrape falls between two ticks: a tenth of a second at either end.
    expect(await rate(simulator)).to.be.within(35_000, 65_000);
    expect((await simulator.put("/load", { generation: 1000 })).status).to.equal(200);
    expect(await rate(simulator)).to.be.within(700, 1300);
  });

  it("shows its state, and refuses what it does not understand without a change", async () => {
    const before: unknown = await (await fetch(simulator.url("control"))).json();
    expect(before).to.include({ simulated: true }).and.to.have.nested.property("load.finality", 100);
    for (const [path, content, says] of [
      ["/load", { generation: -1 }, "whole number"],
      ["/load", { generation: "30000" }, "whole number"],
      ["/load", { generation: 1, verification: 1 }, "generation"],
      ["/load", null, "generation"],
      ["/faults", ["slow", "slwo"], "crashing"],
      ["/faults", "slow", "list"],
    ] as const) {
      const answer = await simulator.put(path, content);
      expect(answer.status, JSON.stringify(content)).to.equal(400);
      expect(await answer.text()).to.contain(says);
    }
    expect((await fetch(simulator.url("control", "/load"))).status).to.equal(404);
    const after = (await (await fetch(simulator.url("control"))).json()) as object;
    expect({ ...after, height: 0 }).to.deep.equal({ ...(before as object), height: 0 });
  });

  it("unready: /ready says why, /health goes on", async () => {
    await simulator.put("/faults", ["unready"]);
    const ready = await fetch(simulator.url("http", "/ready"));
    expect(ready.status).to.equal(503);
    expect(await ready.text()).to.contain("unready");
    expect((await fetch(simulator.url("http", "/health"))).status).to.equal(200);
    await simulator.put("/faults", []);
    expect((await fetch(simulator.url("http", "/ready"))).status).to.equal(200);
  });

  it("silent: the metrics port takes no connections until the fault is over", async () => {
    await simulator.put("/faults", ["silent"]);
    expect((await knock(simulator.portOf("rust-metrics"))).open).to.equal(false);
    expect((await fetch(simulator.url("http", "/ready"))).status).to.equal(200);
    await simulator.put("/faults", []);
    expect(await generated(simulator)).to.be.greaterThan(0);
  });

  it("slow: what takes longer is to be seen in the metrics", async () => {
    const slowOnes = async (): Promise<number> => {
      const series = parseMetrics(await simulator.metrics());
      const below = series.get('bizra_finality_check_seconds_bucket{le="0.001"}') ?? NaN;
      return (series.get("bizra_finality_check_seconds_count") ?? NaN) - below;
    };
    await simulator.put("/load", { generation: 50_000 });
    await simulator.put("/faults", ["slow"]);
    const before = await slowOnes();
    expect(await rate(simulator)).to.be.lessThan(1500);
    expect((await slowOnes()) - before).to.be.greaterThan(30);
  });

  it("crashing: can be taken back", async () => {
    await simulator.put("/faults", ["crashing"]);
    await simulator.put("/faults", []);
    await sleep(1300);
    expect((await fetch(simulator.url("http", "/health"))).status).to.equal(200);
  });

  it("writes one line of routine a second, all in one form", async () => {
    const routine = (): string[] =>
      simulator.output.stdout.split("\n").filter((line) => line.includes(" finalized"));
    while (routine().length < 3) await sleep(100);
    for (const line of simulator.output.stdout.trimEnd().split("\n")) {
      expect(line).to.match(/^[\dT:.-]+Z ( INFO|ERROR) (bizra|consensus|poi): \S.*$/);
    }
    const times = routine().map((line) => Date.parse(line.split(" ")[0] ?? ""));
    for (const [index, time] of times.entries()) {
      if (index > 0) expect(time - (times[index - 1] ?? 0)).to.be.greaterThan(900);
    }
  });
});

describe("faults from the start, and the end", () => {
  let simulator: Simulator | undefined;
  afterEach(() => simulator?.stop());

  it("failing: errors are counted, and log lines are ERROR", async () => {
    simulator = await Simulator.start({ SIMULATOR_FAULTS: "failing" });
    await sleep(1300);
    const series = parseMetrics(await simulator.metrics());
    expect(series.get('bizra_errors_total{kind="poi"}')).to.be.within(200, 600);
    expect(simulator.output.stdout).to.match(/Z ERROR (poi|consensus): operations failed: /);
  });

  it("crashing and silent together: no metrics, then code 1", async () => {
    simulator = await Simulator.start({ SIMULATOR_FAULTS: "crashing, silent" });
    expect((await knock(simulator.portOf("rust-metrics"))).open).to.equal(false);
    const { code, lived } = await simulator.ended;
    expect(code).to.equal(1);
    expect(lived).to.be.within(1000, 3000);
  });

  it("control is on 127.0.0.1 alone, whatever address the node listens on", async () => {
    simulator = await Simulator.start({ HOST: "127.0.0.2" });
    expect((await knock(simulator.portOf("http"), "127.0.0.2")).open).to.equal(true);
    expect((await knock(simulator.portOf("control"), "127.0.0.2")).open).to.equal(false);
    expect((await knock(simulator.portOf("control"))).open).to.equal(true);
  });

  it("B14: SIGTERM makes it not ready at once, and ends it with code 0 within two seconds", async () => {
    simulator = await Simulator.start();
    // A peer and a client that stay do not hold it up.
    const stays = new WebSocket(simulator.url("ws").replace("http", "ws"));
    await new Promise((resolve) => {
      stays.addEventListener("open", resolve, { once: true });
    });
    const begun = performance.now();
    simulator.signal("SIGTERM");
    let status = 200;
    while (status === 200) ({ status } = await fetch(simulator.url("http", "/ready")));
    expect(status).to.equal(503);
    const { code } = await simulator.ended;
    expect(code).to.equal(0);
    expect(performance.now() - begun).to.be.lessThan(2000);
  });
});
