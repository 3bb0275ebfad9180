/** One chart's archive from wherever its pin says, checked before anybody sees it under its name. */
import { randomUUID } from "node:crypto";
import { readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import type { Chart } from "./chart.ts";
import { archiveFault, sha256 } from "./inspect.ts";
import { fetchFromRegistry } from "./registry.ts";
import { fetchFromRepository } from "./repository.ts";
import { isRegistry } from "./source.ts";
import type { Transfers } from "./transfers.ts";
import { wrapRelease } from "./wrap.ts";

/** Name of a file that is not whole yet; it ends with the process that makes it. */
export const partial = /^\..*\.part$/;

/**
 * Downloads a chart's archive and returns its SHA-256.
 *
 * @throws Error when it cannot be had, or is not that chart.
 */
export async function fetchChart(chart: Chart, file: string, transfers: Transfers): Promise<string> {
  const digest = await download(chart, file, transfers);
  const fault = archiveFault(await readFile(file), chart);
  if (fault !== undefined) throw new Error(`the archive found there ${fault}`);
  return digest;
}

async function download(chart: Chart, file: string, transfers: Transfers): Promise<string> {
  if (isRegistry(chart.repository)) return fetchFromRegistry(chart, file, transfers);
  if (!chart.repository.endsWith(".yaml")) return fetchFromRepository(chart, file, transfers);
  const yaml = await transfers.text(chart.repository);
  try {
    const archive = wrapRelease(yaml, chart);
    await writeFile(file, archive);
    return sha256(archive);
  } catch (error) {
    throw new Error(`the file found there ${messageOf(error)}`, { cause: error });
  }
}

/** Has a file written under another name, and renames it when it is whole. */
export async function writeWhole<T>(file: string, work: (draft: string) => Promise<T>): Promise<T> {
  const draft = join(dirname(file), `.${basename(file)}.${randomUUID()}.part`);
  try {
    const result = await work(draft);
    await rename(draft, file);
    return result;
  } finally {
    await rm(draft, { force: true });
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
