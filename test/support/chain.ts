/** The chain of a stack, as the API server of an embedded cluster stored it, run as processes on loopback. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { ensureToolchain } from "../../ops/src/toolchain/index.ts";
import { testGroups } from "../../ops/src/toolchain/groups.ts";
import type { KubernetesObject } from "./rendered.ts";
import { type PodPlan, RunningPod } from "./podRunner.ts";
import type { Sources } from "./podRunner/volumes.ts";
import { Sandbox } from "./sandbox.ts";

/* eslint-disable @typescript-eslint/no-explicit-any -- objects come from the API server as they are */

/** The last number of a role's first loopback address. */
const firstAddress: Readonly<Record<string, number>> = {
  "paw-validator": 11,
  "paw-sentry": 21,
  "paw-full-node": 31,
  "paw-api": 41,
  "paw-backup": 51,
};

export function addressOf(pod: string): string {
  const [, workload = pod, ordinal = "0"] = /^(.*?)(?:-(\d+))?$/.exec(pod) ?? [];
  return `127.0.0.${(firstAddress[workload] ?? 200) + Number(ordinal)}`;
}

export class Chain {
  readonly folder = mkdtempSync(join(tmpdir(), "paw-chain-"));
  readonly pods = new Map<string, RunningPod>();
  private readonly sandbox: Sandbox;
  private sources: Sources = { configMaps: {}, secrets: {} };
  private binary = "";
  private apiServer = new URL("https://127.0.0.1");

  private constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
  }

  /** @param sandbox a clone whose local stack is up, with its environment loaded. */
  static async of(sandbox: Sandbox): Promise<Chain> {
    const chain = new Chain(sandbox);
    const { tools } = await ensureToolchain({ groups: testGroups });
    chain.binary = tools.simd.path;
    const view = await sandbox.ok("kubectl", ["config", "view", "--minify", "-o", "json"]);
    chain.apiServer = new URL(JSON.parse(view.stdout).clusters[0].cluster.server as string);
    await chain.reload();
    return chain;
  }

  /** Reads what is stored once more. */
  async reload(): Promise<void> {
    const items = async (kind: string): Promise<any[]> =>
      (await this.sandbox.stored<{ items: any[] }>(kind, "-n", "paw")).items;
    const secrets = (await items("secrets")).map(({ metadata, data }) => [
      metadata.name,
      Object.fromEntries(
        Object.entries((data ?? {}) as Record<string, string>).map(([key, value]) => [
          key,
          Buffer.from(value, "base64"),
        ]),
      ),
    ]);
    const configMaps = (await items("configmaps")).map(({ metadata, data }) => [metadata.name, data ?? {}]);
    const token = await this.sandbox.ok("kubectl", ["create", "token", "paw-validator", "-n", "paw"]);
    this.sources = {
      secrets: Object.fromEntries(secrets) as Sources["secrets"],
      configMaps: Object.fromEntries(configMaps) as Sources["configMaps"],
      token: token.stdout.trim(),
    };
  }

  /** The plan of a StatefulSet's pod. Its API server is the cluster's own. */
  async plan(workload: string, ordinal: number, change: Partial<PodPlan> = {}): Promise<PodPlan> {
    const set = await this.sandbox.stored<KubernetesObject>("statefulset", workload, "-n", "paw");
    return this.planOf(`${workload}-${ordinal}`, set.spec.template, change);
  }

  /** The plan of a pod of any template. */
  planOf(name: string, template: any, change: Partial<PodPlan> = {}): PodPlan {
    const curl = { programs: ["curl"] };
    return {
      name,
      namespace: "paw",
      template,
      address: addressOf(name),
      images: {
        "ghcr.io/cosmos/ibc-go-simd": { statics: { simd: this.binary } },
        "docker.io/library/busybox": {},
        "docker.io/curlimages/curl": curl,
        "docker.io/library/haproxy": { programs: ["haproxy"] },
        // Alpine's busybox knows flock, Debian's does not.
        "docker.io/restic/restic": { programs: ["restic", "flock"] },
      },
      sources: this.sources,
      hosts: this.hosts(),
      environment: {
        KUBERNETES_SERVICE_HOST: this.apiServer.hostname,
        KUBERNETES_SERVICE_PORT: this.apiServer.port,
      },
      ...change,
    };
  }

  /** The API layer's proxy, ready; `environment` replaces variables of its template. */
  async startApi(environment: Record<string, string> = {}): Promise<RunningPod> {
    const { spec } = await this.sandbox.stored<KubernetesObject>("deployment", "paw-api", "-n", "paw");
    const template = structuredClone(spec.template);
    const [proxy] = template.spec.containers;
    for (const [name, value] of Object.entries(environment)) {
      proxy.env = proxy.env.map((each: { name: string }) => (each.name === name ? { name, value } : each));
    }
    const api = await this.start(this.planOf("paw-api", template));
    await eventually("the API is ready", 30, async () => (await api.probe("proxy", "readinessProbe")).passed);
    return api;
  }

  /** Starts a pod, or starts it again with its claims. */
  async start(plan: PodPlan): Promise<RunningPod> {
    const pod = new RunningPod(plan, this.folder);
    this.pods.set(plan.name, pod);
    return pod.start();
  }

  /** A pod of the same name somewhere else: with volumes of its own, beside the one that runs here. */
  elsewhere(plan: PodPlan): RunningPod {
    const pod = new RunningPod(plan, join(this.folder, "elsewhere"));
    this.pods.set(`elsewhere/${plan.name}`, pod);
    return pod;
  }

  /** Starts a node that has to come up, or starts it again with its claims. */
  async startNode(name: string): Promise<RunningPod> {
    const [, workload = "", ordinal] = /^(.*)-(\d+)$/.exec(name) ?? [];
    const pod = await this.start(await this.plan(workload, Number(ordinal)));
    const failed = pod.inits.find(({ exitCode }) => exitCode !== 0);
    if (failed !== undefined) throw new Error(`${name}: ${failed.name} failed: ${failed.output}`);
    return pod;
  }

  pod(name: string): RunningPod {
    const found = this.pods.get(name);
    if (found === undefined) throw new Error(`${name} was not started`);
    return found;
  }

  /** The lowest of some nodes' last blocks. */
  async lowest(names: readonly string[]): Promise<number> {
    return Math.min(...(await Promise.all(names.map((name) => this.height(name)))));
  }

  /** Waits for more blocks on all of some nodes. */
  async advances(names: readonly string[], by: number): Promise<void> {
    const before = await this.lowest(names);
    await eventually(`${by} more blocks`, 90, async () => (await this.lowest(names)) >= before + by);
  }

  /** What a kubelet would learn of a node. */
  async probes(name: string): Promise<{ startup: boolean; readiness: boolean; liveness: boolean }> {
    const passed = async (probe: string): Promise<boolean> =>
      (await this.pod(name).probe("node", probe)).passed;
    return {
      startup: await passed("startupProbe"),
      readiness: await passed("readinessProbe"),
      liveness: await passed("livenessProbe"),
    };
  }

  /** What a node's RPC answers. */
  async rpc(pod: string, path: string): Promise<any> {
    const response = await fetch(`http://${addressOf(pod)}:26657/${path}`, {
      signal: AbortSignal.timeout(3000),
    });
    return ((await response.json()) as { result: unknown }).result;
  }

  /** The last block of a node; -1 while it does not answer. */
  async height(pod: string): Promise<number> {
    try {
      return Number((await this.rpc(pod, "status")).sync_info.latest_block_height);
    } catch {
      return -1;
    }
  }

  /** Ends everything. */
  async dispose(): Promise<void> {
    await Promise.all([...this.pods.values()].map((pod) => pod.kill()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private hosts(): Record<string, string> {
    const names = Object.keys(firstAddress).flatMap((workload) =>
      Array.from({ length: 10 }, (_, ordinal) => [
        `${workload}-${ordinal}.${workload}.paw.svc`,
        addressOf(`${workload}-${ordinal}`),
      ]),
    );
    return { ...Object.fromEntries(names), "paw-rpc.paw.svc": addressOf("paw-full-node-0") } as Record<
      string,
      string
    >;
  }
}

/** Waits until a question is answered with yes; fails with what it was about. */
export async function eventually(
  what: string,
  seconds: number,
  ask: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (Date.now() < end) {
    if (await ask()) return;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error(`not within ${seconds} s: ${what}`);
}

export const validators = [0, 1, 2, 3].map((ordinal) => `paw-validator-${ordinal}`);
export const nodes = [...validators, "paw-sentry-0", "paw-full-node-0"];

/**
 * A local stack of its own, and its six nodes at their third block. Takes a minute.
 *
 * @param prepare changes the clone before its stack is deployed.
 */
export async function startSixNodes(
  prepare: (sandbox: Sandbox) => void = () => undefined,
): Promise<{ sandbox: Sandbox; chain: Chain }> {
  const sandbox = await Sandbox.create();
  prepare(sandbox);
  await sandbox.ok("npm", ["run", "up"]);
  await sandbox.loadEnvironment();
  const chain = await Chain.of(sandbox);
  for (const name of nodes) await chain.startNode(name);
  await eventually("a third block everywhere", 120, async () => (await chain.lowest(nodes)) >= 3);
  return { sandbox, chain };
}

/** Whether pods can be run as processes here; says so where they cannot. */
export function canRunPods(): boolean {
  if (process.platform === "linux" && process.getuid?.() === 0) return true;
  console.info("      not evaluated: running pods as processes needs Linux and root");
  return false;
}
