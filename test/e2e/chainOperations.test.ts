/** What stands around the chain, run for real beside six nodes: API layer, an upgrade's halt, state sync. */
import { createHmac } from "node:crypto";

import { expect } from "chai";

import {
  type Chain,
  addressOf,
  canRunPods,
  eventually,
  nodes,
  startSixNodes,
  validators,
} from "../support/chain.ts";
import type { RunningPod } from "../support/podRunner.ts";
import { Sandbox } from "../support/sandbox.ts";

describe("A13, A14, A27: around the chain", () => {
  let sandbox: Sandbox;
  let chain: Chain;

  before(async function () {
    if (!canRunPods()) this.skip();
    this.timeout(600_000);
    ({ sandbox, chain } = await startSixNodes());
  });

  after(async function () {
    this.timeout(120_000);
    await (chain as Chain | undefined)?.dispose();
    await Sandbox.disposeAll();
  });

  /** Deploys the local stack with other values of `paw:chain`, and lets the running nodes have them. */
  async function deployWith(lines: string, work: () => Promise<void>): Promise<void> {
    const change = (text: string): string =>
      text.replace("    network: cluster\n", `    network: cluster\n${lines}`);
    await sandbox.withChange("Pulumi.local.yaml", change, async () => {
      await sandbox.ok("npm", ["run", "up"]);
      await chain.reload();
      await work();
    });
  }

  describe("A14: the API layer", () => {
    const base = `http://${addressOf("paw-api")}:1317`;
    const latest = "/cosmos/base/tendermint/v1beta1/blocks/latest";
    const broadcast = "/cosmos/tx/v1beta1/txs";
    let api: RunningPod;

    const startApi = async (environment: Record<string, string> = {}): Promise<void> => {
      api = await chain.startApi(environment);
    };
    const statusOf = async (path: string, init: RequestInit = {}): Promise<number> =>
      (await fetch(`${base}${path}`, init)).status;
    const token = (claims: object, alg = "HS256", secret = "a".repeat(64)): string => {
      const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
      const body = `${part({ alg, typ: "JWT" })}.${part(claims)}`;
      return `${body}.${alg === "none" ? "" : createHmac("sha256", secret).update(body).digest("base64url")}`;
    };
    const withToken = (text: string): RequestInit => ({ headers: { authorization: `Bearer ${text}` } });
    const soon = (): number => Math.floor(Date.now() / 1000) + 60;

    it("passes REST on to the full node, and shows its own metrics", async () => {
      await startApi();
      const answer = await (await fetch(`${base}${latest}`)).text();
      expect(answer).to.contain('"chain_id":"paw-local-1"');
      const metrics = await (await fetch(`http://${addressOf("paw-api")}:26660/metrics`)).text();
      expect(metrics).to.contain("haproxy_frontend_http_requests_total");
      expect(await statusOf(latest, { method: "DELETE" })).to.equal(405);
      expect(
        await statusOf(broadcast, { method: "POST", body: "{}" }),
        "the node itself refuses nonsense",
      ).to.equal(400);
    });

    it("limits each client, and tells it when to come back", async () => {
      await api.stop(2);
      await startApi({ REQUESTS_PER_10S: "5" });
      const from = (client: string): RequestInit => ({ headers: { "x-forwarded-for": client } });
      const codes: number[] = [];
      for (let i = 0; i < 8; i++) codes.push(await statusOf(latest, from("203.0.113.5")));
      expect(codes.slice(0, 5)).to.deep.equal([200, 200, 200, 200, 200]);
      expect(codes.slice(5)).to.deep.equal([429, 429, 429]);
      expect(await statusOf(latest, from("203.0.113.6")), "another client").to.equal(200);
    });

    it("asks for a token where it should: genuine, not expired, of the one algorithm", async () => {
      await api.stop(2);
      await startApi({ JWT_MODE: "all", JWT_SECRET: "a".repeat(64) });
      expect(await statusOf(latest)).to.equal(401);
      expect(await statusOf(latest, withToken(token({ exp: soon() })))).to.equal(200);
      const wrong: Record<string, string> = {
        expired: token({ exp: soon() - 120 }),
        endless: token({}),
        "signed by another": token({ exp: soon() }, "HS256", "b".repeat(64)),
        "signed by nobody": token({ exp: soon() }, "none"),
        garbled: "a.b.c",
      };
      for (const [what, text] of Object.entries(wrong)) {
        expect(await statusOf(latest, withToken(text)), what).to.equal(401);
      }
      await api.stop(2);
      await startApi({ JWT_MODE: "writes", JWT_SECRET: "a".repeat(64) });
      expect(await statusOf(latest), "reading is free").to.equal(200);
      expect(await statusOf(broadcast, { method: "POST", body: "{}" })).to.equal(401);
      const allowed = { method: "POST", body: "{}", ...withToken(token({ exp: soon() })) };
      expect(await statusOf(broadcast, allowed)).to.equal(400);
      expect(api.output("proxy")).not.to.contain("aaaaaaaa");
    });

    it("is not ready without a full node, and alive all the same", async () => {
      await chain.pod("paw-full-node-0").stop();
      await eventually("not ready", 40, async () => !(await api.probe("proxy", "readinessProbe")).passed);
      expect(api.isRunning("proxy")).to.be.true;
      await chain.startNode("paw-full-node-0");
      await eventually("ready again", 60, async () => (await api.probe("proxy", "readinessProbe")).passed);
    }).timeout(180_000);
  });

  describe("A13: a new full node by state sync", () => {
    it("takes the state from a snapshot, and never sees the first blocks", async () => {
      await deployWith("    snapshotInterval: 10\n", async () => {
        await chain.pod("paw-sentry-0").stop();
        await chain.startNode("paw-sentry-0");
        const from = await chain.height("paw-validator-0");
        await eventually(
          "a snapshot and two blocks more",
          90,
          async () => (await chain.height("paw-sentry-0")) > from + 14,
        );
      });
      const height = await chain.height("paw-sentry-0");
      const trust = (await chain.rpc("paw-sentry-0", `commit?height=${height - 12}`)).signed_header.commit
        .block_id.hash;
      const lines = `    snapshotInterval: 10\n    stateSync: { trustHeight: ${height - 12}, trustHash: ${trust} }\n`;
      await deployWith(lines, async () => {
        const pod = await chain.start(await chain.plan("paw-full-node", 3));
        await eventually("it follows", 120, async () => (await pod.probe("node", "readinessProbe")).passed);
        const { sync_info } = await chain.rpc("paw-full-node-3", "status");
        expect(Number(sync_info.earliest_block_height)).to.be.greaterThan(1);
        expect(pod.output("node")).to.contain("Snapshot restored");
        await pod.kill();
      });
    }).timeout(420_000);
  });

  describe("A27: an upgrade at a height", () => {
    it("nodes stop at the height and stay stopped, and go on from it once it is taken away", async () => {
      const height = (await chain.height("paw-sentry-0")) + 40;
      let halts: string[] = [];
      const said = `run-node: halted at height ${height}`;
      await deployWith(`    haltHeight: ${height}\n`, async () => {
        for (const name of nodes) await chain.pod(name).stop();
        for (const name of nodes) await chain.startNode(name);
        // Some get the last votes for that block only when their peers are back, and stand one before it.
        const stopped = (names: string[]): string[] =>
          names.filter((name) => chain.pod(name).output("node").includes(said));
        await eventually("enough have stopped", 150, () => Promise.resolve(stopped(validators).length >= 3));
        await new Promise((resolve) => setTimeout(resolve, 5000));
        halts = stopped(nodes);
        for (const name of nodes.filter((each) => !halts.includes(each))) {
          expect(await chain.height(name), name).to.equal(height - 1);
        }
        for (const name of halts) {
          expect((await chain.pod(name).probe("node", "livenessProbe")).body).to.contain("halted at height");
          expect((await chain.pod(name).probe("node", "livenessProbe")).passed, name).to.be.true;
          expect((await chain.pod(name).probe("node", "readinessProbe")).passed, name).to.be.false;
        }
        // As a kubelet would after a crash or a reboot.
        for (const name of halts) await chain.pod(name).kill();
        for (const name of halts) await chain.startNode(name);
        await new Promise((resolve) => setTimeout(resolve, 5000));
        for (const name of halts) {
          expect(chain.pod(name).output("node"), name).to.match(new RegExp(`^${said}`));
          expect(await chain.height(name), name).to.equal(-1);
        }
      });
      await sandbox.ok("npm", ["run", "up"]);
      await chain.reload();
      for (const name of nodes) await chain.pod(name).kill();
      for (const name of nodes) await chain.startNode(name);
      await eventually("blocks beyond the height", 90, async () => (await chain.lowest(nodes)) > height + 1);
      const { block } = await chain.rpc("paw-sentry-0", `block?height=${height + 1}`);
      expect(block.header.height).to.equal(String(height + 1));
    }).timeout(420_000);
  });
});
