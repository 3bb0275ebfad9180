/** The cluster's DNS: a real CoreDNS on loopback that watches an embedded cluster, behind a pod where a cluster has its own. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { testGroups } from "../../ops/src/toolchain/groups.ts";
import { ensureToolchain } from "../../ops/src/toolchain/index.ts";
import { type Daemon, freePort, startDaemon } from "./daemon.ts";
import type { Sandbox } from "./sandbox.ts";
import { putBehind } from "./simulatedPods.ts";

/** @param sandbox a clone whose cluster is up, with its environment loaded. */
export async function startClusterDns(sandbox: Sandbox): Promise<Daemon> {
  const { tools } = await ensureToolchain({ groups: testGroups });
  const folder = mkdtempSync(join(tmpdir(), "paw-dns-"));
  const kubeconfig = join(folder, "kubeconfig");
  const view = await sandbox.ok("kubectl", ["config", "view", "--minify", "--raw", "--flatten"]);
  writeFileSync(kubeconfig, view.stdout, { mode: 0o600 });
  const context = (await sandbox.ok("kubectl", ["config", "current-context"])).stdout.trim();
  const [port, ready] = [await freePort(), await freePort()];
  const corefile = [
    ".:" + String(port) + " {",
    "  bind 127.0.0.1",
    `  ready 127.0.0.1:${ready}`,
    "  kubernetes cluster.local {",
    `    kubeconfig ${kubeconfig} ${context}`,
    "  }",
    "}",
    "",
  ].join("\n");
  writeFileSync(join(folder, "Corefile"), corefile);
  const daemon = await startDaemon({
    name: "CoreDNS",
    command: tools.coredns.path,
    args: ["-conf", join(folder, "Corefile")],
    ready: `http://127.0.0.1:${ready}/ready`,
    within: 60,
    folder,
  });
  await runPod(sandbox, { name: "coredns-0", namespace: "kube-system", labels: { "k8s-app": "kube-dns" } });
  await putBehind(sandbox, [
    { namespace: "kube-system", pod: "coredns-0", ports: { 53: `127.0.0.1:${port}` } },
  ]);
  return daemon;
}

/** A simulated pod of one container, ready. */
export async function runPod(
  sandbox: Sandbox,
  metadata: { readonly name: string; readonly namespace: string; readonly labels: Record<string, string> },
): Promise<void> {
  const containers = [{ name: "main", image: "simulated.invalid/none:0" }];
  await sandbox.apply({ apiVersion: "v1", kind: "Pod", metadata, spec: { containers } });
  await sandbox.ok("kubectl", [
    ...["wait", "--for=condition=Ready", "--timeout=30s"],
    ...["-n", metadata.namespace, `pod/${metadata.name}`],
  ]);
}
