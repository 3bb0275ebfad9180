/** A real Prometheus and a real metrics-server in pods of a live cluster. */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseAllDocuments, stringify } from "yaml";

import { liveNode } from "../../../ops/src/cluster/live/names.ts";
import { archiveOf } from "../../../ops/src/images/archive.ts";
import { contentOf } from "../../../ops/src/images/contents.ts";
import { ensureToolchain } from "../../../ops/src/toolchain/index.ts";
import { liveGroups, liveTestGroups } from "../../../ops/src/toolchain/liveGroups.ts";
import { type ScrapeConfig, scrapeConfigs, storedIn } from "../monitoring/scrape.ts";
import type { LiveStage } from "./stage.ts";

const images = {
  PROMETHEUS_IMAGE: "paw.invalid/prometheus:test",
  METRICS_SERVER_IMAGE: "paw.invalid/metrics-server:test",
} as const;
const manifests = new URL("monitoring.yaml", import.meta.url);

/** Takes half a minute. */
export async function startMonitoring(stage: LiveStage): Promise<void> {
  const { tools } = await ensureToolchain({ groups: [...liveGroups, ...liveTestGroups] });
  const folder = mkdtempSync(join(tmpdir(), "paw-live-images-"));
  const programs = {
    [images.PROMETHEUS_IMAGE]: { prometheus: undefined },
    [images.METRICS_SERVER_IMAGE]: { "metrics-server": tools["metrics-server"].path },
  };
  for (const [name, wanted] of Object.entries(programs)) {
    const archive = await archiveOf(
      await contentOf({ name, shell: true, programs: wanted, command: ["sh"] }),
      folder,
    );
    await stage.insideNode(tools.ctr.path, "--namespace", "k8s.io", "images", "import", archive);
  }
  const text = Object.entries(images).reduce(
    (all, [placeholder, name]) => all.replaceAll(placeholder, name),
    readFileSync(manifests, "utf8"),
  );
  const items = parseAllDocuments(text).map((document) => document.toJS() as object);
  await stage.sandbox.apply(items[0] ?? {});
  const data = { "prometheus.yml": stringify(await configuration(stage)) };
  const metadata = { name: "prometheus", namespace: "monitoring" };
  await stage.sandbox.apply({ apiVersion: "v1", kind: "ConfigMap", metadata, data });
  await stage.sandbox.apply({ apiVersion: "v1", kind: "List", items });
  for (const [namespace, pod] of [
    ["monitoring", "prometheus-0"],
    ["kube-system", "metrics-server-0"],
  ] as const) {
    await stage.kubectl("wait", "--for=condition=Ready", "--timeout=120s", "-n", namespace, `pod/${pod}`);
  }
}

/** File of targets in Prometheus' pod; it looks by itself when that changes. */
const targetsFile = "/data/targets.json";

/** bizra's ServiceMonitor, as the stand-in for Prometheus' operator has it. */
async function rustScrape(stage: LiveStage): Promise<ScrapeConfig> {
  const stored = await storedIn(stage.sandbox);
  const monitors = stored.monitors.filter(({ metadata }) => metadata.name === "bizra-rust");
  const pods = await stage.pods("testnet", "app.kubernetes.io/part-of=bizra");
  const [rust] = scrapeConfigs({ ...stored, monitors }, ({ pod, port }) => {
    const address = pods.find(({ metadata }) => metadata.name === pod)?.status.podIP as string | undefined;
    return address === undefined ? undefined : `${address}:${port}`;
  });
  if (rust === undefined) throw new Error("bizra has no ServiceMonitor");
  return rust;
}

/** Lets Prometheus know of the pods that there are now: Debian's does not ask the API server itself. */
export async function followPods(stage: LiveStage): Promise<void> {
  const { static_configs: targets } = await rustScrape(stage);
  const place = { namespace: "monitoring", pod: "prometheus-0", container: "prometheus" };
  const draft = `${targetsFile}.new`;
  const said = await stage.inside(
    place,
    `echo '${JSON.stringify(targets)}' >${draft} && mv ${draft} ${targetsFile}`,
  );
  if (said !== "") throw new Error(`Prometheus' pod does not take its targets: ${said}`);
}

async function configuration(stage: LiveStage): Promise<object> {
  const scrape = await rustScrape(stage);
  const fields = Object.fromEntries(Object.entries(scrape).filter(([key]) => key !== "static_configs"));
  return {
    global: { scrape_interval: "15s" },
    scrape_configs: [
      { ...fields, file_sd_configs: [{ files: [targetsFile] }] },
      {
        job_name: "kubelets",
        scheme: "https",
        metrics_path: "/metrics/cadvisor",
        scrape_interval: "5s",
        honor_labels: true,
        tls_config: { insecure_skip_verify: true },
        authorization: { credentials_file: "/var/run/secrets/kubernetes.io/serviceaccount/token" },
        static_configs: [{ targets: [`${liveNode.address}:10250`], labels: { node: liveNode.name } }],
      },
    ],
  };
}
