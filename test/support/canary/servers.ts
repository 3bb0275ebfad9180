/** Argo Rollouts' controller and a Prometheus, as processes beside an embedded cluster. */
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { stringify } from "yaml";

import { gatewayPlugin } from "../../../components/bizra/canaryPlan.ts";
import { testGroups } from "../../../ops/src/toolchain/groups.ts";
import { ensureToolchain } from "../../../ops/src/toolchain/index.ts";
import { type Daemon, startDaemon } from "../daemon.ts";
import { find } from "../find.ts";
import { type ScrapeConfig, scrapeConfigs, storedIn } from "../monitoring/scrape.ts";
import { startObjects } from "../monitoring/watch.ts";
import { PrivateNetwork } from "../privateNetwork.ts";
import type { Sandbox } from "../sandbox.ts";
import { relay } from "./relay.ts";

/** The plugin for the Gateway API, which no registry of this machine has: a path, where somebody brings one. */
export const pluginPath = process.env.PAW_GATEWAY_PLUGIN;

/** The kubeconfig of the sandbox's cluster alone. */
export async function kubeconfigOf(sandbox: Sandbox): Promise<string> {
  return (await sandbox.ok("kubectl", ["config", "view", "--minify", "--raw", "--flatten"])).stdout;
}

/**
 * The controller, with the plugin where there is one. It serves metrics and its health on every address that it finds,
 * and so runs in a network of its own, with ways out to the API server and to Prometheus.
 */
export async function startController(sandbox: Sandbox, prometheus: number): Promise<Daemon> {
  const { tools } = await ensureToolchain({ groups: testGroups });
  const network = await PrivateNetwork.create();
  if (network === undefined)
    throw new Error("no network of its own for the controller: this takes Linux and root");
  const folder = mkdtempSync(join(tmpdir(), "paw-rollouts-"));
  const kubeconfig = join(folder, "kubeconfig");
  const view = await kubeconfigOf(sandbox);
  writeFileSync(kubeconfig, view, { mode: 0o600 });
  if (pluginPath !== undefined) await configurePlugin(sandbox, pluginPath);
  const apiServer = Number(/server: https:\/\/127\.0\.0\.1:(\d+)/.exec(view)?.[1]);
  const ways = await relay(network, [apiServer, prometheus]);
  const health = 8080;
  const program = [
    tools["rollouts-controller"].path,
    `--healthzPort=${health}`,
    "--leader-elect=false",
  ] as const;
  const [command, args] = network.inside(...program);
  const stopNetwork = async (): Promise<void> => {
    await ways.stop();
    network.dispose();
  };
  const daemon = await startDaemon({
    name: "Argo Rollouts",
    command,
    args,
    // It keeps plugins in the folder that it works in.
    cwd: folder,
    env: { ...process.env, KUBECONFIG: kubeconfig },
    ready: () => network.answers(health),
    within: 60,
    folder,
  }).catch(async (error: unknown) => {
    await stopNetwork();
    throw error;
  });
  return {
    said: () => daemon.said(),
    stop: async () => {
      await daemon.stop();
      await stopNetwork();
    },
  };
}

/** What the chart's values write where it is installed (components/platform/rollouts/values.ts). */
async function configurePlugin(sandbox: Sandbox, path: string): Promise<void> {
  const namespace = "argo-rollouts";
  await sandbox.ok("kubectl", ["create", "namespace", namespace]);
  const plugins = stringify([{ name: gatewayPlugin, location: `file://${path}` }]);
  await sandbox.ok("kubectl", [
    ...["create", "configmap", "argo-rollouts-config", "-n", namespace],
    `--from-literal=trafficRouterPlugins=${plugins}`,
  ]);
}

export interface PrometheusArgs {
  readonly sandbox: Sandbox;
  readonly port: number;
  /** File with bizra's targets. */
  readonly targets: string;
}

/** A Prometheus that scrapes every second: bizra as its stored ServiceMonitor says, and kube-state-metrics. */
export async function startPrometheus({ sandbox, port, targets }: PrometheusArgs): Promise<Daemon> {
  const objects = await startObjects(sandbox);
  const folder = mkdtempSync(join(tmpdir(), "paw-prometheus-"));
  mkdirSync(join(folder, "data"));
  const bizra = (await bizraJobs(sandbox)).map((job) => ({
    ...job,
    scrape_interval: "1s",
    scrape_timeout: "1s",
    static_configs: undefined,
    file_sd_configs: [{ files: [targets], refresh_interval: "1s" }],
  }));
  const config = {
    global: { scrape_interval: "1s", scrape_timeout: "1s" },
    scrape_configs: [
      ...bizra,
      {
        job_name: "kube-state-metrics",
        honor_labels: true,
        static_configs: [{ targets: [new URL(objects.address).host] }],
      },
    ],
  };
  writeFileSync(join(folder, "prometheus.yml"), stringify(config));
  const address = `http://127.0.0.1:${port}`;
  const daemon = await startDaemon({
    name: "Prometheus",
    command: find("prometheus"),
    args: [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    ready: `${address}/-/ready`,
    within: 60,
    folder,
  }).catch(async (error: unknown) => {
    await objects.stop();
    throw error;
  });
  return {
    said: () => daemon.said(),
    stop: async () => {
      await daemon.stop();
      await objects.stop();
    },
  };
}

/** bizra's jobs as the stand-in for Prometheus' operator makes them, with a target for each pod that a Service leads to. */
export async function bizraJobs(sandbox: Sandbox): Promise<ScrapeConfig[]> {
  const jobs = scrapeConfigs(await storedIn(sandbox), ({ namespace, pod, port }) =>
    namespace === "testnet" ? `${pod}:${port}` : undefined,
  );
  return jobs.filter(({ job_name: name }) => name.startsWith("serviceMonitor/testnet/"));
}
