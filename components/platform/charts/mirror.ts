/** A directory of chart archives, with the digests that `paw charts pull` recorded beside them. */
import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { z } from "zod";

import { type Chart, archiveName } from "./chart.ts";
import { archiveFault, readIfThere, sha256 } from "./inspect.ts";

/** File in the directory that holds what was recorded. */
export const recordsFile = "paw-charts.json";

const recordSchema = z.strictObject({
  name: z.string(),
  version: z.string(),
  /** Where the chart came from: a repository as in versions.ts, or a mirror. */
  source: z.string(),
  /** Hexadecimal digits. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** Bytes. */
  size: z.int(),
});
const recordsSchema = z.strictObject({ charts: z.array(recordSchema) });

export type ChartRecord = z.infer<typeof recordSchema>;

/**
 * What is recorded of a directory's archives; nothing where nothing was ever recorded.
 *
 * @throws Error when the file cannot be understood.
 */
export async function readRecords(folder: string): Promise<readonly ChartRecord[] | undefined> {
  const file = join(folder, recordsFile);
  const content = await readIfThere(file);
  if (!content) return undefined;
  try {
    return recordsSchema.parse(JSON.parse(content.toString("utf8"))).charts;
  } catch {
    throw new Error(`${file} is no record of "paw charts pull"`);
  }
}

/** Records, sorted; the same records become the same file. Synchronous, so that two writers in a process take turns. */
export function writeRecords(folder: string, records: readonly ChartRecord[]): void {
  const key = ({ name, version }: ChartRecord): string => `${name} ${version}`;
  const charts = records.toSorted((one, other) => (key(one) < key(other) ? -1 : 1));
  const file = join(folder, recordsFile);
  const draft = join(folder, `.${recordsFile}.part`);
  writeFileSync(draft, `${JSON.stringify({ charts }, null, 2)}\n`);
  renameSync(draft, file);
}

/** The record of a chart's pinned version. */
export function recordOf(
  records: readonly ChartRecord[],
  { name, version }: Pick<Chart, "name" | "version">,
): ChartRecord | undefined {
  return records.find((record) => record.name === name && record.version === version);
}

/** A chart as a directory has it. `found` is words after the file's name. */
export type Mirrored = { readonly file: string; readonly found: string } & (
  { readonly verdict: "missing" | "failed" } | { readonly verdict: "ok"; readonly sha256: string }
);

/** Looks at a chart's archive in a directory, and holds it against the records where there are any. */
export async function inspectMirrored(
  chart: Chart,
  folder: string,
  records: readonly ChartRecord[] | undefined,
): Promise<Mirrored> {
  const file = join(folder, archiveName(chart));
  const content = await readIfThere(file);
  if (!content) return { file, verdict: "missing", found: "is not there" };
  const digest = sha256(content);
  const recorded = records && recordOf(records, chart);
  const found = (records ? digestFault(digest, recorded) : undefined) ?? archiveFault(content, chart);
  if (found !== undefined) return { file, verdict: "failed", found };
  return {
    file,
    verdict: "ok",
    found: recorded ? "is as recorded" : "is readable; no digest is recorded",
    sha256: digest,
  };
}

function digestFault(digest: string, recorded: ChartRecord | undefined): string | undefined {
  if (!recorded) return `has no digest in ${recordsFile}`;
  if (digest === recorded.sha256) return undefined;
  return `has the SHA-256 ${digest}, and ${recordsFile} says ${recorded.sha256}`;
}
