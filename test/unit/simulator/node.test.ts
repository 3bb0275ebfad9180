/** The simulator as somebody sees it who talks to it (spec B2, B3, B5, B7, B10). */
import { execFileSync } from "node:child_process";

import { expect } from "chai";

import { bizraPorts } from "../../../components/ports.ts";
import { sources } from "../../../observability/sources.ts";
import { defaultPorts, faultNames, readSettings } from "../../../simulator/settings.ts";
import { find } from "../../support/find.ts";
import { Simulator, knock, parseMetrics } from "./simulator.ts";

const rpcAnswer = { jsonrpc: "2.0", id: 7, result: "v9" };
const request = (method: string, more: object = { id: 7 }): string =>
  JSON.stringify({ jsonrpc: "2.0", method, ...more });

describe("the simulator", () => {
  let simulator: Simulator;
  before(async () => {
    simulator = await Simulator.start({
      SIMULATOR_VERSION: "v9",
      NODE_ENV: "testnet",
      POI_BATCH_VERIFY: "1",
    });
  });
  after(() => simulator.stop());

  const post = (body: string): Promise<Response> => fetch(simulator.url("rpc"), { method: "POST", body });

  it("B3: has the ports of the Service by default", () => {
    expect(defaultPorts).to.deep.equal(bizraPorts);
    expect(readSettings({}).ports).to.deep.equal(bizraPorts);
    expect(readSettings({}).host).to.equal("0.0.0.0");
  });

  it("says in its first line, in the form of Rust's tracing, that it is a simulator", () => {
    const [first] = simulator.output.stdout.split("\n");
    expect(first).to.match(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z {2}INFO bizra: simulator of a bizra node/,
    );
    expect(simulator.output.stderr).to.equal("");
  });

  it("B5: answers /health and /ready, and nothing that it does not know", async () => {
    expect((await fetch(simulator.url("http", "/health"))).status).to.equal(200);
    const ready = await fetch(simulator.url("http", "/ready"));
    expect(ready.status).to.equal(200);
    expect(await ready.json()).to.deep.equal({ ready: true, reasons: [] });
    for (const path of ["/metrics", "/constructor"]) {
      expect((await fetch(simulator.url("http", path))).status, path).to.equal(404);
    }
    expect((await fetch(simulator.url("http"), { method: "POST" })).status).to.equal(405);
  });

  it("B2, B15: reports what it was told, and that it is simulated, at /", async () => {
    const answer = await (await fetch(simulator.url("http"))).json();
    expect(answer).to.include({
      simulated: true,
      version: "v9",
      nodeEnv: "testnet",
      useRust: true,
      poiBatchVerify: true,
    });
  });

  it("speaks JSON-RPC on the rpc port", async () => {
    expect(await (await post(request("system_version"))).json()).to.deep.equal(rpcAnswer);
    const health = (await (await post(request("system_health"))).json()) as { result: object };
    expect(health.result).to.include({ isSyncing: false });
    for (const [body, code] of [
      [request("system_reboot"), -32601],
      [request("constructor"), -32601],
      ["{", -32700],
      ["[]", -32600],
      [JSON.stringify({ method: "system_health", id: 1 }), -32600],
    ] as const) {
      expect(await (await post(body)).json(), body).to.have.nested.property("error.code", code);
    }
    expect((await post(request("system_version", {}))).status, "a notification").to.equal(204);
    expect((await post("x".repeat(20_000))).status).to.equal(413);
    expect((await fetch(simulator.url("rpc"))).status).to.equal(405);
  });

  it("gives the same answers on the ws port, and 426 to plain HTTP", async () => {
    expect((await fetch(simulator.url("ws"))).status).to.equal(426);
    const socket = new WebSocket(simulator.url("ws").replace("http", "ws"));
    const next = (): Promise<unknown> =>
      new Promise((resolve, reject) => {
        socket.addEventListener(
          "message",
          ({ data }) => {
            resolve(JSON.parse(String(data)));
          },
          { once: true },
        );
        socket.addEventListener(
          "close",
          ({ code }) => {
            reject(new Error(`closed: ${code}`));
          },
          { once: true },
        );
      });
    await new Promise((resolve) => {
      socket.addEventListener("open", resolve, { once: true });
    });
    socket.send(request("system_version"));
    expect(await next()).to.deep.equal(rpcAnswer);
    // Longer than what a frame's first two bytes can tell, either way.
    const long = "ü".repeat(500);
    socket.send(request("system_version", { id: long }));
    expect(await next()).to.deep.equal({ ...rpcAnswer, id: long });
    socket.send(request("nothing"));
    expect(await next()).to.have.nested.property("error.code", -32601);
    const closed = new Promise<number>((resolve) => {
      socket.addEventListener(
        "close",
        ({ code }) => {
          resolve(code);
        },
        { once: true },
      );
    });
    socket.send("x".repeat(17_000));
    expect(await closed).to.equal(1009);
  });

  it("says who it is to a peer", async () => {
    const { said } = await knock(simulator.portOf("p2p"));
    expect(said).to.equal("bizra v9 p2p, simulated\n");
  });

  it("B7, B10: has every metric that dashboards and alerts read, in a form that promtool finds no fault with", async () => {
    const text = await simulator.metrics();
    const names = new Set([...parseMetrics(text).keys()].map((series) => series.replace(/\{.*/, "")));
    expect([...names]).to.include.members([...sources.bizra.metrics]);
    expect([...names]).to.include.members(["bizra_consensus_height", "bizra_consensus_peers"]);
    for (const kind of ["finality", "poi", "consensus"]) {
      expect(parseMetrics(text).get(`bizra_errors_total{kind="${kind}"}`), kind).to.equal(0);
    }
    execFileSync(find("promtool"), ["check", "metrics"], { input: text });
  });
});

describe("the simulator's settings", () => {
  it("are refused, all wrong ones in one message, before anything listens", async () => {
    const { code, stdout, stderr } = await Simulator.run({
      SIMULATOR_FAULTS: "slow,slwo",
      SIMULATOR_LOAD: "many",
      METRICS_PORT: "65536",
      POI_BATCH_VERIFY: "yes",
      BIZRA_USE_RUST: "constructor",
    });
    expect(code).to.equal(2);
    expect(stdout).to.equal("");
    const [head, ...lines] = stderr.trimEnd().split("\n");
    expect(head).to.contain("5 of the simulator's settings wrong");
    expect(lines.map((line) => line.trim().split(":")[0])).to.have.members([
      "SIMULATOR_FAULTS",
      "SIMULATOR_LOAD",
      "METRICS_PORT",
      "POI_BATCH_VERIFY",
      "BIZRA_USE_RUST",
    ]);
    for (const name of faultNames) expect(stderr).to.contain(name);
  });

  it("that name a port which somebody has are refused, too", async () => {
    const first = await Simulator.start();
    try {
      const port = String(first.portOf("http"));
      const { code, stderr } = await Simulator.run({ HTTP_PORT: port });
      expect(code).to.equal(2);
      expect(stderr)
        .to.match(/^bizra simulator: the port http: .*EADDRINUSE.*\n$/)
        .and.to.contain(port);
    } finally {
      await first.stop();
    }
  });
});
