/** The profile `minimal` as the specification has it: 10 TPS for the whole five minutes, on a real network of six nodes. */
import { expect } from "chai";

import { type Chain, canRunPods, startSixNodes } from "../support/chain.ts";
import { fullNodeRpc, funderFile, printed, verdicts } from "../support/load.ts";
import { Sandbox } from "../support/sandbox.ts";

describe("A26: minimal, in full", () => {
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

  it("10 TPS for 5 minutes: every mark holds", async () => {
    const { file } = await funderFile(sandbox, chain);
    const args = ["paw", "load", "--profile", "minimal", "--mnemonic", file, "--rpc", fullNodeRpc, "--json"];
    const outcome = await sandbox.run("npx", args);
    const result = printed(outcome);
    for (const { title, verdict, found } of result.results as unknown as Record<string, string>[]) {
      console.info(`      ${verdict ?? ""}: ${title ?? ""}: ${found ?? ""}`);
    }
    expect(result.plan).to.deep.equal({ profile: "minimal", rate: 10, seconds: 300, overrides: [] });
    expect(result.offered).to.equal(3000);
    expect(new Set(Object.values(verdicts(result))), outcome.all).to.deep.equal(new Set(["proven"]));
    expect(outcome.exitCode).to.equal(0);
  }).timeout(600_000);
});
