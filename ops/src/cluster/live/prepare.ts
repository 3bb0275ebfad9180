/** What a live node finds in its cluster's folder when it starts. */
import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { stringify } from "yaml";

import type { Toolchain } from "../../toolchain/index.ts";
import { auditPolicy, encryptionConfiguration, instanceFolder, workFolder } from "../controlPlane.ts";
import type { Target } from "../types.ts";
import { liveNode } from "./names.ts";

/** Folder of everything but the control plane. */
export const nodeFolder = ({ folder }: Target): string => join(folder, "node");
/** What is there once the API server answers. */
export const answersMark = (target: Target): string => join(nodeFolder(target), "answers");

/**
 * Writes it; keys and tokens only once.
 *
 * @param node the parts of a live node.
 */
export async function prepare(target: Target, node: Toolchain): Promise<void> {
  const folder = nodeFolder(target);
  for (const part of ["logs", "cni", "disk"])
    await mkdir(join(folder, part), { recursive: true, mode: 0o700 });
  copyFileSync(
    fileURLToPath(new URL("pod-network.conflist", import.meta.url)),
    join(folder, "cni", "10-pods.conflist"),
  );
  await writeFile(join(folder, "tools"), shellVariables(variables(target, node)));
  if (existsSync(join(folder, "tokens.csv"))) return;
  const users = [
    { file: "kubelet", name: `system:node:${liveNode.name}`, groups: "system:nodes" },
    { file: "kube-proxy", name: "system:kube-proxy", groups: "system:node-proxiers" },
  ].map((user) => ({ ...user, token: randomBytes(24).toString("hex") }));
  for (const { file, token } of users) {
    await writeFile(join(folder, `${file}.kubeconfig`), kubeconfig(target, token), { mode: 0o600 });
  }
  await writeFile(join(folder, "encryption.yaml"), encryptionConfiguration(), { mode: 0o600 });
  const lines = users.map(({ token, name, groups }) => `${token},${name},${name},"${groups}"\n`);
  await writeFile(join(folder, "tokens.csv"), lines.join(""), { mode: 0o600 });
}

function variables(target: Target, node: Toolchain): Record<string, string> {
  const { tools } = target.toolchain;
  const parts = node.tools;
  const administrators = ["/usr/sbin", "/sbin"];
  return {
    CLUSTER: target.name,
    NODE_NAME: liveNode.name,
    NODE_ADDRESS: liveNode.address,
    AUDIT_POLICY: auditPolicy,
    NODE: process.execPath,
    // containerd looks for its shim and for runc there.
    PATH: [dirname(parts.containerd.path), process.env.PATH ?? "", ...administrators].join(delimiter),
    CONTAINERD: parts.containerd.path,
    KUBELET: parts.kubelet.path,
    KUBE_PROXY: parts["kube-proxy"].path,
    ETCD: tools.etcd.path,
    KUBE_APISERVER: tools["kube-apiserver"].path,
    KUBE_CONTROLLER_MANAGER: tools["kube-controller-manager"].path,
    KUBE_SCHEDULER: tools["kube-scheduler"].path,
    KWOK: tools.kwok.path,
    KWOKCTL: tools.kwokctl.path,
    KWOK_WORKDIR: workFolder(target),
    KWOK_KUBECTL_BINARY: tools.kubectl.path,
    // kwokctl would add its context to the user's own kubeconfig otherwise.
    KUBECONFIG: join(target.folder, "unused-kubeconfig"),
  };
}

function shellVariables(values: Readonly<Record<string, string>>): string {
  const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
  return Object.entries(values)
    .map(([name, value]) => `${name}=${quoted(value)}\n`)
    .join("");
}

function kubeconfig(target: Target, token: string): string {
  const name = "live";
  const authority = join(instanceFolder(target), "pki", "ca.crt");
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: { server: "https://127.0.0.1:6443", "certificate-authority": authority } }],
    users: [{ name, user: { token } }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}
