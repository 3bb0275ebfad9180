/** A pull request's check, as it is typed: what it says of a clean branch, of a wrong one, and of a dangerous one. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { type Outcome, Sandbox } from "../support/sandbox.ts";

describe("paw pr-check", () => {
  let sandbox: Sandbox;
  const check = (...more: string[]): Promise<Outcome> =>
    sandbox.run("npx", ["paw", "pr-check", "--base", "HEAD", "--without-charts", ...more]);

  before(async function () {
    this.timeout(600_000);
    sandbox = await Sandbox.create();
    // Wherever this runs, no chart can be had.
    for (const stack of ["staging", "production"]) {
      sandbox.change(`Pulumi.${stack}.yaml`, (text) =>
        text.replace("source: upstream", "source: mirror\n    mirror: oci://127.0.0.1:9/charts"),
      );
    }
    const author = ["-c", "user.name=test", "-c", "user.email=test@localhost"];
    await sandbox.ok("git", [...author, "commit", "--quiet", "--all", "-m", "no charts"]);
  });

  after(async () => {
    await Sandbox.disposeAll();
  });

  it("without charts it does not start, unless that is known", async () => {
    const outcome = await sandbox.run("npx", ["paw", "pr-check", "--base", "HEAD"]);
    expect(outcome.exitCode).to.equal(1);
    expect(outcome.stderr)
      .to.contain("The charts of staging and production cannot be had here")
      .and.to.contain("--without-charts");
    expect(outcome.stdout).to.equal("");
  });

  it("a base that is not known is one clear message", async () => {
    const outcome = await sandbox.run("npx", ["paw", "pr-check", "--base", "origin/nowhere"]);
    expect(outcome.exitCode).to.equal(1);
    expect(outcome.stderr).to.contain('"origin/nowhere"').and.to.contain("git fetch");
  });

  it("a clean branch passes: nothing changes, and what could not be evaluated is told", async () => {
    const first = await check();
    expect(first.exitCode, first.all).to.equal(0);
    const again = await check("--comment", "comment.md");
    console.info(`      cold ${first.seconds.toFixed(0)} s, warm ${again.seconds.toFixed(0)} s`);
    expect(again.seconds, "seconds of a warm run").to.be.lessThan(90);
    expect(`${again.stdout}\n`).to.equal(readFileSync(join(sandbox.folder, "comment.md"), "utf8"));
    for (const stack of ["local", "staging", "production"]) {
      expect(again.stdout).to.match(
        new RegExp(`\\| ${stack} \\| \\d+ \\| 0 \\| 0 \\| 0 \\| 0 \\| \\d+ proven`),
      );
    }
    expect(again.stdout)
      .to.contain("✅ passed")
      .and.to.contain("**Not evaluated**: rules about the platform's charts");
    expect(again.stdout).not.to.contain("What fails").and.not.to.contain("Look at these");
  });

  it("A29: a wrong line fails: object, rule, stacks, place and fix are named, no secret is", async () => {
    const privileged = (text: string): string =>
      text.replace(
        "securityContext: restrictedContainerContext()",
        'securityContext: { ...restrictedContainerContext(), privileged: true }, args: ["--token=hunter2-kV9"]',
      );
    const outcome = await sandbox.withChange("components/bizra/podTemplate.ts", privileged, () => check());
    expect(outcome.exitCode).to.equal(1);
    expect(outcome.stdout)
      .to.contain("❌ failed")
      .and.to.contain("- **pss-privileged**: `Deployment bizra/bizra-apex` in production")
      .and.to.contain("- **pss-privileged**: `Deployment testnet/bizra-apex` in local, staging")
      .and.to.match(
        /securityContext\.privileged \(container bizra-apex\)`: found true, wanted .*\n {2}- fix: \S/,
      )
      .and.to.match(/changed: `Deployment bizra\/bizra-apex`/);
    expect(outcome.all).not.to.contain("hunter2");
  });

  it("a StatefulSet that would be replaced, and an exception that is new, are called out", async () => {
    const undo = [
      sandbox.change("components/chain/nodeSet.ts", (text) =>
        text.replace(
          'podManagementPolicy: "OrderedReady"',
          'podManagementPolicy: "OrderedReady", revisionHistoryLimit: 5',
        ),
      ),
      sandbox.change("policy/exceptions.yaml", (text) =>
        text.replace('expires: "2027-11-30"', 'expires: "2028-11-30"'),
      ),
    ];
    // Validators, sentries and full nodes are all made there.
    const outcome = await check("--stack", "production").finally(() => {
      for (const each of undo) each();
    });
    expect(outcome.exitCode, outcome.all).to.equal(0);
    expect(outcome.stdout)
      .to.match(
        /⚠️ production: `StatefulSet paw\/paw-validator`: the StatefulSet is replaced: spec\.revisionHistoryLimit/,
      )
      .and.to.match(
        /### New exceptions from rules\n\n- \*\*ns-psa-labels\*\* for `Namespace linkerd-cni` until 2028-11-30 \(before: 2027-11-30\)/,
      )
      .and.to.match(/\| production \| \d+ \| 0 \| 3 \| 0 \| 3 \|/);
  });

  it("a program that does not run is a stack without a preview, and the others are judged", async () => {
    const broken = (text: string): string => text.replace("replicas: 3", "replicas: three");
    const outcome = await sandbox.withChange("Pulumi.staging.yaml", broken, () => check());
    expect(outcome.exitCode).to.equal(1);
    expect(outcome.stdout)
      .to.contain("- **staging** has no preview")
      .and.to.contain("paw:bizra.replicas")
      .and.to.match(/\| production \| \d+ \| 0 \| 0 \| 0 \| 0 \| \d+ proven/);
  });

  it("leaves the checkout, and what is deployed from it, as they were", async () => {
    expect(await sandbox.gitStatus()).to.equal("?? comment.md");
    const { stdout } = await sandbox.ok("git", ["worktree", "list"]);
    expect(stdout.split("\n")).to.have.length(1);
    const listed = await sandbox.ok("npx", ["paw", "cluster", "status", "--json"]);
    expect((JSON.parse(listed.stdout) as { name: string }[]).map(({ name }) => name)).to.deep.equal([
      "preview",
    ]);
  });
});
