/** Archives that were fetched before, each with its digest beside it: whole, or not there. */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

import type { Chart } from "./chart.ts";
import { fetchChart, writeWhole } from "./fetch.ts";
import { readIfThere, sha256, sha256OfFile } from "./inspect.ts";
import type { Transfers } from "./transfers.ts";

/**
 * Path of a chart's archive in the cache; fetched where it is not there, or is not any more what was fetched. Two
 * processes that fetch the same write the same, one after the other.
 *
 * @throws Error when it has to be fetched and cannot be.
 */
export async function cachedArchive(chart: Chart, folder: string, transfers: Transfers): Promise<string> {
  const address = sha256(chart.repository).slice(0, 12);
  const file = join(folder, `${chart.name}-${chart.version}-${address}.tgz`);
  const digestFile = `${file}.sha256`;
  const [recorded, found] = await Promise.all([readIfThere(digestFile), sha256OfFile(file)]);
  if (found !== undefined && recorded?.toString("utf8") === found) return file;
  await mkdir(folder, { recursive: true });
  const digest = await writeWhole(file, (draft) => fetchChart(chart, draft, transfers));
  await writeWhole(digestFile, (draft) => writeFile(draft, digest));
  return file;
}
