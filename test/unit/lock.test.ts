import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "chai";

import { isAlive, startTimeOf, withLock } from "../../ops/src/lock.ts";

const lockModule = new URL("../../ops/src/lock.ts", import.meta.url).href;

/** A process that takes the lock, says so, and holds it until it is killed. */
async function holder(path: string): Promise<{ kill: () => Promise<void>; pid: number }> {
  const script = `
    const { withLock } = await import(${JSON.stringify(lockModule)});
    await withLock(${JSON.stringify(path)}, {}, async () => {
      process.stdout.write("held");
      await new Promise((resolve) => setTimeout(resolve, 60000));
    });`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await new Promise((resolve) => child.stdout.once("data", resolve));
  const ended = new Promise<void>((resolve) =>
    child.once("close", () => {
      resolve();
    }),
  );
  return {
    pid: child.pid ?? -1,
    kill: () => {
      child.kill("SIGKILL");
      return ended;
    },
  };
}

describe("lock", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "paw-lock-"));
    path = join(folder, "lock");
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  it("lets one in at a time, and everyone in the end", async () => {
    let inside = 0;
    let most = 0;
    let runs = 0;
    const work = async (): Promise<void> => {
      inside += 1;
      most = Math.max(most, inside);
      await sleep(5);
      inside -= 1;
      runs += 1;
    };
    await Promise.all(Array.from({ length: 8 }, () => withLock(path, {}, work)));
    expect({ most, runs }).to.deep.equal({ most: 1, runs: 8 });
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it("is released when the work fails, and hands the failure on", async () => {
    let message = "";
    try {
      await withLock(path, {}, () => Promise.reject(new Error("broken")));
    } catch (error) {
      message = String(error);
    }
    expect(message).to.contain("broken");
    expect(existsSync(path)).to.be.false;
  });

  it("names the living holder once to who waits, and works at once after the holder's SIGKILL", async () => {
    const other = await holder(path);
    const told: number[] = [];
    const done = withLock(path, { onWait: ({ pid }) => told.push(pid) }, () => Promise.resolve("in"));
    await sleep(350);
    expect(told).to.deep.equal([other.pid]);
    await other.kill();
    const killed = Date.now();
    expect(await done).to.equal("in");
    expect(Date.now() - killed).to.be.lessThan(1000);
  });

  it("is stale when its process id belongs to another process by now", async () => {
    const owner = {
      pid: process.pid,
      startTime: "1",
      host: hostname(),
      command: "gone",
      since: "2020-01-01T00:00:00Z",
    };
    writeFileSync(path, JSON.stringify(owner));
    expect(isAlive(owner)).to.be.false;
    expect(isAlive({ ...owner, startTime: startTimeOf(process.pid) ?? "" })).to.be.true;
    expect(await withLock(path, {}, () => Promise.resolve("in"))).to.equal("in");
  });

  it("many that find the same dead owner still enter one at a time", async () => {
    for (let round = 0; round < 8; round++) {
      const dead = {
        pid: 2 ** 22 + round,
        startTime: "1",
        host: hostname(),
        command: "gone",
        since: String(round),
      };
      writeFileSync(path, JSON.stringify(dead));
      let inside = 0;
      let most = 0;
      const work = async (): Promise<void> => {
        most = Math.max(most, ++inside);
        await sleep(1);
        inside -= 1;
      };
      await Promise.all(Array.from({ length: 6 }, () => withLock(path, {}, work)));
      expect(most).to.equal(1);
    }
    expect(readdirSync(folder)).to.deep.equal([]);
  });

  it("a breaker that was killed while breaking does not block the lock", async () => {
    const other = await holder(path);
    await other.kill();
    const lockFile = readdirSync(folder).find((name) => name === "lock");
    expect(lockFile).to.equal("lock");
    // The next one leaves its guard behind as a killed breaker would: made by a process that is gone.
    const { createHash } = await import("node:crypto");
    const { readFileSync } = await import("node:fs");
    const dead = JSON.parse(readFileSync(path, "utf8")) as object;
    const guard = `${path}.${createHash("sha256").update(JSON.stringify(dead)).digest("hex").slice(0, 12)}`;
    writeFileSync(guard, JSON.stringify({ ...dead, since: "a killed breaker" }));
    expect(await withLock(path, {}, () => Promise.resolve("in"))).to.equal("in");
    expect(readdirSync(folder)).to.deep.equal([]);
  });
});
