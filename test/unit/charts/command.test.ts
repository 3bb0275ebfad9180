import { spawnSync } from "node:child_process";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";

import { pull } from "../../../ops/src/commands/charts.ts";
import { bench, errorOf } from "./bench.ts";

const paw = fileURLToPath(new URL("../../../ops/bin/paw.js", import.meta.url));

describe("paw charts", function () {
  // Each run starts the whole command.
  this.timeout(60_000);
  const shop = bench();
  const run = (...args: readonly string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, [paw, "charts", ...args], { encoding: "utf8", cwd: shop.folder });

  it("list shows each pin with its repository", () => {
    const { status, stdout } = run("list");
    expect(status).to.equal(0);
    expect(stdout).to.match(/^vault +0\.34\.1 +https:\/\/helm\.releases\.hashicorp\.com$/m);
    expect(stdout).to.match(/^gateway-api +v1\.2\.1 +https:\/\/github\.com\//m);
  });

  it("verify exits with 1 and shows every missing chart", () => {
    mkdirSync(join(shop.folder, "empty"));
    const { status, stdout } = run("verify", "empty", "--json");
    expect(status).to.equal(1);
    const verdicts = JSON.parse(stdout).charts.map(({ verdict }: { verdict: string }) => verdict);
    expect(verdicts).to.deep.equal(Array(15).fill("missing"));
  });

  it("pull from a mirror that refuses connections exits with 1, all charts and what to do", () => {
    const { status, stderr } = run("pull", "--to", "mirror", "--from", "oci://127.0.0.1:1/charts");
    expect(status).to.equal(1);
    expect(stderr).to.contain("15 of 15 charts").and.to.contain("127.0.0.1:1 cannot be reached");
    expect(stderr).not.to.match(/^ +at /m);
  });

  it("pull from an address with a password is refused without it", async () => {
    const { message } = await errorOf(
      pull({ to: shop.folder, from: "oci://me:s3cr3t@m.example/c", acceptChanged: false }),
    );
    expect(message).to.contain("without user and password").and.not.to.contain("s3cr3t");
  });

  it("pull without a directory to fill is wrong usage", () => {
    expect(run("pull").status).to.equal(2);
  });
});
