/** Where records are kept: a file here, which survives a broken cluster, and a ConfigMap that everybody else sees. */
import { mkdir, readFile, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { CoreV1Api, V1ConfigMap } from "@kubernetes/client-node";

import { commonLabels, namespaces } from "../../../components/names.ts";
import { UserError, firstLine } from "../errors.ts";
import { pawFolder } from "../project.ts";
import { selectorText } from "../running/forward.ts";
import type { Target } from "../running/target.ts";
import { type DeploymentRecord, incidentPage } from "./record.ts";

/** Records that the cluster keeps; files stay until somebody removes them. */
const kept = 20;
const labels = commonLabels("paw", "deployment-record");
const selector = selectorText(labels);

const folderOf = (stack: string): string => join(pawFolder, "records", stack);

/**
 * Keeps a record; of one that did not succeed also the beginning of an incident report.
 *
 * @returns paths of what was written, and why the cluster has no copy where that is so.
 */
export async function keepRecord(
  target: Target,
  record: DeploymentRecord,
): Promise<{ readonly files: readonly string[]; readonly problem?: string }> {
  const folder = folderOf(record.stack);
  await mkdir(folder, { recursive: true });
  const file = join(folder, `${record.id}.json`);
  await writeFile(file, `${JSON.stringify(record, undefined, 2)}\n`);
  const files = [file];
  if (record.outcome !== "succeeded") {
    const incident = join(folder, `${record.id}-incident.md`);
    await writeFile(incident, incidentPage(record));
    files.push(incident);
  }
  try {
    await keepInCluster(target, record);
    return { files };
  } catch (error) {
    return { files, problem: firstLine(error) };
  }
}

async function keepInCluster({ kubeconfig }: Target, record: DeploymentRecord): Promise<void> {
  const core = kubeconfig.makeApiClient(CoreV1Api);
  const namespace = namespaces.paw;
  await core.createNamespacedConfigMap({
    namespace,
    body: Object.assign(new V1ConfigMap(), {
      metadata: { name: `record-${record.id}`, namespace, labels },
      data: { "record.json": JSON.stringify(record) },
      immutable: true,
    }),
  });
  const { items } = await core.listNamespacedConfigMap({ namespace, labelSelector: selector });
  const names = items.map(({ metadata }) => metadata?.name ?? "").sort();
  for (const name of names.slice(0, -kept)) await core.deleteNamespacedConfigMap({ namespace, name });
}

/** Records that the cluster has, and those of this machine, newest first. */
export async function listRecords(target: Target): Promise<DeploymentRecord[]> {
  const core = target.kubeconfig.makeApiClient(CoreV1Api);
  const { items } = await core.listNamespacedConfigMap({
    namespace: namespaces.paw,
    labelSelector: selector,
  });
  const inCluster = items.map(({ data }) => JSON.parse(data?.["record.json"] ?? "{}") as DeploymentRecord);
  const here = await recordsHere(target.stack);
  const all = new Map([...here, ...inCluster].map((record) => [record.id, record]));
  return [...all.values()]
    .filter(({ stack }) => stack === target.stack)
    .sort((a, b) => (a.id < b.id ? 1 : -1));
}

/** Records that this machine has, in no order. */
export async function recordsHere(stack: string): Promise<DeploymentRecord[]> {
  const files = await readdir(folderOf(stack)).catch(() => []);
  return Promise.all(
    files
      .filter((file) => file.endsWith(".json"))
      .map(
        async (file) => JSON.parse(await readFile(join(folderOf(stack), file), "utf8")) as DeploymentRecord,
      ),
  );
}

/**
 * One record by its id, or by the beginning of it.
 *
 * @throws UserError when there is none, or more than one.
 */
export async function findRecord(target: Target, id: string): Promise<DeploymentRecord> {
  const all = await listRecords(target);
  const found = all.filter((record) => record.id.startsWith(id));
  if (found.length === 1 && found[0]) return found[0];
  throw new UserError(`${found.length} records of ${target.stack} begin with "${id}"`, [
    "npx paw record list",
  ]);
}
