/**
 * Prometheus, Alertmanager and kube-state-metrics as processes, told what the API server of an embedded cluster stored:
 * its ServiceMonitors, through the stand-in for the operator, and its rules. Time may run faster, see haste.ts.
 */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { stringify } from "yaml";

import { testGroups } from "../../../ops/src/toolchain/groups.ts";
import { ensureToolchain } from "../../../ops/src/toolchain/index.ts";
import { type Alertmanager, startAlertmanager } from "../alertmanager.ts";
import { type Daemon, freePort, startDaemon } from "../daemon.ts";
import { find } from "../find.ts";
import type { Sandbox } from "../sandbox.ts";
import { hasten, hastenDuration } from "./haste.ts";
import {
  type ScrapeConfig,
  type Stored,
  type StoredEndpointSlice,
  type StoredMonitor,
  type StoredService,
  type Target,
  scrapeConfigs,
} from "./scrape.ts";

/** Scrapes and evaluations as the chart's values have them (components/platform/monitoring/values.ts). */
const every = "15s";
/** Prometheus' own default: how long a value stands for a series. */
const lookback = "5m";

export interface WatchArgs {
  /** A clone whose local stack is up, with its environment loaded. */
  readonly sandbox: Sandbox;
  /** Where a pod's port answers. */
  readonly addressOf: (target: Target) => string | undefined;
  /** Alertmanager's configuration, and files beside it that it names below FOLDER. */
  readonly alertmanager: object;
  readonly files: Readonly<Record<string, string>>;
  /** How much faster time runs. */
  readonly factor: number;
  /** What is scraped beside what ServiceMonitors say. */
  readonly scrapes?: readonly ScrapeConfig[];
}

export interface Watch {
  /** Address of Prometheus' API. */
  readonly prometheus: string;
  readonly alertmanager: Alertmanager;
  /** Lets Prometheus have what is stored now: its operator would notice new pods by itself. */
  reload(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts all three; what was started is stopped where a later one fails. */
export async function startWatch(args: WatchArgs): Promise<Watch> {
  const started: { stop(): Promise<void> }[] = [];
  const stop = async (): Promise<void> => {
    for (const each of started.splice(0).reverse()) await each.stop();
  };
  try {
    const objects = await startObjects(args.sandbox);
    started.push(objects);
    const alertmanager = await startAlertmanager(hasten(args.alertmanager, args.factor), args.files);
    started.push(alertmanager);
    const prometheus = await startPrometheus(args, {
      objects: objects.address,
      alertmanager: alertmanager.address,
    });
    started.push(prometheus);
    const { address, reload } = prometheus;
    return { prometheus: address, alertmanager, reload, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** kube-state-metrics, which watches the cluster of the sandbox. */
async function startObjects(sandbox: Sandbox): Promise<Daemon & { readonly address: string }> {
  const { tools } = await ensureToolchain({ groups: testGroups });
  const folder = mkdtempSync(join(tmpdir(), "paw-objects-"));
  const kubeconfig = join(folder, "kubeconfig");
  const view = await sandbox.ok("kubectl", ["config", "view", "--minify", "--raw", "--flatten"]);
  writeFileSync(kubeconfig, view.stdout, { mode: 0o600 });
  const [port, telemetry] = [await freePort(), await freePort()];
  const address = `http://127.0.0.1:${port}`;
  const daemon = await startDaemon({
    name: "kube-state-metrics",
    command: tools["kube-state-metrics"].path,
    args: [
      `--kubeconfig=${kubeconfig}`,
      ...[
        "--host=127.0.0.1",
        `--port=${port}`,
        "--telemetry-host=127.0.0.1",
        `--telemetry-port=${telemetry}`,
      ],
    ],
    ready: `http://127.0.0.1:${telemetry}/readyz`,
    within: 60,
    folder,
  });
  return { ...daemon, address };
}

/** A job that a chart's own ServiceMonitor describes; the embedded cluster of this test has no chart. */
function named(job: string, address: string): ScrapeConfig {
  const labels = { namespace: "monitoring", pod: `${job}-0` };
  return { job_name: job, static_configs: [{ targets: [new URL(address).host], labels }] };
}

async function startPrometheus(
  args: WatchArgs,
  beside: { readonly objects: string; readonly alertmanager: string },
): Promise<Daemon & { readonly address: string; readonly reload: () => Promise<void> }> {
  const { factor, sandbox } = args;
  const address = `http://127.0.0.1:${await freePort()}`;
  const folder = mkdtempSync(join(tmpdir(), "paw-prometheus-"));
  const config = async (): Promise<object> => ({
    global: {
      scrape_interval: every,
      scrape_timeout: "10s",
      evaluation_interval: every,
      external_labels: { environment: "local" },
    },
    rule_files: [join(folder, "rules.yml")],
    alerting: { alertmanagers: [{ static_configs: [{ targets: [new URL(beside.alertmanager).host] }] }] },
    scrape_configs: [
      ...scrapeConfigs(await storedIn(sandbox), args.addressOf),
      { ...named("kube-state-metrics", beside.objects), honor_labels: true },
      named("alertmanager", beside.alertmanager),
      named("prometheus", address),
      ...(args.scrapes ?? []),
    ],
  });
  const write = async (): Promise<void> => {
    writeFileSync(join(folder, "prometheus.yml"), stringify(hasten(await config(), factor)));
  };
  await write();
  writeFileSync(join(folder, "rules.yml"), stringify(hasten({ groups: await storedRules(sandbox) }, factor)));
  const daemon = await startDaemon({
    name: "Prometheus",
    command: find("prometheus"),
    args: [
      `--config.file=${join(folder, "prometheus.yml")}`,
      `--storage.tsdb.path=${join(folder, "data")}`,
      `--web.listen-address=${new URL(address).host}`,
      `--query.lookback-delta=${hastenDuration(lookback, factor)}`,
      "--web.enable-lifecycle",
    ],
    ready: `${address}/-/ready`,
    within: 60,
    folder,
  });
  const reload = async (): Promise<void> => {
    await write();
    const answer = await fetch(`${address}/-/reload`, { method: "POST" });
    if (!answer.ok) throw new Error(`Prometheus refuses its configuration: ${await answer.text()}`);
  };
  return { ...daemon, address, reload };
}

/** What the stand-in for the operator reads. */
async function storedIn(sandbox: Sandbox): Promise<Stored> {
  const items = async <T>(kind: string): Promise<T[]> =>
    (await sandbox.stored<{ items: T[] }>(kind, "--all-namespaces")).items;
  return {
    monitors: await items<StoredMonitor>("servicemonitors.monitoring.coreos.com"),
    services: await items<StoredService>("services"),
    slices: await items<StoredEndpointSlice>("endpointslices"),
  };
}

async function storedRules(sandbox: Sandbox): Promise<object[]> {
  const { items } = await sandbox.stored<{ items: { spec: { groups: object[] } }[] }>(
    "prometheusrules.monitoring.coreos.com",
    "--all-namespaces",
  );
  return items.flatMap(({ spec }) => spec.groups);
}
