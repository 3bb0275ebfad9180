/**
 * What bizra's gates look at, on an embedded cluster: simulators as processes behind its simulated pods, their logs,
 * variables and usage, a real Prometheus that scrapes them and kwok's kubelets, and a real CoreDNS.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseVariables } from "../../ops/src/gates/environment.ts";
import { startClusterDns, runPod } from "./clusterDns.ts";
import { bizraPods, startBizra, startSimulator } from "./monitoring/bizra.ts";
import type { ScrapeConfig } from "./monitoring/scrape.ts";
import { startWatch } from "./monitoring/watch.ts";
import type { RunningPod } from "./podRunner.ts";
import { Sandbox } from "./sandbox.ts";
import { type Behind, putBehind } from "./simulatedPods.ts";

const container = "bizra-apex";
/** Ports of a bizra node that lead to its simulator. */
const ports = [8080, 9464, 9944, 9945, 30333];
/** What kwok says a pod uses, while nobody says otherwise: well under the limits of spec B4. */
const usage = { cpu: "100m", memory: "64Mi" };
const quietAlertmanager = { route: { receiver: "none" }, receivers: [{ name: "none" }] };

export interface GateStage {
  readonly sandbox: Sandbox;
  /** Simulators by their pods' names. */
  readonly pods: ReadonlyMap<string, RunningPod>;
  /**
   * Starts simulators behind pods that came meanwhile, ends those of pods that went, and lets Prometheus know; what they
   * printed until now is in their logs then.
   *
   * @returns addresses of the new ones.
   */
  readonly adopt: () => Promise<string[]>;
  readonly prometheus: string;
  /** Puts other things behind a pod than its simulator has; what is not named stays as it is. */
  readonly put: (pod: string, change: Partial<Behind>) => Promise<void>;
  /** Adds a line to what `kubectl logs` shows of a pod. */
  readonly log: (pod: string, line: string) => void;
  /** Variables of a pod's process. */
  readonly variables: (pod: string) => Readonly<Record<string, string>>;
  /** Puts everything behind all pods as it was. */
  readonly reset: () => Promise<void>;
  dispose(): Promise<void>;
}

/** Takes a minute. */
export async function startGateStage(): Promise<GateStage> {
  const sandbox = await Sandbox.create();
  sandbox.change("Pulumi.local.yaml", (text) =>
    text.replace("poiBatchVerify: false", "poiBatchVerify: false\n    simulate: true"),
  );
  await sandbox.ok("npm", ["run", "up"]);
  await sandbox.loadEnvironment();
  const folder = mkdtempSync(join(tmpdir(), "paw-gates-"));
  const pods = await startBizra(sandbox, folder);
  const parts = await startParts(sandbox, pods);
  const logs = new Logs(folder, pods);
  const stages = await Promise.all([...pods.values()].map((pod) => behindSimulator(pod, logs)));
  let started = pods.size;
  const adopt = async (): Promise<string[]> => {
    const now = await bizraPods(sandbox);
    const gone = [...pods.keys()].filter((name) => !now.includes(name));
    const fresh = now.filter((name) => !pods.has(name));
    for (const name of gone) {
      await pods.get(name)?.kill();
      pods.delete(name);
      stages.splice(
        stages.findIndex(({ pod }) => pod === name),
        1,
      );
    }
    for (const name of fresh) {
      // Addresses are taken in turn, far from those of the chain's pods.
      const pod = await startSimulator(sandbox, { name, folder, index: started++ % 100 });
      pods.set(name, pod);
      stages.push(await behindSimulator(pod, logs));
    }
    logs.write();
    if (gone.length > 0 || fresh.length > 0) {
      await reset();
      await parts.reload();
    }
    return fresh.map((name) => pods.get(name)?.plan.address ?? "");
  };
  const reset = async (): Promise<void> => {
    logs.write();
    await putBehind(sandbox, stages);
  };
  await reset();
  const stageOf = (pod: string): Behind => {
    const found = stages.find((each) => each.pod === pod);
    if (found === undefined) throw new Error(`no pod ${pod}`);
    return found;
  };
  return {
    sandbox,
    pods,
    adopt,
    prometheus: parts.prometheus,
    put: (pod, change) => putBehind(sandbox, [{ ...stageOf(pod), ...change }]),
    variables: (pod) => stageOf(pod).env ?? {},
    log: (pod, line) => {
      logs.write({ pod, line });
    },
    reset,
    dispose: async () => {
      await parts.stop();
      await Promise.all([...pods.values()].map((pod) => pod.kill()));
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Prometheus and CoreDNS, each with a pod of the cluster that leads to it. */
async function startParts(
  sandbox: Sandbox,
  pods: ReadonlyMap<string, RunningPod>,
): Promise<{ readonly prometheus: string; reload(): Promise<void>; stop(): Promise<void> }> {
  await sandbox.ok("kubectl", ["create", "namespace", "monitoring"]);
  const dns = await startClusterDns(sandbox);
  const watch = await startWatch({
    sandbox,
    addressOf: ({ pod, port }) => {
      const address = pods.get(pod)?.plan.address;
      return address === undefined ? undefined : `${address}:${port}`;
    },
    alertmanager: quietAlertmanager,
    files: {},
    factor: 1,
    scrapes: [await kubeletScrape(sandbox)],
  });
  const name = "prometheus-0";
  const labels = { "app.kubernetes.io/name": "prometheus" };
  await runPod(sandbox, { name, namespace: "monitoring", labels });
  const { host } = new URL(watch.prometheus);
  await putBehind(sandbox, [{ namespace: "monitoring", pod: name, ports: { 9090: host } }]);
  return {
    prometheus: watch.prometheus,
    reload: () => watch.reload(),
    stop: async () => {
      await watch.stop();
      await dns.stop();
    },
  };
}

/** What kubelets tell of containers, by kwok: its own words for usage under cAdvisor's names. */
async function kubeletScrape(sandbox: Sandbox): Promise<ScrapeConfig> {
  const path = "/metrics/nodes/{nodeName}/metrics/cadvisor";
  const labels = [
    { name: "container", value: "container.name" },
    { name: "namespace", value: "pod.metadata.namespace" },
    { name: "pod", value: "pod.metadata.name" },
  ];
  const metric = (name: string, kind: string, value: string): object => ({
    ...{ name, kind, value, labels },
    dimension: "container",
  });
  const object = {
    apiVersion: "kwok.x-k8s.io/v1alpha1",
    kind: "Metric",
    metadata: { name: "cadvisor" },
    spec: {
      path,
      metrics: [
        metric("container_memory_working_set_bytes", "gauge", 'pod.Usage("memory", container.name)'),
        metric("container_cpu_usage_seconds_total", "counter", 'pod.CumulativeUsage("cpu", container.name)'),
      ],
    },
  };
  await sandbox.apply(object);
  const { items } = await sandbox.stored<{
    items: {
      metadata: { name: string };
      status: { daemonEndpoints: { kubeletEndpoint: { Port: number } } };
    }[];
  }>("nodes");
  // One kwok answers for all nodes, and for all of their pods under each node's path.
  const [first] = items;
  const port = first?.status.daemonEndpoints.kubeletEndpoint.Port ?? 0;
  return {
    job_name: "kubelets",
    scrape_interval: "5s",
    scrape_timeout: "5s",
    honor_labels: true,
    static_configs: items.map(({ metadata }) => ({
      targets: [`127.0.0.1:${port}`],
      labels: { __metrics_path__: path.replace("{nodeName}", metadata.name), node: metadata.name },
    })),
  };
}

async function behindSimulator(pod: RunningPod, logs: Logs): Promise<Behind> {
  const { name, namespace, address } = pod.plan;
  const { output } = await pod.look(container, ["env"]);
  return {
    namespace,
    pod: name,
    ports: Object.fromEntries(ports.map((port) => [port, `${address}:${port}`])),
    logsFile: logs.fileOf(name),
    env: parseVariables(output),
    usage,
  };
}

/** What the simulators printed, in files of the form that a container runtime writes. */
class Logs {
  private readonly folder: string;
  private readonly pods: ReadonlyMap<string, RunningPod>;

  constructor(folder: string, pods: ReadonlyMap<string, RunningPod>) {
    this.folder = folder;
    this.pods = pods;
  }

  fileOf(pod: string): string {
    return join(this.folder, `${pod}.log`);
  }

  /** All logs as they are now; with one more line in one of them. */
  write(more?: { readonly pod: string; readonly line: string }): void {
    for (const [name, pod] of this.pods) {
      const extra = more?.pod === name ? [more.line] : [];
      const lines = [
        ...pod
          .output(container)
          .split("\n")
          .filter((line) => line !== ""),
        ...extra,
      ];
      const now = new Date().toISOString();
      writeFileSync(this.fileOf(name), lines.map((line) => `${now} stdout F ${line}\n`).join(""));
    }
  }
}
