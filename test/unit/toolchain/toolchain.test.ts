import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "chai";

import { ensureToolchain, inspectToolchain } from "../../../ops/src/toolchain/index.ts";
import { type Fault, tinyGroup, toolContent } from "./releaseServer.ts";
import { workshop } from "./workshop.ts";

const indexModule = new URL("../../../ops/src/toolchain/index.ts", import.meta.url).href;
const serverModule = new URL("releaseServer.ts", import.meta.url).href;

describe("toolchain", () => {
  const shop = workshop();
  const { options, failure } = shop;

  /** Names of what lies in the cache beside whole entries and their locks. */
  const leftovers = (): string[] => {
    const tools = join(shop.folder, "cache", "tools");
    return existsSync(tools) ? readdirSync(tools).filter((name) => name.startsWith(".draft")) : [];
  };

  describe("release", () => {
    it("is downloaded, checked, made executable, and used from the cache the next time", async () => {
      const { tools, binDir } = await ensureToolchain(options());
      expect(tools.etcd).to.include({ version: "3.7.3", origin: "release" });
      expect(readFileSync(tools.etcd.path).equals(toolContent)).to.be.true;
      expect(readFileSync(join(binDir, "etcd")).equals(toolContent)).to.be.true;
      await ensureToolchain(options());
      expect(shop.server.downloads()).to.equal(1);
      expect(shop.events.filter((event) => event.kind === "start")).to.have.length(1);
    });

    it("survives one truncated transfer", async () => {
      shop.server.fault = "truncates once";
      const { tools } = await ensureToolchain(options());
      expect(readFileSync(tools.etcd.path).equals(toolContent)).to.be.true;
      expect(shop.server.downloads()).to.equal(2);
    });

    const faults: [Fault, string][] = [
      ["truncates", "etcd-file"],
      ["lies about the hash", "SHA-256"],
      ["answers 404", "404"],
      ["stalls", "sent nothing for 0.3 s"],
      ["has no checksum", "no checksum"],
    ];
    for (const [fault, words] of faults) {
      it(`a server that ${fault}: one error with the reason, and nothing half made`, async () => {
        shop.server.fault = fault;
        const error = await failure();
        expect(error.message).to.contain(words);
        expect(error.attempts.map(({ way }) => way)).to.deep.equal(["release"]);
        expect(leftovers()).to.deep.equal([]);
        // The next run, against a server that behaves, succeeds.
        shop.server.fault = "none";
        const { tools } = await ensureToolchain(options());
        expect(readFileSync(tools.etcd.path).equals(toolContent)).to.be.true;
      });
    }

    it("a hash that changed since the first time is refused, although the server is in accord with itself", async () => {
      await ensureToolchain(options());
      rmSync(join(shop.folder, "cache", "tools"), { recursive: true });
      const hashes = join(shop.folder, "cache", "hashes.json");
      const known = JSON.parse(readFileSync(hashes, "utf8")) as Record<string, string>;
      expect(Object.keys(known)).to.deep.equal(["https://releases.invalid/v3.7.3/etcd-file"]);
      writeFileSync(
        hashes,
        JSON.stringify(Object.fromEntries(Object.keys(known).map((url) => [url, "a".repeat(64)]))),
      );
      const error = await failure();
      expect(error.message).to.contain("a".repeat(64));
      expect(shop.events.some((event) => event.kind === "warning")).to.be.true;
    });

    it("a host that is not there costs one look for all groups", async () => {
      await shop.server.stop();
      const names = ["one", "two", "three"];
      const begun = Date.now();
      const error = await failure({ groups: names.map((name) => tinyGroup({ name })) });
      expect(Date.now() - begun).to.be.lessThan(4500);
      expect(error.attempts.map(({ group }) => group)).to.deep.equal(names);
      for (const { reason } of error.attempts)
        expect(reason).to.contain("cannot be reached: connect ECONNREFUSED");
    });

    it("a host that swallows everything costs its time-out once, not per tool", async function () {
      this.timeout(15_000);
      const { createServer } = await import("node:net");
      const silent = createServer(() => undefined);
      await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
      const { port } = silent.address() as { port: number };
      const begun = Date.now();
      const groups = ["one", "two", "three", "four"].map((name) => tinyGroup({ name }));
      const error = await failure({ groups, mapUrl: () => `http://127.0.0.1:${port}/x` });
      expect(Date.now() - begun).to.be.lessThan(6000);
      for (const { reason } of error.attempts) expect(reason).to.contain("no answer within 4 s");
      silent.close();
    });

    it("killed half way: nothing half made, and the next run succeeds", async () => {
      shop.server.fault = "stalls";
      const child = startInOtherProcess(30_000);
      while (shop.server.downloads() === 0) await sleep(20);
      await sleep(100);
      expect(leftovers()).to.have.length(1);
      child.kill("SIGKILL");
      await new Promise((resolve) => child.once("close", resolve));
      const before = await inspectToolchain(options());
      expect(before.find((tool) => tool.name === "etcd")?.origin).to.equal("missing");
      shop.server.fault = "none";
      const { tools } = await ensureToolchain(options());
      expect(readFileSync(tools.etcd.path).equals(toolContent)).to.be.true;
      expect(leftovers()).to.deep.equal([]);
    });

    it("two at once: one downloads, the other waits and takes the result", async () => {
      const codes = await Promise.all(
        [startInOtherProcess(5000), startInOtherProcess(5000)].map(
          (child) => new Promise<number | null>((resolve) => child.once("close", resolve)),
        ),
      );
      expect(codes).to.deep.equal([0, 0]);
      expect(shop.server.downloads()).to.equal(1);
    });

    function startInOtherProcess(patience: number): ReturnType<typeof spawn> {
      const script = `
        const { ensureToolchain } = await import(${JSON.stringify(indexModule)});
        const { tinyGroup } = await import(${JSON.stringify(serverModule)});
        await ensureToolchain({
          cacheDir: ${JSON.stringify(join(shop.folder, "cache"))},
          modulesFolder: ${JSON.stringify(join(shop.folder, "modules"))},
          groups: [tinyGroup()],
          ways: ["release"],
          patience: ${patience},
          mapUrl: (url) => ${JSON.stringify(shop.server.origin)} + "/" + url.split("/").pop(),
        });`;
      return spawn(process.execPath, ["--input-type=module", "-e", script], {
        stdio: ["ignore", "ignore", "inherit"],
      });
    }
  });

  describe("machine", () => {
    const machine = { minimum: "3.5.0", versionArgs: { etcd: ["--version"] } };
    const install = (version: string): void => {
      const bin = join(shop.folder, "bin");
      mkdirSync(bin, { recursive: true });
      writeFileSync(join(bin, "etcd"), `#!/bin/sh\necho "etcd Version: ${version}"\n`);
      chmodSync(join(bin, "etcd"), 0o755);
      process.env.PATH = `${bin}:${process.env.PATH ?? ""}`;
    };

    it("a tool that is new enough is used, and nothing is downloaded", async () => {
      install("3.6.1");
      const { tools } = await ensureToolchain(
        options({ ways: ["machine", "release"], groups: [tinyGroup({ machine })] }),
      );
      expect(tools.etcd).to.deep.equal({
        name: "etcd",
        version: "3.6.1",
        origin: "machine",
        path: join(shop.folder, "bin", "etcd"),
      });
      expect(shop.server.asked).to.deep.equal([]);
    });

    it("one that is too old is passed over", async () => {
      install("3.4.9");
      const { tools } = await ensureToolchain(
        options({ ways: ["machine", "release"], groups: [tinyGroup({ machine })] }),
      );
      expect(tools.etcd.origin).to.equal("release");
    });

    it("one that was replaced is asked again", async () => {
      install("3.4.9");
      await failure({ ways: ["machine"], groups: [tinyGroup({ machine })] });
      install("3.5.10");
      const { tools } = await ensureToolchain(
        options({ ways: ["machine"], groups: [tinyGroup({ machine })] }),
      );
      expect(tools.etcd.version).to.equal("3.5.10");
    });
  });

  it("no network and no Go: one error that names every way of every group, and what to do", async () => {
    await shop.server.stop();
    process.env.PATH = join(shop.folder, "nothing");
    const names = ["one", "two"];
    const error = await failure({
      ways: ["machine", "release", "module"],
      groups: names.map((name) => tinyGroup({ name })),
    });
    expect(error.attempts.map(({ group, way }) => `${group} ${way}`)).to.deep.equal(
      names.flatMap((name) => [`${name} machine`, `${name} release`, `${name} module`]),
    );
    expect(error.message)
      .to.contain("there is no Go on PATH")
      .and.to.contain("https://go.dev/dl/")
      .and.to.contain("PATH");
  });
});
