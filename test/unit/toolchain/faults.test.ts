import { spawn, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "chai";

import { groups as allGroups } from "../../../ops/src/toolchain/groups.ts";
import { ensureToolchain, inspectToolchain } from "../../../ops/src/toolchain/index.ts";
import { tools as pins } from "../../../versions.ts";
import { installFakeGo } from "./fakeGo.ts";
import { tinyGroup, toolContent } from "./releaseServer.ts";
import { workshop } from "./workshop.ts";

const indexModule = new URL("../../../ops/src/toolchain/index.ts", import.meta.url).href;
const serverModule = new URL("releaseServer.ts", import.meta.url).href;
const lockModule = new URL("../../../ops/src/lock.ts", import.meta.url).href;

describe("toolchain, where things go wrong", () => {
  const shop = workshop();
  const { options, failure } = shop;

  it("a lock file that a power cut left empty does not hold anybody up", () => {
    const lock = join(shop.folder, "lock");
    writeFileSync(lock, "");
    const script = `
      const { withLock } = await import(${JSON.stringify(lockModule)});
      await withLock(${JSON.stringify(lock)}, {}, async () => process.stdout.write("in"));`;
    const child = spawnSync(process.execPath, ["--input-type=module", "-e", script], { timeout: 5000 });
    expect(child.stdout.toString()).to.equal("in");
    expect(existsSync(lock)).to.be.false;
  });

  it("a group whose name begins with another's keeps its draft while the other is made", async () => {
    shop.server.fault = "stalls";
    const script = `
      const { ensureToolchain } = await import(${JSON.stringify(indexModule)});
      const { tinyGroup } = await import(${JSON.stringify(serverModule)});
      await ensureToolchain({
        cacheDir: ${JSON.stringify(join(shop.folder, "cache"))},
        modulesFolder: ${JSON.stringify(join(shop.folder, "modules"))},
        groups: [tinyGroup({ name: "etcd-more" })],
        ways: ["release"],
        patience: 30000,
        mapUrl: (url) => ${JSON.stringify(shop.server.origin)} + "/" + url.split("/").pop(),
      });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: "ignore" });
    while (shop.server.downloads() === 0) await sleep(20);
    shop.server.fault = "none";
    await ensureToolchain(options());
    const drafts = readdirSync(join(shop.folder, "cache", "tools")).filter((name) =>
      name.startsWith(".draft"),
    );
    child.kill("SIGKILL");
    await new Promise((resolve) => child.once("close", resolve));
    expect(drafts).to.have.length(1);
  });

  it("a tool that somebody took out of the cache is missing, and is made again", async () => {
    const { tools } = await ensureToolchain(options());
    rmSync(tools.etcd.path);
    const seen = await inspectToolchain(options());
    expect(seen.find((tool) => tool.name === "etcd")?.origin).to.equal("missing");
    const { binDir } = await ensureToolchain(options());
    expect(readFileSync(join(binDir, "etcd")).equals(toolContent)).to.be.true;
  });

  it("a download that nobody answers costs its time-out once for all groups", async () => {
    shop.server.fault = "never answers";
    const names = ["one", "two", "three"];
    const error = await failure({ groups: names.map((name) => tinyGroup({ name })) });
    expect(error.attempts.map(({ reason }) => reason)).to.deep.equal(
      names.map(() => `${shop.server.mapUrl("etcd-file")} sent nothing for 0.3 s`),
    );
    expect(shop.server.downloads()).to.equal(1);
  });

  it("no progress is told for a list of checksums", async () => {
    await ensureToolchain(options());
    const told = shop.events.filter((event) => event.kind === "progress").map((event) => event.text);
    expect(told).to.have.length(1);
  });

  it("a proxy that Node does not use is named as what may be wrong", async () => {
    await shop.server.stop();
    process.env.https_proxy = "http://127.0.0.1:1";
    expect((await failure()).message).to.contain("NODE_USE_ENV_PROXY=1");
  });

  it("a way that is misspelt in PAW_TOOLCHAIN_WAYS is an error, not a way less", async () => {
    process.env.PAW_TOOLCHAIN_WAYS = "relase,module";
    let message = "";
    await ensureToolchain({ cacheDir: join(shop.folder, "cache"), groups: [tinyGroup()] }).catch(
      (error: unknown) => (message = String(error)),
    );
    expect(message).to.contain("relase,module").and.to.contain("machine, release, module");
  });

  describe("the provider", () => {
    const provider = allGroups.filter((group) => group.name === "kubernetes-provider");
    const install = (home: string): string => {
      const plugin = join(home, "plugins", `resource-kubernetes-v${pins.kubernetesProvider}`);
      mkdirSync(plugin, { recursive: true });
      const file = join(plugin, "pulumi-resource-kubernetes");
      writeFileSync(file, "#!/bin/sh\n");
      chmodSync(file, 0o755);
      process.env.PULUMI_HOME = home;
      return file;
    };
    const look = async (): Promise<{ origin: string; path?: string } | undefined> => {
      const found = await inspectToolchain({
        cacheDir: join(shop.folder, "cache"),
        groups: provider,
        ways: ["machine"],
      });
      return found.find((tool) => tool.name === "pulumi-resource-kubernetes");
    };

    it("of the user's own PULUMI_HOME is used", async () => {
      const file = install(join(shop.folder, "home"));
      expect(await look()).to.include({ origin: "machine", path: file });
    });

    it("in the PULUMI_HOME of paw is not taken for the user's own", async () => {
      install(join(shop.folder, "cache", "pulumi-home"));
      process.env.HOME = join(shop.folder, "nobody");
      expect((await look())?.origin).to.equal("missing");
    });
  });

  describe("Go", () => {
    let message = "";
    const buildWith = async (proxy: string): Promise<string> => {
      process.env.PATH = installFakeGo(shop.folder, { proxy, build: "fails" });
      message = (await failure({ ways: ["module"] })).message;
      return readFileSync(join(shop.folder, "calls"), "utf8");
    };

    it("takes only what is here when its module proxy cannot be reached, and does not wait for it", async () => {
      const { origin } = shop.server;
      await shop.server.stop();
      expect(await buildWith(`${origin},direct`)).to.contain("GOPROXY=off ");
      expect(message).to.contain("kept off its module proxy, since 127.0.0.1 cannot be reached");
    });

    it("keeps a module proxy that answers", async () => {
      expect(await buildWith(`${shop.server.origin},direct`)).to.contain("GOPROXY= ");
      expect(message).not.to.contain("kept off");
    });

    it("keeps its own ways where there are several, or a web proxy", async () => {
      const { origin } = shop.server;
      await shop.server.stop();
      expect(await buildWith(`${origin}|https://other.invalid`)).to.contain("GOPROXY= ");
      rmSync(join(shop.folder, "calls"));
      process.env.https_proxy = "http://127.0.0.1:1";
      expect(await buildWith(`${origin},direct`)).to.contain("GOPROXY= ");
    });

    it("builds for this machine, without the state of a repository around the cache", async () => {
      process.env.GOOS = "plan9";
      process.env.GOFLAGS = "-mod=mod";
      expect(await buildWith("off")).to.contain("GOOS= GOFLAGS=-mod=readonly -buildvcs=false");
    });
  });
});
