/** What kwokctl's control planes of the embedded and of the live cluster have in common. */
import { randomBytes } from "node:crypto";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { execa } from "execa";
import { parse, stringify } from "yaml";

import { contextOf } from "../project.ts";
import type { Target } from "./types.ts";

/** Folder of kwokctl, which keeps the control plane's certificates, data and logs there. */
export const workFolder = ({ folder }: Target): string => join(folder, "kwok");
export const instanceFolder = (target: Target): string => join(workFolder(target), "clusters", target.name);
/** Written when the cluster is whole; without it, what lies there is the rest of an interrupted start. */
export const madeMark = ({ folder }: Target): string => join(folder, "made");

/** The policy that real clusters are to have, too; the log of it lies with the cluster's others. */
export const auditPolicy = fileURLToPath(
  new URL("../../../components/platform/admission/audit-policy.yaml", import.meta.url),
);

/** The API server's configuration of how Secrets are stored: encrypted, as a real cluster is to have it, with a new key. */
export function encryptionConfiguration(): string {
  const keys = [{ name: "own", secret: randomBytes(32).toString("base64") }];
  return stringify({
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "EncryptionConfiguration",
    resources: [{ resources: ["secrets"], providers: [{ secretbox: { keys } }, { identity: {} }] }],
  });
}

/**
 * A kubeconfig of one cluster, with a context whose name stack files can refer to.
 *
 * @param written what kwokctl wrote.
 * @param server where the API server is reached; where kwokctl says, by default.
 */
export function kubeconfigFor(cluster: string, written: string, server?: string): string {
  const { clusters, users } = parse(written) as {
    clusters: { cluster: Record<string, unknown> }[];
    users: { user: unknown }[];
  };
  const name = contextOf(cluster);
  const there = { ...clusters[0]?.cluster, ...(server === undefined ? {} : { server }) };
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    "current-context": name,
    clusters: [{ name, cluster: there }],
    users: [{ name, user: users[0]?.user }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  });
}

/**
 * Runs kubectl on a cluster; never throws for a non-zero exit.
 *
 * @param seconds that the API server may take for an answer.
 */
export function kubectl(
  { toolchain, kubeconfig }: Target,
  args: readonly string[],
  { seconds, input }: { readonly seconds: number; readonly input?: string },
): Promise<{ exitCode?: number; stdout: string; stderr: string }> {
  return execa(
    toolchain.tools.kubectl.path,
    ["--kubeconfig", kubeconfig, `--request-timeout=${seconds}s`, ...args],
    { reject: false, ...(input === undefined ? {} : { input }) },
  );
}
