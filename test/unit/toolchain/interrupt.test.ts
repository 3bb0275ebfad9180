import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "chai";

import { startTimeOf, withLock } from "../../../ops/src/lock.ts";
import { findProcesses } from "../../../ops/src/processes.ts";
import { ensureToolchain } from "../../../ops/src/toolchain/index.ts";
import { installFakeGo } from "./fakeGo.ts";
import { ReleaseServer, tinyGroup } from "./releaseServer.ts";

const indexModule = new URL("../../../ops/src/toolchain/index.ts", import.meta.url).href;
const serverModule = new URL("releaseServer.ts", import.meta.url).href;

describe("toolchain, interrupted", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "paw-interrupt-"));
    mkdirSync(join(folder, "modules", "tiny"), { recursive: true });
    writeFileSync(join(folder, "modules", "tiny", "go.mod"), "module paw.invalid/tiny\n\ngo 1.21\n");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  /** Makes two groups from their modules in a process of its own, with a listener for Ctrl-C as the command has. */
  const makeTwo = (env: NodeJS.ProcessEnv = {}): { child: ChildProcess; output: Promise<string> } => {
    const script = `
      process.once("SIGINT", () => undefined);
      const { ensureToolchain } = await import(${JSON.stringify(indexModule)});
      const { tinyGroup } = await import(${JSON.stringify(serverModule)});
      await ensureToolchain({
        cacheDir: ${JSON.stringify(join(folder, "cache"))},
        modulesFolder: ${JSON.stringify(join(folder, "modules"))},
        groups: [tinyGroup({ name: "one" }), tinyGroup({ name: "two" })],
        ways: ["module"],
        report: (event) => process.stderr.write(event.kind + "\\n"),
      });`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "ignore", "pipe"],
      env: { ...process.env, ...env },
    });
    let text = "";
    child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
    const output = new Promise<string>((resolve) =>
      child.once("close", () => {
        resolve(text);
      }),
    );
    return { child, output };
  };

  const appears = async (file: string): Promise<string> => {
    while (!existsSync(file) || readFileSync(file, "utf8") === "") await sleep(20);
    return readFileSync(file, "utf8").trim();
  };

  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    it(`${signal}: the build and its children end, nothing is left, and nothing else is begun`, async () => {
      const { child, output } = makeTwo({ PATH: installFakeGo(folder, { proxy: "off", build: "hangs" }) });
      const compiler = Number(await appears(join(folder, "child")));
      expect(startTimeOf(compiler)).to.be.a("string");
      // Only to the process itself, as `kill` does it; a terminal would tell the whole group.
      child.kill(signal);
      expect(await output).to.contain(`Interrupted (${signal})`);
      expect(startTimeOf(compiler)).to.equal(undefined);
      expect(readFileSync(join(folder, "calls"), "utf8").trim().split("\n")).to.have.length(1);
      expect(readdirSync(join(folder, "cache", "tools"))).to.deep.equal([]);
      expect(readdirSync(join(folder, "cache", "locks"))).to.deep.equal([]);
    });
  }

  it("SIGKILL: what still builds is ended by the next run", async () => {
    const { child, output } = makeTwo({ PATH: installFakeGo(folder, { proxy: "off", build: "hangs" }) });
    await appears(join(folder, "child"));
    child.kill("SIGKILL");
    await output;
    const building = (): unknown[] => findProcesses(join(folder, "cache", "tools"));
    expect(building()).not.to.deep.equal([]);
    const next = makeTwo({ PATH: installFakeGo(folder, { proxy: "off", build: "fails" }) });
    await next.output;
    expect(building()).to.deep.equal([]);
    // The stand-in for a compiler has no command line that names the draft, as a real one has.
    process.kill(Number(readFileSync(join(folder, "child"), "utf8")));
    expect(readdirSync(join(folder, "cache", "tools"))).to.deep.equal([]);
  });

  it("while waiting for another process: ends, and leaves the other's lock alone", async () => {
    const lock = join(folder, "cache", "locks", "one");
    await withLock(lock, {}, async () => {
      const { child, output } = makeTwo();
      await new Promise<void>((resolve) =>
        child.stderr?.on("data", (chunk: Buffer) => {
          if (chunk.toString().includes("waiting")) resolve();
        }),
      );
      child.kill("SIGINT");
      expect(await output).to.contain("Interrupted (SIGINT)");
      expect(existsSync(lock)).to.be.true;
    });
  });

  it("a caller's signal ends a download at once, and its reason is what is thrown", async () => {
    const server = await ReleaseServer.start();
    server.fault = "stalls";
    const stop = new AbortController();
    const making = ensureToolchain({
      cacheDir: join(folder, "cache"),
      groups: [tinyGroup()],
      modulesFolder: join(folder, "modules"),
      ways: ["release", "module"],
      mapUrl: server.mapUrl,
      patience: 60_000,
      signal: stop.signal,
    });
    while (server.downloads() === 0) await sleep(20);
    stop.abort(new Error("enough"));
    let message = "";
    await making.catch((error: unknown) => (message = String(error)));
    await server.stop();
    expect(message).to.equal("Error: enough");
    expect(readdirSync(join(folder, "cache", "tools"))).to.deep.equal([]);
  });
});
