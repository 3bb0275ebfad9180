/** A live cluster leaves the host as it was: while it runs, when it goes, and whatever was killed on the way. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "chai";
import { execa } from "execa";

import { findGroups, groupOf } from "../../ops/src/cluster/live/cgroups.ts";
import { findProcesses } from "../../ops/src/processes.ts";
import { eventually } from "../support/chain.ts";
import { cannotRun } from "../support/live/stage.ts";
import { Sandbox } from "../support/sandbox.ts";

/** Milliseconds after which "paw cluster up" is killed: before, while and after each part begins. */
const moments = (process.env.PAW_LIVE_KILLS ?? "700,2500,4500,8000").split(",").map(Number);
/** What a kubelet writes to. */
const tunables = [
  "vm/overcommit_memory",
  "vm/panic_on_oom",
  "kernel/panic",
  "kernel/panic_on_oops",
  "net/ipv4/ip_forward",
];

describe("live: the host stays as it was", function () {
  this.timeout(600_000);
  let sandbox: Sandbox;
  let untouched: Record<string, unknown>;
  const name = "host";

  before(async function () {
    if (cannotRun()) this.skip();
    sandbox = await Sandbox.create();
    untouched = await host();
  });
  after(async () => {
    // Its own alone: other suites of the run share another.
    await (sandbox as Sandbox | undefined)?.dispose();
  });

  const folder = (): string => join(sandbox.folder, ".paw", "clusters", name);
  const up = (): string[] => ["paw", "cluster", "up", "--kind", "live", "--name", name];

  /** Everything of the host that a node could change. */
  async function host(): Promise<Record<string, unknown>> {
    const links = await execa("ip", ["-o", "link"]);
    const rules = await execa("nft", ["list", "ruleset"], { reject: false });
    return {
      mounts: readFileSync("/proc/self/mountinfo", "utf8")
        .split("\n")
        .map((line) => line.split(" ")[4])
        .sort(),
      links: links.stdout.split("\n").map((line) => line.split(":")[1]),
      rules: rules.stdout,
      tunables: tunables.map((each) => readFileSync(`/proc/sys/${each}`, "utf8").trim()),
      folders: ["/var/lib", "/run", "/opt", "/etc/cni"].map((each) => {
        try {
          return readdirSync(each).sort();
        } catch {
          return [];
        }
      }),
    };
  }

  async function nothingIsLeft(): Promise<void> {
    await eventually("no process", 20, () => findProcesses(folder()).length === 0);
    expect(findGroups(groupOf(folder()))).to.deep.equal([]);
    // The kernel takes a network apart by itself, a moment after its last process.
    await sleep(500);
    expect(await host()).to.deep.equal(untouched);
  }

  it("nothing of it is seen on the host while it runs, but processes, cgroups and one port on loopback", async () => {
    const given = await sandbox.run("npx", up());
    expect(given.exitCode, given.all).to.equal(0);
    expect(given.stdout).to.match(/live cluster "host" is ready at https:\/\/127\.0\.0\.1:\d+/);
    expect(await host()).to.deep.equal(untouched);
    expect(findGroups(groupOf(folder()))).not.to.deep.equal([]);
    const listening = await execa("ss", ["-ltnH"], { reject: false });
    const open = listening.stdout.split("\n").filter((line) => !/127\.0\.0\.\d+:|\[::1\]:/.test(line));
    const inherited = open.filter((line) => /:(6443|10250|2379|10256)\b/.test(line));
    expect(inherited).to.deep.equal([]);
  });

  it("down leaves no process, mount, interface, rule or cgroup", async () => {
    const given = await sandbox.run("npx", ["paw", "cluster", "down", "--name", name]);
    expect(given.exitCode, given.all).to.equal(0);
    await nothingIsLeft();
  });

  for (const moment of moments) {
    it(`neither does it after kill -9 of "up" ${moment} ms after its start`, async () => {
      const child = execa("npx", up(), { cwd: sandbox.folder, detached: true, reject: false });
      await sleep(moment);
      process.kill(-(child.pid ?? 0), "SIGKILL");
      await child;
      const given = await sandbox.run("npx", ["paw", "cluster", "down", "--name", name]);
      expect(given.exitCode, given.all).to.equal(0);
      await nothingIsLeft();
    });
  }

  it("nor after kill -9 of the processes that hold it", async () => {
    const given = await sandbox.run("npx", up());
    expect(given.exitCode, given.all).to.equal(0);
    const holders = findProcesses(groupOf(folder()));
    expect(holders.length).to.be.greaterThan(1);
    for (const { pid } of holders) {
      try {
        process.kill(pid, "SIGKILL");
      } catch {
        // It went with the one before.
      }
    }
    await eventually("all of it ends", 20, () => findProcesses(folder()).length === 0);
    const down = await sandbox.run("npx", ["paw", "cluster", "down", "--name", name]);
    expect(down.exitCode, down.all).to.equal(0);
    await nothingIsLeft();
  });
});
