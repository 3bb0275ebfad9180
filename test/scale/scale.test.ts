/** A hundred validators: rendered, judged by the policies, and taken by a real API server, in time that grows evenly. */
import { expect } from "chai";

import type { KubernetesObject } from "../support/rendered.ts";
import { Sandbox } from "../support/sandbox.ts";

const sizes = [4, 52, 100] as const;

describe("A11: scale", () => {
  let sandbox: Sandbox;
  const seconds: Record<number, number> = {};

  before(async function () {
    this.timeout(300_000);
    sandbox = await Sandbox.create();
    // Tools are made and the cluster has been seen once, so that what is timed is the deployment.
    await sandbox.ok("npm", ["run", "up"]);
    await sandbox.ok("npx", ["paw", "destroy"]);
  });

  after(async () => {
    await Sandbox.disposeAll();
  });

  for (const validators of sizes) {
    it(`${validators} validators are deployed, and a second run changes nothing`, async () => {
      const change = (text: string): string =>
        text.replace("validators: 4", `validators: ${validators} # changed`);
      await sandbox.withChange("Pulumi.local.yaml", change, async () => {
        const up = await sandbox.ok("npm", ["run", "up"]);
        seconds[validators] = up.seconds;
        await sandbox.loadEnvironment();
        const set = await sandbox.stored<KubernetesObject>("statefulset", "paw-validator", "-n", "paw");
        expect(set.spec.replicas).to.equal(validators);
        const { items } = await sandbox.stored<{ items: KubernetesObject[] }>("consensuskeyreservations");
        expect(items).to.have.length(validators);
        const budget = await sandbox.stored<KubernetesObject>("pdb", "paw-validator", "-n", "paw");
        expect(budget.spec.maxUnavailable).to.equal(Math.ceil(validators / 3) - 1);
        const again = await sandbox.ok("npm", ["run", "up"]);
        expect(again.stdout).to.contain(": 0 changes");
        console.info(
          `      ${validators} validators: first ${up.seconds.toFixed(1)} s, again ${again.seconds.toFixed(1)} s`,
        );
        await sandbox.ok("npx", ["paw", "destroy"]);
      });
    }).timeout(400_000);
  }

  it("time grows no worse than linear", () => {
    const perValidator = sizes.map((size) => (seconds[size] ?? NaN) / size);
    console.info(`      seconds per validator: ${perValidator.map((each) => each.toFixed(2)).join(", ")}`);
    const [small, middle, large] = perValidator as [number, number, number];
    expect(middle).to.be.at.most(small);
    // Each further validator costs a little more than the one before, since Pulumi writes its state whole at each step:
    // a tenth is allowed for it, and for the noise of a shared machine.
    expect(large).to.be.at.most(middle * 1.1);
  });
});
