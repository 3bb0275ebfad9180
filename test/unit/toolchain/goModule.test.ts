import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { type ToolchainOptions, ensureToolchain } from "../../../ops/src/toolchain/index.ts";
import { ToolchainError, type ToolchainEvent } from "../../../ops/src/toolchain/types.ts";
import { ReleaseServer, tinyGroup } from "./releaseServer.ts";

describe("toolchain, from a Go module", function () {
  this.timeout(60_000);
  let folder: string;
  let source: string;
  let server: ReleaseServer;
  let events: ToolchainEvent[];

  before(function () {
    if (spawnSync("go", ["version"]).status === 0) return;
    process.stderr.write("no Go on PATH: the builds of Go modules are not evaluated\n");
    this.skip();
  });
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), "paw-module-"));
    source = join(folder, "modules", "tiny");
    server = await ReleaseServer.start();
    events = [];
    mkdirSync(source, { recursive: true });
    writeFileSync(join(source, "go.mod"), "module paw.invalid/tiny\n\ngo 1.21\n");
    program('println("built")');
  });
  afterEach(async () => {
    await server.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  const program = (statement: string): void => {
    writeFileSync(join(source, "main.go"), `package main\n\nfunc main() { ${statement} }\n`);
  };
  const options = (ways: ToolchainOptions["ways"] = ["module"]): ToolchainOptions => ({
    cacheDir: join(folder, "cache"),
    modulesFolder: join(folder, "modules"),
    groups: [tinyGroup()],
    ways,
    mapUrl: server.mapUrl,
    report: (event) => events.push(event),
  });
  const saysOf = (path: string): string => spawnSync(path).stderr.toString().trim();

  it("is built where the release cannot be had, and the checkout stays as it is", async () => {
    server.fault = "answers 404";
    const { tools } = await ensureToolchain(options(["release", "module"]));
    expect(tools.etcd.origin).to.equal("module");
    expect(saysOf(tools.etcd.path)).to.equal("built");
    expect(readdirSync(source)).to.have.members(["go.mod", "main.go"]);
    expect(readdirSync(join(tools.etcd.path, "..", ".."))).to.have.members(["bin", "manifest.json"]);
  });

  it("is built where the release's hash is a lie, which is told as a warning", async () => {
    server.fault = "lies about the hash";
    const { tools } = await ensureToolchain(options(["release", "module"]));
    expect(saysOf(tools.etcd.path)).to.equal("built");
    const warnings = events.filter((event) => event.kind === "warning").map((event) => event.text);
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.contain("etcd-file has the SHA-256");
  });

  it("a changed pin makes a new entry", async () => {
    const first = await ensureToolchain(options());
    program('println("anew")');
    const second = await ensureToolchain(options());
    expect(second.tools.etcd.path).not.to.equal(first.tools.etcd.path);
    expect(saysOf(second.tools.etcd.path)).to.equal("anew");
  });

  it("a build that fails leaves nothing, and says what Go said", async () => {
    program("nonsense");
    let failure: unknown;
    await ensureToolchain(options()).catch((error: unknown) => (failure = error));
    expect(failure).to.be.instanceOf(ToolchainError);
    expect((failure as ToolchainError).message).to.contain("nonsense");
    expect(readdirSync(join(folder, "cache", "tools"))).to.deep.equal([]);
  });
});
