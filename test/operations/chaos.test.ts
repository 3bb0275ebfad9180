/** Faults on purpose on a real network of six nodes: what it survives, what is refused, and that nothing is left behind. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { type Chain, canRunPods, eventually, nodes, startSixNodes, validators } from "../support/chain.ts";
import { PlayedController, definitions, install, objects } from "../support/chaosMesh.ts";
import { type ChainPrometheus, startChainPrometheus } from "../support/chainPrometheus.ts";
import { type Printed, printed, putChainBehind, verdicts } from "../support/load.ts";
import { pawUntil } from "../support/pawProcess.ts";
import type { KubernetesObject } from "../support/rendered.ts";
import { type Outcome, Sandbox } from "../support/sandbox.ts";

describe("A24: chaos", () => {
  let sandbox: Sandbox;
  let chain: Chain;

  before(async function () {
    if (!canRunPods()) this.skip();
    this.timeout(600_000);
    ({ sandbox, chain } = await startSixNodes());
    await putChainBehind(sandbox);
    // The simulated pods come one after the other, as the StatefulSet's order has it.
    await eventually("the cluster has all pods of the chain", 180, async () => {
      const { items } = await sandbox.stored<{ items: KubernetesObject[] }>("statefulsets", "-n", "paw");
      return items.every(({ spec, status }) => status?.availableReplicas === spec.replicas);
    });
  });

  after(async function () {
    this.timeout(120_000);
    await (chain as Chain | undefined)?.dispose();
    await Sandbox.disposeAll();
  });

  const chaos = (args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> =>
    sandbox.run("npx", ["paw", "chaos", ...args, "--json"], { NO_COLOR: "1", ...env });
  const uidOf = async (pod: string): Promise<string | undefined> => {
    const { exitCode, stdout } = await sandbox.run("kubectl", ["get", "pod", pod, "-n", "paw", "-o", "json"]);
    return exitCode === 0 ? (JSON.parse(stdout) as KubernetesObject).metadata.uid : undefined;
  };
  /** A kubelet's part: the process of a pod that was deleted ends, and that of the pod in its place begins. */
  const kubelet = async (pod: string): Promise<void> => {
    const before = await uidOf(pod);
    for (let now = before; now === before || now === undefined;) {
      await new Promise((resolve) => setTimeout(resolve, 300));
      now = await uidOf(pod);
    }
    await chain.pod(pod).kill();
    await chain.startNode(pod);
  };
  /** Until the last blocks have the signatures of all. */
  const allSign = (): Promise<void> =>
    eventually("all sign", 120, async () => {
      const height = await chain.height("paw-sentry-0");
      const commits = await Promise.all(
        [1, 2, 3].map((back) => chain.rpc("paw-sentry-0", `commit?height=${height - back}`)),
      );
      return commits.every(
        ({ signed_header }) =>
          signed_header.commit.signatures.filter(
            (each: { block_id_flag: number }) => each.block_id_flag === 2,
          ).length === 4,
      );
    });
  const findings = ({ results }: Printed): string =>
    results.map(({ id, found }) => `${id}: ${found}`).join("; ");

  describe("pod-kill by the API", () => {
    let prometheus: ChainPrometheus;

    before(async function () {
      this.timeout(120_000);
      prometheus = await startChainPrometheus();
    });
    after(async () => {
      await (prometheus as ChainPrometheus | undefined)?.stop();
    });

    it("a validator is killed: blocks go on, no critical alert begins, and it signs again", async () => {
      const killed = kubelet("paw-validator-3");
      const outcome = await chaos(["pod-kill", "--for", "20s"], { PROMETHEUS_URL: prometheus.address });
      await killed;
      const result = printed(outcome);
      console.info(`      pod-kill of a validator: ${findings(result)}`);
      expect(verdicts(result), outcome.all).to.deep.equal({
        steady: "simulated",
        quiet: "simulated",
        survivable: "simulated",
        injected: "simulated",
        during: "simulated",
        alerts: "simulated",
        removed: "simulated",
        recovered: "simulated",
      });
      expect(outcome.exitCode).to.equal(0);
      expect(result.command).to.equal("paw chaos pod-kill on paw-validator-3");
      expect(chain.pod("paw-validator-3").isRunning("node")).to.be.true;
    }).timeout(300_000);

    it("without a Prometheus blocks tell, and alerts are not evaluated, which is not green", async () => {
      const killed = kubelet("paw-full-node-0");
      const outcome = await chaos(["pod-kill", "--target", "full-node", "--for", "5s"]);
      await killed;
      const found = verdicts(printed(outcome));
      expect(found, outcome.all).to.include({
        injected: "simulated",
        during: "simulated",
        recovered: "simulated",
      });
      expect([found.quiet, found.alerts]).to.deep.equal(["not evaluated", "not evaluated"]);
      expect(outcome.exitCode).to.equal(1);
    }).timeout(300_000);

    it("two of four validators are too many: nothing is deleted", async () => {
      const before = await Promise.all(validators.map(uidOf));
      const outcome = await chaos(["pod-kill", "--pods", "2"]);
      const result = printed(outcome);
      expect(verdicts(result), outcome.all).to.include({ survivable: "failed", injected: "not evaluated" });
      expect(outcome.exitCode).to.equal(1);
      expect(await Promise.all(validators.map(uidOf))).to.deep.equal(before);
    }).timeout(60_000);

    it("into a chain that is not well nothing is injected", async () => {
      const before = await Promise.all(validators.map(uidOf));
      await chain.pod("paw-validator-0").kill();
      await chain.advances(nodes.slice(1), 5);
      const outcome = await chaos(["pod-kill"]);
      expect(verdicts(printed(outcome)), outcome.all).to.include({
        steady: "failed",
        injected: "not evaluated",
        during: "not evaluated",
      });
      expect(outcome.all).to.match(/signed by 3 of 4/);
      expect(await Promise.all(validators.map(uidOf))).to.deep.equal(before);
      await chain.startNode("paw-validator-0");
      await allSign();
    }).timeout(240_000);
  });

  describe("Chaos Mesh's objects, before its own definitions", () => {
    before(async function () {
      const missing = await chaos(["latency"]);
      expect(missing.all)
        .to.match(/the cluster knows no NetworkChaos/)
        .and.match(/install Chaos Mesh/);
      const folder = await definitions();
      if (folder === undefined) {
        console.info(
          "      not evaluated: Chaos Mesh's definitions cannot be had (PAW_CHAOS_CRDS names their folder)",
        );
        this.skip();
      }
      await install(sandbox, folder);
    });

    const faults: [string, string, string[]][] = [
      ["latency", "NetworkChaos", ["--latency", "200ms"]],
      ["partition", "NetworkChaos", []],
      ["memory", "StressChaos", []],
      ["io", "IOChaos", []],
      ["pod-kill", "PodChaos", ["--by", "mesh"]],
    ];
    for (const [fault, kind, more] of faults) {
      it(`${fault}: ${kind} is accepted and taken away; that nobody acts on it is said`, async () => {
        const outcome = await chaos([fault, "--for", "30s", ...more]);
        const result = printed(outcome);
        expect(verdicts(result), outcome.all).to.deep.equal({
          steady: "simulated",
          quiet: "not evaluated",
          survivable: "simulated",
          accepted: "simulated",
          injected: "not evaluated",
          during: "not evaluated",
          alerts: "not evaluated",
          removed: "simulated",
          recovered: "not evaluated",
        });
        expect(findings(result)).to.match(
          new RegExp(`${kind} paw/paw-${fault}-[0-9a-f]{6} on paw-validator-3`),
        );
        expect(findings(result)).to.include("no controller of Chaos Mesh acts on this cluster");
        expect(outcome.exitCode).to.equal(1);
        expect(await objects(sandbox)).to.deep.equal([]);
      }).timeout(120_000);
    }

    it("a misspelt field is refused: the API server looks at every one", async () => {
      const object = {
        apiVersion: "chaos-mesh.org/v1alpha1",
        kind: "NetworkChaos",
        metadata: { name: "misspelt", namespace: "paw" },
        spec: { action: "delay", mode: "all", selector: { pod: { paw: ["x"] } }, delay: { latency: "1 s" } },
      };
      const file = join(chain.folder, "misspelt.json");
      writeFileSync(file, JSON.stringify(object));
      const refused = await sandbox.run("kubectl", ["create", "--validate=strict", "-f", file]);
      expect(refused.exitCode).to.equal(1);
      expect(refused.all).to.match(/unknown field "spec\.selector\.pod"|spec\.delay\.latency/);
    });

    it("Ctrl-C in the middle takes the fault away", async () => {
      const ended = await pawUntil(sandbox, ["chaos", "latency", "--json"], {
        sign: "fault acts",
        happens: (pid) => setTimeout(() => process.kill(pid, "SIGINT"), 1000),
      });
      expect(ended.exitCode, ended.stderr).to.equal(130);
      expect(verdicts(printed(ended))).to.include({ injected: "not evaluated", removed: "simulated" });
      expect(await objects(sandbox)).to.deep.equal([]);
    }).timeout(60_000);

    it("what a killed run leaves is taken away by abort, and nothing else", async () => {
      const ended = await pawUntil(sandbox, ["chaos", "memory", "--json"], {
        sign: "fault acts",
        happens: (pid) => process.kill(pid, "SIGKILL"),
      });
      expect(ended.exitCode).to.equal(null);
      const left = await objects(sandbox);
      expect(left).to.have.length(1);
      const foreign = {
        apiVersion: "chaos-mesh.org/v1alpha1",
        kind: "PodChaos",
        metadata: { name: "somebody-elses", namespace: "paw" },
        spec: { action: "pod-kill", mode: "one", selector: { namespaces: ["paw"] } },
      };
      const file = join(chain.folder, "foreign.json");
      writeFileSync(file, JSON.stringify(foreign));
      await sandbox.ok("kubectl", ["create", "-f", file]);
      const aborted = await chaos(["abort"]);
      expect(aborted.exitCode, aborted.all).to.equal(0);
      const { removed } = JSON.parse(aborted.stdout) as { removed: { kind: string }[] };
      expect(removed.map(({ kind }) => kind)).to.deep.equal(["StressChaos"]);
      expect(await objects(sandbox)).to.deep.equal(["podchaos.chaos-mesh.org/somebody-elses"]);
      await sandbox.ok("kubectl", ["delete", "-f", file]);
    }).timeout(60_000);

    describe("with a stand-in for its controller", () => {
      let controller: PlayedController;

      before(() => {
        controller = new PlayedController(sandbox).start();
      });
      after(async () => {
        await (controller as PlayedController | undefined)?.stop();
      });

      it("the fault is watched for its time, and its end is waited for", async () => {
        const outcome = await chaos(["partition", "--for", "8s"]);
        const result = printed(outcome);
        const { quiet, alerts, ...others } = verdicts(result);
        expect(new Set(Object.values(others)), outcome.all).to.deep.equal(new Set(["simulated"]));
        expect([quiet, alerts]).to.deep.equal(["not evaluated", "not evaluated"]);
        expect(controller.released).to.have.length(1);
        expect(await objects(sandbox)).to.deep.equal([]);
      }).timeout(120_000);

      it("Ctrl-C while it acts: what was watched until then, and the wait for its end", async () => {
        const before = controller.released.length;
        const ended = await pawUntil(sandbox, ["chaos", "latency", "--json"], {
          sign: "blocks while the fault acts",
          happens: (pid) => setTimeout(() => process.kill(pid, "SIGINT"), 3000),
        });
        expect(ended.exitCode, ended.stderr).to.equal(130);
        const result = printed(ended);
        expect(verdicts(result)).to.include({
          injected: "simulated",
          during: "not evaluated",
          removed: "simulated",
        });
        expect(findings(result)).to.match(/cut short: \d+ in [2-9] s/);
        expect(controller.released).to.have.length(before + 1);
        expect(await objects(sandbox)).to.deep.equal([]);
      }).timeout(120_000);

      it("a chain that stops while the fault acts: it is taken away at once, not after its time", async () => {
        const running = pawUntil(sandbox, ["chaos", "latency", "--for", "10m", "--json"], {
          sign: "blocks while the fault acts",
          happens: async () => {
            for (const name of ["paw-validator-0", "paw-validator-1"]) await chain.pod(name).kill();
            // Back once the fault is gone, so that all can be as before.
            for (const from = controller.released.length; controller.released.length === from;) {
              await new Promise((resolve) => setTimeout(resolve, 300));
            }
            for (const name of ["paw-validator-0", "paw-validator-1"]) await chain.startNode(name);
          },
        });
        const begun = Date.now();
        const ended = await running;
        expect((Date.now() - begun) / 1000).to.be.lessThan(300);
        const result = printed(ended);
        expect(verdicts(result), ended.stderr).to.include({
          during: "failed",
          removed: "simulated",
          recovered: "simulated",
        });
        expect(ended.exitCode).to.equal(1);
        expect(await objects(sandbox)).to.deep.equal([]);
        await allSign();
      }).timeout(400_000);

      it("a fault that Chaos Mesh does not let go is said to be there still, with what to do", async () => {
        controller.holds = 75_000;
        const outcome = await chaos(["latency", "--for", "2s"]);
        expect(verdicts(printed(outcome)), outcome.all).to.include({ removed: "failed" });
        expect(outcome.all).to.match(/is not gone after 60 s: its fault may still act/);
        controller.holds = 0;
        const aborted = await chaos(["abort"]);
        expect(aborted.exitCode, aborted.all).to.equal(0);
        expect(await objects(sandbox)).to.deep.equal([]);
      }).timeout(240_000);
    });
  });

  it("wrong usage is told from failure", async () => {
    for (const wrong of [
      ["latency", "--latency", "soon"],
      ["io", "--pods", "0"],
      ["flood"],
      ["latency", "--by", "mesh"],
    ]) {
      expect((await chaos(wrong)).exitCode, wrong.join(" ")).to.equal(2);
    }
  }).timeout(60_000);
});
