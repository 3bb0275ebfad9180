/** A live cluster with the local stack on it, for all suites of a run: pods that really run. Linux and root. */
import { appendFileSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { execa } from "execa";

import { findGroups, groupOf } from "../../../ops/src/cluster/live/cgroups.ts";
import { inside } from "../../../ops/src/cluster/live/holder.ts";
import { obstacles } from "../../../ops/src/cluster/live/require.ts";
import { type Outcome, Sandbox } from "../sandbox.ts";

/* eslint-disable @typescript-eslint/no-explicit-any -- objects come from the API server as they are */

/** Share of the requests that a machine of two cores has room for. */
const requestScale = 0.05;

export class LiveStage {
  readonly sandbox: Sandbox;
  /** Seconds from no cluster to a stack that is up. */
  readonly seconds: number;
  /** What `paw up` printed. */
  readonly summary: string;

  constructor(sandbox: Sandbox, { seconds, stdout }: Outcome) {
    this.sandbox = sandbox;
    this.seconds = seconds;
    this.summary = stdout;
  }

  /** What kubectl prints. */
  async kubectl(...args: readonly string[]): Promise<string> {
    return (await this.sandbox.ok("kubectl", args)).stdout;
  }

  paw(...args: readonly string[]): Promise<Outcome> {
    return this.sandbox.run("npx", ["paw", ...args]);
  }

  async pods(namespace: string, selector: string): Promise<any[]> {
    return (await this.sandbox.stored<{ items: any[] }>("pods", "-n", namespace, "-l", selector)).items;
  }

  pod(namespace: string, name: string): Promise<any> {
    return this.sandbox.stored<any>("pod", name, "-n", namespace);
  }

  /** Folder of the cluster's data. */
  get clusterFolder(): string {
    return join(this.sandbox.folder, ".paw", "clusters", "paw");
  }

  /** Runs a program in the namespaces of the real node. */
  async insideNode(command: string, ...args: readonly string[]): Promise<string> {
    const [program, all] = inside({ folder: this.clusterFolder }, command, ...args);
    return (await execa(program, all)).stdout;
  }

  /** Runs a shell line in a container; its output, whatever its exit code. */
  async inside(place: { namespace: string; pod: string; container: string }, line: string): Promise<string> {
    const { namespace, pod, container } = place;
    const args = ["exec", "-n", namespace, pod, "-c", container, "--", "sh", "-c", line];
    return (await this.sandbox.run("kubectl", args)).all.trim();
  }

  /** What a node's RPC answers, asked from within its pod. */
  async rpc(pod: string, path: string): Promise<any> {
    const place = { namespace: "paw", pod, container: "health" };
    const answer = await this.inside(place, `wget -q -O - http://127.0.0.1:26657/${path}`);
    return JSON.parse(answer).result;
  }

  /** The last block of a node; -1 while it does not answer. */
  async height(pod: string): Promise<number> {
    try {
      return Number((await this.rpc(pod, "status")).sync_info.latest_block_height);
    } catch {
      return -1;
    }
  }

  async ready(namespace: string, pod: string): Promise<boolean> {
    const found = await this.sandbox.run("kubectl", ["get", "pod", pod, "-n", namespace, "-o", "json"]);
    if (found.exitCode !== 0) return false;
    const { status, metadata } = JSON.parse(found.stdout);
    const condition = (status.conditions ?? []).find(({ type }: any) => type === "Ready");
    return condition?.status === "True" && metadata.deletionTimestamp === undefined;
  }
}

/** Why there is no live cluster here; said where the suites are left out. */
export function cannotRun(): boolean {
  const found = obstacles();
  if (found.length === 0) return false;
  console.info(`      not evaluated: ${found.join("; ")}`);
  return true;
}

let shared: Promise<LiveStage> | undefined;

/** The stage, made by the first suite that asks. */
export function liveStage(): Promise<LiveStage> {
  shared ??= start();
  return shared;
}

async function start(): Promise<LiveStage> {
  const sandbox = await Sandbox.create();
  sandbox.change("Pulumi.local.yaml", (text) =>
    text
      .replace("poiBatchVerify: false", "poiBatchVerify: false\n    simulate: true")
      .replace("  paw:bizra:", `    requestScale: ${requestScale}\n  paw:bizra:`),
  );
  const up = await sandbox.ok("npx", ["paw", "up", "--kind", "live"]);
  await sandbox.loadEnvironment();
  measured("from no cluster to the local stack, tools and images at hand", `${up.seconds.toFixed(0)} s`);
  return new LiveStage(sandbox, up);
}

/** Adds a line to what a run of the suite measured, for docs/live.md; shown, too. */
export function measured(what: string, figure: string): void {
  console.info(`      measured: ${what}: ${figure}`);
  const file = process.env.PAW_LIVE_FIGURES;
  if (file !== undefined) appendFileSync(file, `| ${what} | ${figure} |\n`);
}

/** What the cluster takes at the end of a run, by its own cgroup and its own folder. */
async function weigh({ clusterFolder }: LiveStage): Promise<void> {
  const [group] = findGroups(groupOf(clusterFolder), "/sys/fs/cgroup/memory");
  const memory = readFileSync(join(group ?? "", "memory.stat"), "utf8");
  const megabytes = Number(/^total_rss (\d+)$/m.exec(memory)?.[1] ?? 0) / 1024 ** 2;
  measured("memory of everything, without the page cache", `${megabytes.toFixed(0)} MiB`);
  const { stdout } = await execa("du", ["--summarize", "--block-size=1M", clusterFolder], { reject: false });
  measured("disk", `${stdout.split("\t")[0] ?? "?"} MiB`);
}

after(async function () {
  this.timeout(180_000);
  const stage = await shared?.catch(() => undefined);
  if (stage !== undefined) await weigh(stage);
  if (shared !== undefined) await Sandbox.disposeAll();
});
