/** Clusters by name, several side by side, each in its own folder under `.paw/clusters`. */
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { execa } from "execa";
import { parse } from "yaml";

import { UserError } from "../errors.ts";
import { withLock } from "../lock.ts";
import { pawFolder } from "../project.ts";
import type { Toolchain } from "../toolchain/index.ts";
import { embedded } from "./embedded/driver.ts";
import { k3s } from "./k3s.ts";
import { kind } from "./kind.ts";
import { live } from "./live/driver.ts";
import type { ClusterKind, ClusterRecord, ClusterStatus, Driver, Report, Target } from "./types.ts";

export { clusterKinds } from "./types.ts";
export type { ClusterKind, ClusterStatus } from "./types.ts";

/** Name of the cluster that is meant where none is given. */
export const defaultCluster = "paw";

const drivers: Readonly<Record<ClusterKind, Driver>> = { embedded, live, kind, k3s };
const clustersFolder = join(pawFolder, "clusters");

/** Kubeconfig of a cluster; it exists once the cluster was up. */
export function kubeconfigOf(name: string): string {
  return join(clustersFolder, name, "kubeconfig");
}

/**
 * Makes the cluster, or starts it again with its data; does nothing when it runs.
 *
 * @throws UserError when a cluster of that name and another kind exists, or when the kind's tools are missing.
 */
export async function clusterUp(
  request: { readonly name: string; readonly kind: ClusterKind },
  toolchain: Toolchain,
  report: Report,
): Promise<ClusterStatus> {
  const target = targetOf(request.name, toolchain);
  return withClusterLock(request.name, report, async () => {
    const known = readRecord(request.name);
    if (known && known.kind !== request.kind) {
      throw new UserError(
        `The cluster "${request.name}" exists and is of kind ${known.kind}, not ${request.kind}.`,
        [`Choose another name with --name, or remove it: npx paw cluster down --name ${request.name}`],
      );
    }
    await drivers[request.kind].require();
    const record: ClusterRecord = known ?? { ...request, createdAt: new Date().toISOString() };
    await mkdir(target.folder, { recursive: true, mode: 0o700 });
    await writeFile(recordFile(request.name), JSON.stringify(record));
    await drivers[record.kind].up(target, report);
    const whole = { ...record, uid: record.uid ?? (await uidOf(target)) };
    await writeFile(recordFile(request.name), JSON.stringify(whole));
    return statusFor(whole, toolchain);
  });
}

/** Ends the cluster's processes and keeps its data. */
export async function clusterStop(name: string, toolchain: Toolchain, report: Report): Promise<void> {
  await withClusterLock(name, report, async () => {
    const record = readRecord(name);
    if (!record)
      throw new UserError(`There is no cluster "${name}".`, ["List them with: npx paw cluster status"]);
    await drivers[record.kind].stop(targetOf(name, toolchain), report);
  });
}

/** Ends the cluster's processes and removes its data; fine to call when there is none. */
export async function clusterDown(name: string, toolchain: Toolchain, report: Report): Promise<void> {
  const target = targetOf(name, toolchain);
  await withClusterLock(name, report, async () => {
    const record = readRecord(name);
    if (record) {
      await drivers[record.kind].require();
      await drivers[record.kind].down(target, report);
    }
    await rm(target.folder, { recursive: true, force: true });
  });
}

/** All clusters that `paw` knows of in this checkout. */
export async function clusterList(toolchain: Toolchain): Promise<ClusterStatus[]> {
  const names = existsSync(clustersFolder) ? readdirSync(clustersFolder) : [];
  const records = names.map(readRecord).filter((record) => record !== undefined);
  return Promise.all(records.map((record) => statusFor(record, toolchain)));
}

async function statusFor(record: ClusterRecord, toolchain: Toolchain): Promise<ClusterStatus> {
  const target = targetOf(record.name, toolchain);
  const { kubeconfig } = target;
  if (!existsSync(kubeconfig)) return { ...record, kubeconfig, state: "half made" };
  const state = (await drivers[record.kind].isRunning(target)) ? "running" : "stopped";
  const parsed = parse(readFileSync(kubeconfig, "utf8")) as {
    clusters?: { cluster?: { server?: string } }[];
  };
  const server = parsed.clusters?.[0]?.cluster?.server;
  return { ...record, kubeconfig, state, ...(server === undefined ? {} : { server }) };
}

async function uidOf(target: Target): Promise<string> {
  const args = [
    "--kubeconfig",
    target.kubeconfig,
    "get",
    "namespace",
    "kube-system",
    "-o",
    "jsonpath={.metadata.uid}",
  ];
  return (await execa(target.toolchain.tools.kubectl.path, args)).stdout;
}

function withClusterLock<T>(name: string, report: Report, work: () => Promise<T>): Promise<T> {
  const onWait = (holder: { pid: number }): void => {
    report(`waiting: process ${holder.pid} is working on the cluster "${name}"`);
  };
  return withLock(join(pawFolder, "locks", `cluster-${name}`), { onWait }, work);
}

function targetOf(name: string, toolchain: Toolchain): Target {
  return { name, toolchain, folder: join(clustersFolder, name), kubeconfig: kubeconfigOf(name) };
}

function recordFile(name: string): string {
  return join(clustersFolder, name, "cluster.json");
}

function readRecord(name: string): ClusterRecord | undefined {
  try {
    return JSON.parse(readFileSync(recordFile(name), "utf8")) as ClusterRecord;
  } catch {
    return undefined; // never made, or killed while the record was written: nothing has been started then
  }
}
