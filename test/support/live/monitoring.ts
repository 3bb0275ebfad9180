/** A real Prometheus and a real metrics-server in pods of a live cluster. */
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { parseAllDocuments, stringify } from "yaml";

import { archiveOf } from "../../../ops/src/images/archive.ts";
import { contentOf } from "../../../ops/src/images/contents.ts";
import { ensureToolchain } from "../../../ops/src/toolchain/index.ts";
import { liveGroups, liveTestGroups } from "../../../ops/src/toolchain/liveGroups.ts";
import { scrapeConfigs, storedIn } from "../monitoring/scrape.ts";
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

/** What the operator makes of bizra's ServiceMonitor, with targets as they come and go; and the kubelet's containers. */
async function configuration(stage: LiveStage): Promise<object> {
  const stored = await storedIn(stage.sandbox);
  const monitors = stored.monitors.filter(({ metadata }) => metadata.name === "bizra-rust");
  const [rust] = scrapeConfigs({ ...stored, monitors }, () => undefined);
  const { static_configs: none, ...fields } = rust ?? { static_configs: [] };
  if (none.length > 0) throw new Error("targets are looked up by Prometheus itself");
  const label = (source: string, target: string): object => ({
    source_labels: [`__meta_kubernetes_${source}`],
    target_label: target,
  });
  const keep = (source: string, regex: string): object => ({
    source_labels: [`__meta_kubernetes_${source}`],
    action: "keep",
    regex,
  });
  const token = "/var/run/secrets/kubernetes.io/serviceaccount/token";
  return {
    global: { scrape_interval: "15s" },
    scrape_configs: [
      {
        ...fields,
        kubernetes_sd_configs: [{ role: "endpoints", namespaces: { names: ["testnet"] } }],
        relabel_configs: [
          keep("service_name", "bizra-apex"),
          keep("endpoint_port_name", "rust-metrics"),
          ...["namespace", "pod_name", "service_name"].map((source) =>
            label(source, source.replace("_name", "")),
          ),
        ],
      },
      {
        job_name: "kubelets",
        scheme: "https",
        metrics_path: "/metrics/cadvisor",
        scrape_interval: "5s",
        honor_labels: true,
        tls_config: { insecure_skip_verify: true },
        authorization: { credentials_file: token },
        kubernetes_sd_configs: [{ role: "node" }],
        relabel_configs: [keep("node_name", "live-.*")],
      },
    ],
  };
}
