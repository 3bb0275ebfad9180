/**
 * A18, A27, B16: deploying parts, upgrading with a watch that rolls back by itself, rolling back by hand; on an embedded
 * cluster with simulators behind bizra's pods.
 */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import type { DeploymentRecord } from "../../ops/src/records/record.ts";
import { canRunPods, eventually } from "../support/chain.ts";
import { type GateStage, startGateStage } from "../support/gateStage.ts";
import type { KubernetesObject } from "../support/rendered.ts";
import { type Outcome, Sandbox } from "../support/sandbox.ts";

describe("A18, A27, B16: deployments", () => {
  let stage: GateStage;

  before(async function () {
    if (!canRunPods()) this.skip();
    this.timeout(600_000);
    stage = await startGateStage();
  });

  after(async function () {
    this.timeout(120_000);
    await (stage as GateStage | undefined)?.dispose();
    await Sandbox.disposeAll();
  });

  const paw = (...args: string[]): Promise<Outcome> => stage.sandbox.run("npx", ["paw", ...args]);
  const change = (from: string, to: string): void => {
    stage.sandbox.change("Pulumi.local.yaml", (text) => text.replace(from, to));
  };
  const mapOf = async (name: string, namespace: string): Promise<Record<string, string>> => {
    const { data } = await stage.sandbox.stored<KubernetesObject>("configmap", name, "-n", namespace);
    return data as Record<string, string>;
  };
  const batch = async (): Promise<string | undefined> =>
    (await mapOf("bizra-config", "testnet")).POI_BATCH_VERIFY;
  const records = async (): Promise<DeploymentRecord[]> => {
    const { stdout } = await paw("record", "list", "--json");
    return JSON.parse(stdout) as DeploymentRecord[];
  };

  /** Waits until every gate holds. */
  async function allWell(): Promise<void> {
    let said = "";
    await eventually("every gate holds", 90, async () => {
      // The last pods of a rollout may come when the command that began it has ended.
      await stage.adopt();
      const { exitCode, stdout } = await paw("validate");
      said = stdout;
      return exitCode === 0;
    }).catch((error: unknown) => {
      throw new Error(said, { cause: error });
    });
  }

  /** Runs a command while new pods get simulators behind them; `treat` is told the address of each new one. */
  async function withNewPods(
    args: readonly string[],
    treat: (address: string) => Promise<void> = () => Promise.resolve(),
  ): Promise<Outcome> {
    const running = { done: false };
    const adopting = (async (): Promise<void> => {
      while (!running.done) {
        for (const address of await stage.adopt()) await treat(address);
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    })();
    const outcome = await paw(...args);
    running.done = true;
    await adopting;
    return outcome;
  }

  it("A18: deploys the named components, and leaves the others as they are", async () => {
    change("poiBatchVerify: false", "poiBatchVerify: true");
    change("requestsPer10s: 100", "requestsPer10s: 50");
    const before = await stage.sandbox.stored<KubernetesObject>("deployment", "paw-api", "-n", "paw");
    const outcome = await withNewPods(["deploy", "--components", "bizra"]);
    expect(outcome.exitCode, outcome.all).to.equal(0);
    expect(await batch()).to.equal("1");
    const after = await stage.sandbox.stored<KubernetesObject>("deployment", "paw-api", "-n", "paw");
    expect(after.metadata.generation).to.equal(before.metadata.generation);
    change("requestsPer10s: 50", "requestsPer10s: 100");
    const [record] = await records();
    expect(record).to.include({ command: "deploy", outcome: "succeeded", stack: "local" });
    expect(record?.components).to.deep.equal(["bizra"]);
  }).timeout(120_000);

  it("A27: rolls back by hand to what was deployed before, and says what it cannot take back", async () => {
    const outcome = await withNewPods(["rollback", "--yes"]);
    expect(outcome.exitCode, outcome.all).to.equal(0);
    expect(outcome.all).to.contain("not taken back:").and.to.contain("blocks that were made");
    expect(await batch()).to.equal("0");
    change("poiBatchVerify: true", "poiBatchVerify: false");
    // Pods have the settings of that time as well: they began after these were back.
    await allWell();
    // The state agrees: with the stack file of that time nothing is left to do.
    await stage.sandbox.ok("pulumi", ["preview", "--stack", "local", "--refresh", "--expect-no-changes"]);
    expect((await stage.sandbox.gitStatus()).split("\n")).to.deep.equal([" M Pulumi.local.yaml"]);
    expect(existsSync(join(stage.sandbox.folder, ".paw", "rollback"))).to.equal(true);
    expect(readdirSync(join(stage.sandbox.folder, ".paw", "rollback"))).to.deep.equal([]);
  }).timeout(180_000);

  it("A27, B16: a release that holds is upgraded to, and recorded with its watch", async () => {
    await allWell();
    change("poiBatchVerify: false", "poiBatchVerify: true");
    const args = [
      "upgrade",
      "--components",
      "bizra",
      "--watch",
      "15s",
      "--every",
      "5s",
      "--settle",
      "40s",
      "--yes",
    ];
    const outcome = await withNewPods(args);
    expect(outcome.exitCode, outcome.all).to.equal(0);
    expect(await batch()).to.equal("1");
    const [record] = await records();
    expect(record).to.include({ command: "upgrade", outcome: "succeeded" });
    expect(record?.watch.looks.length).to.be.greaterThan(1);
    expect(record?.watch.looks.at(-1)?.failed).to.deep.equal([]);
    expect(record?.checks.map(({ verdict }) => verdict)).to.deep.equal(Array(7).fill("simulated"));
  }).timeout(240_000);

  it("A27, B16: a release that fails its gates is rolled back by itself, and an incident report begins", async () => {
    await allWell();
    change("poiBatchVerify: true", "poiBatchVerify: false");
    const failing = async (address: string): Promise<void> => {
      await fetch(`http://${address}:9999/faults`, { method: "PUT", body: JSON.stringify(["failing"]) });
    };
    let bad = true;
    const args = [
      "upgrade",
      "--components",
      "bizra",
      "--watch",
      "60s",
      "--every",
      "5s",
      "--settle",
      "40s",
      "--yes",
    ];
    const outcome = await withNewPods(args, async (address) => {
      // The first three are the release; those after it are what was there before.
      if (bad) await failing(address);
      bad = [...stage.pods.values()].some(({ plan }) => plan.address === address) && (await batch()) === "0";
    });
    expect(outcome.exitCode, outcome.all).to.equal(1);
    expect(outcome.stderr.split("\n").find((line) => line.startsWith("error: "))).to.match(
      /the release was rolled back by itself: 5 error logs: .*ERROR/,
    );
    expect(await batch(), "what was there before").to.equal("1");
    const [record] = await records();
    expect(record).to.include({ command: "upgrade", outcome: "rolled back" });
    const incident = join(
      stage.sandbox.folder,
      ".paw",
      "records",
      "local",
      `${record?.id ?? ""}-incident.md`,
    );
    expect(readFileSync(incident, "utf8")).to.contain("the release does not hold: 5 error logs");
    const shown = await paw("record", "show", record?.id ?? "", "--incident");
    expect(shown.stdout).to.contain("## Timeline (UTC)");
    change("poiBatchVerify: false", "poiBatchVerify: true");
  }).timeout(300_000);

  it("A27: gives pods their former templates alone, and owns none of their fields afterwards", async () => {
    const image = async (): Promise<string> => {
      const { spec } = await stage.sandbox.stored<KubernetesObject>("deployment", "paw-api", "-n", "paw");
      return (spec.template.spec.containers as { image: string }[])[0]?.image ?? "";
    };
    const before = await image();
    const undo = stage.sandbox.change("Pulumi.local.yaml", (text) =>
      text.replace(/haproxy:3\.\d+-alpine/, "haproxy:3.1-alpine"),
    );
    try {
      expect((await paw("deploy", "--components", "chain")).exitCode).to.equal(0);
      expect(await image()).not.to.equal(before);
      const outcome = await paw("rollback", "--workloads", "--yes");
      expect(outcome.exitCode, outcome.all).to.equal(0);
      expect(outcome.all).to.match(/Deployment paw\/paw-api: back to paw-api-/);
      expect(await image()).to.equal(before);
      // Owned by somebody else, they would be refused to Pulumi from now on.
      const { metadata } = await stage.sandbox.stored<KubernetesObject>(
        ...["deployment", "paw-api", "-n", "paw", "--show-managed-fields"],
      );
      expect(JSON.stringify(metadata)).not.to.contain("paw-rollback");
    } finally {
      undo();
    }
    expect((await paw("deploy", "--components", "chain")).exitCode).to.equal(0);
  }).timeout(180_000);

  it("refuses to upgrade what is not well before, and changes nothing", async () => {
    const [pod = ""] = stage.pods.keys();
    stage.log(pod, `${new Date().toISOString()} ERROR bizra: out of luck`);
    const outcome = await paw("upgrade", "--components", "bizra", "--yes");
    expect(outcome.exitCode).to.equal(1);
    expect(outcome.all).to.contain("not all is well before the upgrade").and.to.contain("--force");
    await stage.reset();
  }).timeout(60_000);

  it("wants to be asked, and does nothing where nobody answers", async () => {
    const outcome = await paw("rollback");
    expect(outcome.exitCode).to.equal(1);
    expect(outcome.all).to.contain("--yes was not given");
  }).timeout(60_000);
});
