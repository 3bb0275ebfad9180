/** Loads on a real network of six nodes, and on bizra's simulator: what holds, and what has to miss its marks. */
import { chmodSync } from "node:fs";
import { dirname } from "node:path";

import { expect } from "chai";

import { testGroups } from "../../ops/src/toolchain/groups.ts";
import { ensureToolchain } from "../../ops/src/toolchain/index.ts";
import { type Chain, canRunPods, eventually, startSixNodes } from "../support/chain.ts";
import { fullNodeRpc, funderFile, printed, putChainBehind, slowRpc, verdicts } from "../support/load.ts";
import { startBizra } from "../support/monitoring/bizra.ts";
import { pawUntil } from "../support/pawProcess.ts";
import type { RunningPod } from "../support/podRunner.ts";
import { type Outcome, Sandbox } from "../support/sandbox.ts";
import { putBehind } from "../support/simulatedPods.ts";

const chainChecks = ["before", "time", "held", "included", "achieved", "latency", "blocks"];
const bizraChecks = ["time", "held", "answers", "latency", "finality", "generation", "verification"];
const all = (ids: readonly string[], verdict: string): Record<string, string> =>
  Object.fromEntries(ids.map((id) => [id, verdict]));

describe("A26, B14: loads", () => {
  let sandbox: Sandbox;
  let chain: Chain;
  let funder: { readonly file: string; readonly words: string };
  /** All that was ever printed. */
  const said: string[] = [];

  before(async function () {
    if (!canRunPods()) this.skip();
    this.timeout(600_000);
    ({ sandbox, chain } = await startSixNodes((clone) => {
      clone.change("Pulumi.local.yaml", (text) =>
        text.replace("poiBatchVerify: false", "poiBatchVerify: false\n    simulate: true"),
      );
    }));
    await putChainBehind(sandbox);
    funder = await funderFile(sandbox, chain);
  });

  after(async function () {
    this.timeout(120_000);
    await (chain as Chain | undefined)?.dispose();
    await Sandbox.disposeAll();
  });

  const load = async (args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> => {
    const outcome = await sandbox.run("npx", ["paw", "load", "--json", ...args], { NO_COLOR: "1", ...env });
    said.push(outcome.all);
    return outcome;
  };
  const onChain = (...args: string[]): Promise<Outcome> => load(["--mnemonic", funder.file, ...args]);

  describe("on the chain", () => {
    it("A26: minimal, 10 TPS, for 45 s: all marks hold, and nothing is lost", async () => {
      const outcome = await onChain("--rpc", fullNodeRpc, "--for", "45s");
      const result = printed(outcome);
      console.info(
        `      10 TPS for 45 s: ${result.results.map(({ id, found }) => `${id}: ${found}`).join("; ")}`,
      );
      expect(verdicts(result), outcome.all).to.deep.equal(all(chainChecks, "proven"));
      expect(outcome.exitCode).to.equal(0);
      expect(result).to.deep.include({ offered: 450, included: 450, failures: {}, cutShort: false });
      expect(result.plan).to.deep.equal({
        profile: "minimal",
        rate: 10,
        seconds: 45,
        overrides: ["45 instead of 300 seconds"],
      });
      expect(result.latency.p50).to.be.within(0.05, 5);
    }).timeout(180_000);

    it("what was counted is in the chain: payments of the time are in its blocks", async () => {
      const height = await chain.height("paw-full-node-0");
      const sum = async (): Promise<number> => {
        let txs = 0;
        for (let at = Math.max(1, height - 60); at <= height; at++) {
          const { block } = await chain.rpc("paw-full-node-0", `block?height=${at}`);
          txs += Number(block.data.txs?.length ?? 0);
        }
        return txs;
      };
      expect(await sum()).to.be.at.least(450);
    }).timeout(60_000);

    it("through the API server: the same, and simulated, since the pods are", async () => {
      const outcome = await onChain("--for", "15s");
      expect(verdicts(printed(outcome)), outcome.all).to.deep.equal(all(chainChecks, "simulated"));
      expect(outcome.exitCode).to.equal(0);
    }).timeout(120_000);

    it("an RPC that answers late misses the marks", async () => {
      const slow = await slowRpc(fullNodeRpc, 3000);
      try {
        const outcome = await onChain("--rpc", slow.url, "--for", "15s");
        const found = verdicts(printed(outcome));
        expect(found.latency, outcome.all).to.equal("failed");
        expect(found.blocks, "the chain itself is as fast as before").to.equal("proven");
        expect(outcome.exitCode).to.equal(1);
      } finally {
        slow.close();
      }
    }).timeout(180_000);

    it("a node that stops misses the marks, and its transactions are lost by name", async () => {
      const running = pawUntil(
        sandbox,
        ["load", "--json", "--mnemonic", funder.file, "--rpc", fullNodeRpc, "--for", "15s"],
        { sign: " in blocks, ", happens: () => chain.pod("paw-full-node-0").kill() },
      );
      const ended = await running;
      said.push(ended.stdout, ended.stderr);
      await chain.startNode("paw-full-node-0");
      expect(ended.happened, ended.stderr).to.be.true;
      const result = printed(ended);
      expect(verdicts(result)).to.include({ included: "failed", latency: "failed" });
      expect(result.included).to.be.within(1, 149);
      expect(Object.keys(result.failures)).to.include("in no block 30 s after the last one");
      expect(ended.exitCode).to.equal(1);
      await eventually("it follows again", 90, async () => {
        const { sync_info } = await chain.rpc("paw-full-node-0", "status").catch(() => ({ sync_info: {} }));
        return sync_info.catching_up === false;
      });
    }).timeout(240_000);

    it("Ctrl-C ends it early, with the result until then, marked as cut short", async () => {
      const ended = await pawUntil(
        sandbox,
        ["load", "--json", "--mnemonic", funder.file, "--rpc", fullNodeRpc],
        { sign: " in blocks, ", happens: (pid) => process.kill(pid, "SIGINT") },
      );
      said.push(ended.stdout, ended.stderr);
      expect(ended.exitCode, ended.stderr).to.equal(130);
      const result = printed(ended);
      expect(result.cutShort).to.be.true;
      expect(result.offered).to.be.within(50, 200);
      expect(result.included).to.equal(result.offered);
      expect(verdicts(result)).to.deep.equal({ ...all(chainChecks, "proven"), time: "not evaluated" });
    }).timeout(180_000);

    it("takes no key from the command line, nor from a file that others can read, and prints none", async () => {
      const none = await load(["--rpc", fullNodeRpc]);
      expect(none.exitCode).to.equal(1);
      expect(none.all).to.include("--mnemonic FILE");
      chmodSync(funder.file, 0o644);
      try {
        const open = await onChain("--rpc", fullNodeRpc);
        expect(open.exitCode).to.equal(1);
        expect(open.all).to.match(/others can read .* \(mode 644\)\n.*chmod 600/);
      } finally {
        chmodSync(funder.file, 0o600);
      }
      const words = funder.words.split(" ");
      for (const text of said) {
        expect(text.includes(funder.words) || text.includes(words.slice(0, 4).join(" "))).to.be.false;
      }
      expect(said.length).to.be.greaterThan(5);
    }).timeout(60_000);

    it("says what is wrong where no node answers, and which usage is wrong", async () => {
      const absent = await onChain("--rpc", "http://127.0.0.1:1");
      expect(absent.exitCode).to.equal(1);
      expect(absent.all).to.match(/the node at http:\/\/127\.0\.0\.1:1 does not answer status/);
      for (const wrong of [
        ["--tps", "fast"],
        ["--for", "soon"],
        ["--profile", "huge"],
        ["--target", "moon"],
      ]) {
        expect((await load(wrong)).exitCode, wrong.join(" ")).to.equal(2);
      }
    }).timeout(60_000);
  });

  describe("on bizra", () => {
    let pods: ReadonlyMap<string, RunningPod>;
    let withK6: Record<string, string>;

    before(async function () {
      this.timeout(600_000);
      await eventually("the cluster has bizra's pods", 120, async () => {
        const { status } = await sandbox.stored<{ status?: { readyReplicas?: number } }>(
          ...["deployment", "bizra-apex", "-n", "testnet"],
        );
        return status?.readyReplicas === 3;
      });
      pods = await startBizra(sandbox, chain.folder);
      await putBehind(
        sandbox,
        [...pods].map(([pod, { plan }]) => ({
          namespace: "testnet",
          pod,
          address: plan.address,
          ports: { 8080: 8080, 9944: 9944, 9464: 9464 },
        })),
      );
      const { tools } = await ensureToolchain({ groups: testGroups });
      withK6 = { PATH: `${dirname(tools.k6.path)}:${sandbox.variables.PATH ?? process.env.PATH ?? ""}` };
    });
    after(async () => {
      await Promise.all(
        [...((pods as ReadonlyMap<string, RunningPod> | undefined) ?? new Map()).values()].map((pod) =>
          pod.kill(),
        ),
      );
    });

    const tell = async (faults: readonly string[]): Promise<void> => {
      for (const { plan } of pods.values()) {
        await fetch(`http://${plan.address}:9999/faults`, { method: "PUT", body: JSON.stringify(faults) });
      }
    };

    it("B14: 20 requests a second over all pods: all marks hold, B13's under load as well", async () => {
      const outcome = await load(["--target", "bizra", "--tps", "20", "--for", "20s"], withK6);
      const result = printed(outcome);
      console.info(`      bizra: ${result.results.map(({ id, found }) => `${id}: ${found}`).join("; ")}`);
      expect(verdicts(result), outcome.all).to.deep.equal(all(bizraChecks, "simulated"));
      expect(outcome.exitCode).to.equal(0);
      expect(result.pods).to.equal(3);
      expect(result.http.requests).to.be.within(398, 402);
    }).timeout(120_000);

    it("B13: a slow bizra misses its service levels, though it answers", async () => {
      await tell(["slow"]);
      const outcome = await load(["--target", "bizra", "--for", "10s"], withK6);
      await tell([]);
      expect(verdicts(printed(outcome)), outcome.all).to.include({
        answers: "simulated",
        finality: "failed",
        generation: "failed",
        verification: "failed",
      });
      expect(outcome.exitCode).to.equal(1);
    }).timeout(120_000);

    it("one that is not ready misses the answers", async () => {
      await tell(["unready"]);
      const outcome = await load(["--target", "bizra", "--for", "5s"], withK6);
      await tell([]);
      expect(verdicts(printed(outcome)).answers, outcome.all).to.equal("failed");
    }).timeout(120_000);

    it("Ctrl-C ends k6 early, with its figures until then", async () => {
      const ended = await pawUntil(sandbox, ["load", "--json", "--target", "bizra"], {
        sign: "k6 on bizra",
        happens: (pid) => setTimeout(() => process.kill(pid, "SIGINT"), 6000),
        env: withK6,
      });
      expect(ended.exitCode, ended.stderr).to.equal(130);
      const result = printed(ended);
      expect(result.cutShort).to.be.true;
      expect(result.http.requests).to.be.within(10, 80);
      expect(verdicts(result).time).to.equal("not evaluated");
    }).timeout(60_000);

    it("without k6 it says where to get it", async () => {
      const outcome = await load(["--target", "bizra"], {
        PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
      });
      expect(outcome.exitCode).to.equal(1);
      expect(outcome.all)
        .to.match(/An HTTP load needs k6 1\.0\.0 or newer/)
        .and.match(/grafana\.com\/docs\/k6/);
    }).timeout(60_000);
  });
});
