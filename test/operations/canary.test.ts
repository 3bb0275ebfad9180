/**
 * bizra's canary on the embedded cluster: the real controller of Argo Rollouts, its real definitions, and a real Prometheus
 * that scrapes the simulators of both versions, which run out of the pods that the API server stored. Hours are seconds
 * here, by configuration. Requests themselves are simulated: nobody sends any, and weights are read on the objects that
 * would split them.
 */
import { expect } from "chai";

import { canRunPods, eventually } from "../support/chain.ts";
import { bizraJobs, pluginPath } from "../support/canary/servers.ts";
import { CanaryStage } from "../support/canary/stage.ts";
import type { KubernetesObject } from "../support/rendered.ts";
import { Sandbox } from "../support/sandbox.ts";

const [first, good] = ["v1.0.0", "v2.2.0-rc1"];

describe("B9: bizra's canary", () => {
  let stage: CanaryStage;

  before(async function () {
    if (!canRunPods()) this.skip();
    this.timeout(900_000);
    stage = await CanaryStage.start(first);
    if (pluginPath === undefined) {
      console.info(
        "      not evaluated: weights on HTTPRoutes; PAW_GATEWAY_PLUGIN names the plugin's program. Istio's are looked at instead",
      );
    }
  });

  after(async function () {
    this.timeout(120_000);
    await (stage as CanaryStage | undefined)?.stop();
    await Sandbox.disposeAll();
  });

  const stored = (...args: string[]): Promise<KubernetesObject> =>
    stage.sandbox.stored<KubernetesObject>(...args, "-n", "testnet");
  const isStable = async (): Promise<boolean> => (await stage.status()).state === "stable";
  /** Follows a canary to its end, as an operator does. */
  const followed = (): Promise<{ exitCode: number; all: string }> => stage.paw("status", "--watch");
  const versions = async (): Promise<string[]> =>
    (await stage.status()).versions.map(({ role, version }) => `${role} ${version}`);

  it("the first version needs no canary: the Rollout's pods take over from the Deployment's, which is left with none", async () => {
    await eventually("the first version is stable", 60, isStable);
    await eventually("the Deployment has no pods", 60, async () => {
      const { spec, status } = await stored("deployment", "bizra-apex");
      return spec.replicas === 0 && (status?.replicas ?? 0) === 0;
    });
    const {
      versions: [stable],
      simulated,
    } = await stage.status();
    expect(simulated).to.equal(true);
    expect(stable?.version).to.equal(`${first}-simulated`);
    expect(stable?.pods.filter(({ ready }) => ready)).to.have.length(3);
    const autoscaler = await stored("hpa", "bizra-apex");
    expect(autoscaler.spec.scaleTargetRef).to.include({ kind: "Rollout", name: "bizra-apex-canary" });
  }).timeout(180_000);

  it("a second pulumi up changes nothing, though the controller has changed replicas and selectors", async () => {
    await stage.up("--expect-no-changes");
    expect((await stored("deployment", "bizra-apex")).spec.replicas).to.equal(0);
  }).timeout(120_000);

  it("a good version walks 5, 25, 50, 100 %, and is the stable one then; each pod is scraped once meanwhile", async () => {
    stage.change(good);
    const walk = stage.up().then(followed);
    const weights = stage.weightsUntil(walk);
    await eventually(
      "a pod of the new version",
      60,
      async () => (await stage.status()).versions.length === 2,
    );
    const targets = (await bizraJobs(stage.sandbox)).flatMap((job) => job.static_configs);
    const pods = targets.map(({ labels }) => labels?.pod);
    expect(pods.length).to.be.at.least(4);
    expect(new Set(pods).size, "no pod twice").to.equal(pods.length);
    const { exitCode, all } = await walk;
    expect(exitCode, all).to.equal(0);
    await eventually("all requests go to the stable version, which is the new one", 30, async () => {
      return (await stage.weight()) === 0;
    });
    const walked = await weights;
    expect(walked.size).to.equal(pluginPath === undefined ? 1 : 5);
    // Before the first step and after the last one, everything goes to the stable version.
    for (const [name, each] of walked) expect(each.slice(0, 5), name).to.deep.equal([0, 5, 25, 50, 100]);
    expect(await versions()).to.deep.equal([`stable ${good}-simulated`]);
    const { analysis } = await stage.status();
    expect(analysis?.phase).to.equal("Successful");
    for (const { name, measured, value } of analysis?.figures ?? []) {
      expect(measured, name).to.be.at.least(3);
      expect(Number(value), name).not.to.be.NaN;
    }
  }).timeout(240_000);

  it("pulumi up after it changes nothing", async () => {
    await stage.up("--expect-no-changes");
  }).timeout(120_000);

  const measuring = [
    "finality-p99",
    "finality-p99-to-stable",
    "generation-to-stable",
    "verification-to-stable",
  ];
  /** A version with a fault of the simulator's; which figures may end it, and what the first of them then measured. */
  const bad: readonly (readonly [
    version: string,
    fault: string,
    figures: readonly string[],
    measured: (value: number) => boolean,
  ])[] = [
    // 1 % of the operations fail: simulator/README.md.
    ["v2.2.0-rc2", "failing", ["error-rate"], (value) => value > 0.009 && value < 0.011],
    // 99 of 100 checks take up to 7 ms, and are counted between the bounds 5 and 10 ms.
    ["v2.2.0-rc3", "slow", measuring, (value) => value > 0.005 && value <= 0.01],
    ["v2.2.0-rc4", "crashing", ["restarts"], (value) => value >= 1],
    // No data at all.
    ["v2.2.0-rc5", "silent", ["error-rate", ...measuring], Number.isNaN],
  ];
  for (const [version, fault, figures, measured] of bad) {
    it(`a version with the fault "${fault}" goes back by itself, and paw canary status says why`, async () => {
      stage.pods.faults.set(version, fault);
      stage.change(version);
      await stage.up();
      const { exitCode, all } = await followed();
      expect(exitCode, all).to.equal(1);
      expect(all).to.contain("rolled back");
      const { state, why, versions: shown, analysis } = await stage.status();
      expect(state).to.equal("rolled back");
      expect(shown.map((each) => `${each.role} ${each.version} ${each.weight}`)).to.deep.equal([
        `stable ${good}-simulated 100`,
        `canary ${version}-simulated 0`,
      ]);
      await eventually("all requests go to the stable version", 30, async () => (await stage.weight()) === 0);
      // The first to fail ends the canary: which of several it is, is a matter of milliseconds.
      const failed = (analysis?.figures ?? []).filter(({ phase }) => phase === "Failed");
      const [named] = failed;
      expect(figures, JSON.stringify(analysis)).to.include.members(failed.map(({ name }) => name));
      expect(failed).not.to.have.length(0);
      if (named?.name === figures[0]) expect(measured(Number(named?.value)), named?.value).to.equal(true);
      expect(why.join("\n")).to.contain(`${named?.name ?? ""}: measured ${named?.value ?? "nothing"}`);
      expect(all).to.contain(`${named?.name ?? ""}: measured`);
    }).timeout(240_000);
  }

  describe("by hand", () => {
    const [third, fourth] = ["v2.3.0", "v2.4.0"];

    it("in the middle of a canary, pulumi up and a refresh change nothing: weights, selectors and pods stay", async () => {
      stage.change(third, "long");
      await stage.up();
      await eventually("5 %", 60, async () => (await stage.weight()) === 5);
      const selectors = async (): Promise<unknown[]> =>
        Promise.all(
          ["bizra-apex-stable", "bizra-apex-canary"].map(
            async (name) => (await stored("service", name)).spec.selector,
          ),
        );
      const before = await selectors();
      expect(before[0]).not.to.deep.equal(before[1]);
      await stage.up("--expect-no-changes");
      await stage.up("--refresh");
      expect(await selectors()).to.deep.equal(before);
      expect(await stage.weight()).to.equal(5);
      expect((await stored("deployment", "bizra-apex")).spec.replicas).to.equal(0);
      const { step } = await stage.status();
      expect(step).to.deep.include({ number: 2, of: 7, what: "stay for 10m" });
      expect(new Date(step?.until ?? "").getTime()).to.be.greaterThan(Date.now());
    }).timeout(240_000);

    it("promote ends the step; abort sends everything back; both say when there is nothing to do", async () => {
      const promoted = await stage.paw("promote");
      expect(promoted.exitCode, promoted.all).to.equal(0);
      await eventually("25 %", 30, async () => (await stage.weight()) === 25);
      const aborted = await stage.paw("abort");
      expect(aborted.exitCode, aborted.all).to.equal(0);
      expect(aborted.stdout).to.contain("rolled back");
      await eventually("0 %", 30, async () => (await stage.weight()) === 0);
      const again = await stage.paw("abort");
      expect(again.exitCode).to.equal(1);
      expect(again.stderr).to.contain("rolled back already");
      const late = await stage.paw("promote");
      expect(late.exitCode).to.equal(1);
      expect(late.stderr).to.contain("cannot be promoted");
    }).timeout(180_000);

    it("promote --full leaves out the rest", async () => {
      stage.change(fourth, "long");
      await stage.up();
      await eventually("5 %", 60, async () => (await stage.weight()) === 5);
      const promoted = await stage.paw("promote", "--full");
      expect(promoted.exitCode, promoted.all).to.equal(0);
      await eventually("it is stable", 60, isStable);
      expect(await versions()).to.deep.equal([`stable ${fourth}-simulated`]);
      const nothing = await stage.paw("promote");
      expect(nothing.exitCode).to.equal(1);
      expect(nothing.stderr).to.contain("no canary is under way");
    }).timeout(180_000);

    it("without a Rollout, the message says so and what to do", async () => {
      await stage.sandbox.ok("kubectl", [
        "delete",
        "rollout",
        "bizra-apex-canary",
        "-n",
        "testnet",
        "--wait=false",
      ]);
      const shown = await stage.paw("status");
      expect(shown.exitCode).to.equal(1);
      expect(shown.stderr).to.contain("there is no Rollout testnet/bizra-apex-canary on paw-local");
      expect(shown.stderr).to.contain("pulumi up --stack local makes it");
    }).timeout(60_000);
  });
});
