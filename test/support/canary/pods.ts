/**
 * What a kubelet would do for bizra's pods of an embedded cluster: each gets a process, out of the pod as the API server
 * stored it, which is started again when it ends, and counted. Prometheus learns of them through a file.
 */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import {
  CoreV1Api,
  type KubeConfig,
  PatchStrategy,
  type V1Pod,
  setHeaderOptions,
} from "@kubernetes/client-node";

import { RunningPod } from "../podRunner.ts";

const namespace = "testnet";
const container = "bizra-apex";
/** The last number of the first loopback address. */
const firstAddress = 61;

export class BizraPods {
  /** Faults of the simulator by version: pods of a version begin with them. */
  readonly faults = new Map<string, string>();
  /** Targets for Prometheus, as `file_sd_configs` read them. */
  readonly targets: string;
  private readonly api: CoreV1Api;
  private readonly folder = mkdtempSync(join(tmpdir(), "paw-bizra-"));
  private readonly running = new Map<string, { readonly pod: RunningPod; restarts: number }>();
  private readonly failures: unknown[] = [];
  private started = 0;
  private stopped = false;
  private readonly work: Promise<void>;

  constructor(kubeconfig: KubeConfig) {
    this.api = kubeconfig.makeApiClient(CoreV1Api);
    this.targets = join(this.folder, "targets.json");
    writeFileSync(this.targets, "[]");
    this.work = this.follow();
  }

  /** @throws what went wrong meanwhile. */
  async stop(): Promise<void> {
    this.stopped = true;
    await this.work;
    await Promise.all([...this.running.values()].map(({ pod }) => pod.kill()));
    rmSync(this.folder, { recursive: true, force: true });
    if (this.failures.length > 0) throw this.failures[0];
  }

  private async follow(): Promise<void> {
    while (!this.stopped) {
      await this.step().catch((error: unknown) => this.failures.push(error));
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  }

  private async step(): Promise<void> {
    const { items } = await this.api.listNamespacedPod({
      namespace,
      labelSelector: "app.kubernetes.io/component=apex",
    });
    const wanted = items.filter(
      ({ metadata, status }) => metadata?.deletionTimestamp === undefined && status?.phase === "Running",
    );
    const names = new Set(wanted.map(({ metadata }) => metadata?.name));
    for (const [name, { pod }] of this.running) {
      if (names.has(name)) continue;
      this.running.delete(name);
      await pod.kill();
    }
    for (const pod of wanted) {
      const name = pod.metadata?.name ?? "";
      const known = this.running.get(name);
      if (known === undefined) await this.start(name, pod);
      else if (!known.pod.isRunning(container)) await this.restart(name, known);
    }
    this.tell();
  }

  private async start(name: string, pod: V1Pod): Promise<void> {
    const { items } = await this.api.listNamespacedConfigMap({ namespace });
    const configMaps = Object.fromEntries(
      items.map(({ metadata, data }) => [metadata?.name ?? "", data ?? {}] as const),
    );
    const version = pod.metadata?.labels?.["app.kubernetes.io/version"]?.replace(/-simulated$/, "") ?? "";
    const plan = {
      name,
      namespace,
      // Without the client's fields that are undefined.
      template: JSON.parse(JSON.stringify(pod)) as unknown,
      address: `127.0.0.${firstAddress + this.started++}`,
      images: { "docker.io/library/node": { programs: ["node"] } },
      sources: { configMaps, secrets: {} },
      hosts: {},
      environment: { SIMULATOR_FAULTS: this.faults.get(version) ?? "" },
    };
    const running = new RunningPod(plan, this.folder);
    this.running.set(name, { pod: running, restarts: 0 });
    await running.start();
  }

  /** As a kubelet counts: the container's status says how often it was started again. */
  private async restart(name: string, known: { readonly pod: RunningPod; restarts: number }): Promise<void> {
    known.restarts += 1;
    await known.pod.start();
    const path = "/status/containerStatuses/0/restartCount";
    await this.api
      .patchNamespacedPodStatus(
        { name, namespace, body: [{ op: "replace", path, value: known.restarts }] },
        setHeaderOptions("Content-Type", PatchStrategy.JsonPatch),
      )
      .catch((error: unknown) => {
        // It was deleted meanwhile.
        if ((error as { code?: unknown }).code !== 404) throw error;
      });
  }

  /** The labels are those that Prometheus' operator gives a target of the Service bizra-apex. */
  private tell(): void {
    const targets = [...this.running].map(([name, { pod }]) => ({
      targets: [`${pod.plan.address}:9464`],
      labels: { job: "bizra-apex", service: "bizra-apex", endpoint: "rust-metrics", namespace, pod: name },
    }));
    writeFileSync(`${this.targets}.draft`, JSON.stringify(targets));
    renameSync(`${this.targets}.draft`, this.targets);
  }
}
