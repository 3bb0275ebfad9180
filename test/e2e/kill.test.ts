/**
 * `npm run up` killed at random moments, with everything in its process group, each followed by a run that succeeds.
 *
 * PAW_KILL_RUNS sets the number of runs (20), PAW_KILL_SEED repeats a sequence of moments.
 */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { gunzipSync, gzipSync } from "node:zlib";

import { expect } from "chai";

import { killGroup, upInterrupted } from "../support/interrupted.ts";
import { Sandbox, bareCluster } from "../support/sandbox.ts";

const runs = Number(process.env.PAW_KILL_RUNS ?? 20);
const seed = Number(process.env.PAW_KILL_SEED ?? Date.now() % 1_000_000);

/** A StatefulSet: the API server completes its claim templates, and its pods hold claims. */
const sentries = "StatefulSet::paw-chain-sentries-nodes-set";

/** A small generator of numbers from 0 to 1 that repeats for a seed (a linear congruence, Numerical Recipes' figures). */
function generator(state: number): () => number {
  let current = state >>> 0;
  return () => {
    current = (Math.imul(current, 1664525) + 1013904223) >>> 0;
    return current / 2 ** 32;
  };
}

describe(`npm run up, killed ${runs} times (PAW_KILL_SEED=${seed})`, () => {
  let sandbox: Sandbox;
  let fullRun = 0;
  const random = generator(seed);

  before(async function () {
    this.timeout(600_000);
    sandbox = await Sandbox.create();
    fullRun = (await sandbox.ok("npm", ["run", "up"])).seconds;
    await sandbox.loadEnvironment();
  });

  after(async () => {
    await Sandbox.disposeAll();
  });

  for (let run = 1; run <= runs; run++) {
    // Every other run begins with nothing, so that creating is interrupted as well as updating.
    const fromNothing = run % 2 === 1;
    it(`run ${run}, from ${fromNothing ? "nothing" : "a stack that is up"}`, async () => {
      if (fromNothing) await sandbox.ok("npx", ["paw", "destroy"]);
      const moment = random() * fullRun * 1000;
      await upKilledAfter(sandbox.folder, moment);

      const up = await sandbox.ok("npm", ["run", "up"]);
      expect(up.stdout, `killed after ${moment.toFixed(0)} ms`).to.contain("The local stack is up");
      await sandbox.ok("pulumi", ["preview", "--stack", "local", "--expect-no-changes"]);
      await sandbox.ok("kubectl", [
        "rollout",
        "status",
        "deployment/bizra-apex",
        "-n",
        "testnet",
        "--timeout=20s",
      ]);
      expect(pendingOperations(sandbox.folder), "pending operations").to.equal(0);
      expect(await strayProcesses(sandbox.folder), "processes beside the cluster's own five").to.deep.equal(
        [],
      );
      expect(await sandbox.gitStatus()).to.equal("");
    });
  }

  it("Ctrl-C ends it tidily with 130, and the next run goes on", async () => {
    // While the cluster starts, and while objects are created.
    for (const sign of ["starting etcd", "creating"]) {
      await sandbox.ok("npx", ["paw", "destroy"]);
      expect(await interruptedAt(sandbox.folder, sign), `interrupted at "${sign}"`).to.equal(130);
      expect(await strayProcesses(sandbox.folder)).to.deep.equal([]);
    }
    await sandbox.ok("npm", ["run", "up"]);
    await sandbox.ok("pulumi", ["preview", "--stack", "local", "--expect-no-changes"]);
  });

  it("an object that was made and not recorded is recorded by the next run, and goes with the stack", async () => {
    unrecord(sandbox.folder, sentries, "operation under way");
    const up = await sandbox.ok("npm", ["run", "up"]);
    expect(up.all).to.contain("recorded 1 object(s) that an interrupted run had made");
    expect(up.stdout).to.contain("0 changes");

    unrecord(sandbox.folder, sentries, "operation under way");
    const destroyed = await sandbox.ok("npx", ["paw", "destroy"]);
    expect(destroyed.all).to.contain("recorded 1 object(s) that an interrupted run had made");
  });

  it("an object of which the state knows nothing is taken over, without a conflict over what the API server completed", async () => {
    await sandbox.ok("npm", ["run", "up"]);
    unrecord(sandbox.folder, sentries, "nothing");
    const up = await sandbox.ok("npm", ["run", "up"]);
    expect(up.stdout).to.contain("1 changes (1 create)");
    await sandbox.ok("pulumi", ["preview", "--stack", "local", "--expect-no-changes"]);
  });

  it("a change whose run was killed is taken back by a run without it, though the state never knew of it", async () => {
    const flag = async (): Promise<string | undefined> =>
      (await sandbox.stored<{ data: Record<string, string> }>("configmap", "bizra-config", "-n", "testnet"))
        .data.POI_BATCH_VERIFY;
    expect(await flag()).to.equal("0");
    const changed = (text: string): string => text.replace("poiBatchVerify: false", "poiBatchVerify: true");
    await sandbox.withChange("Pulumi.local.yaml", changed, async () => {
      const run = await upInterrupted(sandbox.folder, {
        sign: "bizra-apex-config created replacement",
        happens: killGroup,
      });
      expect(run.happened, run.output).to.equal(true);
    });
    expect(await flag()).to.equal("1");
    await sandbox.ok("npm", ["run", "up"]);
    expect(await flag()).to.equal("0");
    await sandbox.ok("pulumi", ["preview", "--stack", "local", "--expect-no-changes"]);
  });

  it("what a killed first run made goes with a destroy that keeps the cluster", async () => {
    await sandbox.ok("npx", ["paw", "destroy", "--keep-cluster"]);
    const run = await upInterrupted(sandbox.folder, {
      sign: "bizra-apex-config created",
      happens: killGroup,
    });
    expect(run.happened, run.output).to.equal(true);
    await sandbox.ok("npx", ["paw", "destroy", "--keep-cluster"]);
    expect(await sandbox.namespacesAndDefinitions()).to.deep.equal(bareCluster);
  });

  it("a last destroy leaves no process and nothing to delete", async () => {
    await sandbox.ok("npx", ["paw", "destroy"]);
    expect(processesNaming(sandbox.folder)).to.deep.equal([]);
  });
});

async function upKilledAfter(folder: string, milliseconds: number): Promise<void> {
  const child = spawn("npm", ["run", "up"], { cwd: folder, detached: true, stdio: "ignore" });
  const ended = new Promise<void>((resolve) =>
    child.once("close", () => {
      resolve();
    }),
  );
  await Promise.race([sleep(milliseconds), ended]);
  if (child.pid === undefined) throw new Error("npm could not be started");
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch {
    // it had ended before its moment came
  }
  await ended;
}

/** Interrupts `paw up` as a terminal does, the whole group, once its output holds the sign; returns its exit code. */
async function interruptedAt(folder: string, sign: string): Promise<number | null> {
  const run = await upInterrupted(folder, { sign, happens: (group) => process.kill(group, "SIGINT") });
  return run.exitCode;
}

interface Checkpoint {
  checkpoint: { latest: { resources: Record<string, unknown>[]; pending_operations?: unknown[] } };
}

function stateFile(folder: string): string {
  return `${folder}/.paw/state/.pulumi/stacks/paw/local.json.gz`;
}

function readState(folder: string): Checkpoint {
  return JSON.parse(gunzipSync(readFileSync(stateFile(folder))).toString()) as Checkpoint;
}

function pendingOperations(folder: string): number {
  return readState(folder).checkpoint.latest.pending_operations?.length ?? 0;
}

/** Takes an object out of the state, as a run does that is killed between making and recording it. */
function unrecord(folder: string, urnEnd: string, left: "operation under way" | "nothing"): void {
  const state = readState(folder);
  const { latest } = state.checkpoint;
  const resource = latest.resources.find(({ urn }) => String(urn).endsWith(urnEnd));
  if (resource === undefined) throw new Error(`no resource ${urnEnd} in the state`);
  latest.resources = latest.resources.filter((other) => other !== resource);
  if (left === "operation under way") {
    const begun = Object.fromEntries(
      Object.entries(resource).filter(([key]) => key !== "id" && key !== "outputs"),
    );
    latest.pending_operations = [{ resource: begun, type: "creating" }];
  }
  writeFileSync(stateFile(folder), gzipSync(JSON.stringify(state)));
}

/** Command lines and environments that name the sandbox: its cluster, its plugins, whatever it left. */
function processesNaming(folder: string): string[] {
  const read = (pid: string, file: string): string => {
    try {
      return readFileSync(`/proc/${pid}/${file}`, "utf8");
    } catch {
      return "";
    }
  };
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry) && entry !== String(process.pid))
    .filter((pid) => read(pid, "cmdline").includes(folder) || read(pid, "environ").includes(`${folder}/.paw`))
    .map((pid) => read(pid, "cmdline").replaceAll("\0", " "))
    .filter((command) => command !== "");
}

async function strayProcesses(folder: string): Promise<string[]> {
  const strays = (): string[] =>
    processesNaming(folder).filter(
      (command) => !command.startsWith(`${folder}/.paw/clusters/paw/kwok/clusters/paw/bin/`),
    );
  // Plugins of a run that ended well take a moment to go.
  for (let tries = 0; tries < 20 && strays().length > 0; tries++) await sleep(100);
  return strays();
}
