/** Charts from a chart repository: an `index.yaml` that names the archive of each version. */
import { parse } from "yaml";
import { z } from "zod";

import type { Chart } from "./chart.ts";
import type { Transfers } from "./transfers.ts";

/** Entries of other charts, and older ones of this, may be odd: they do not matter. */
const indexSchema = z.object({ entries: z.record(z.string(), z.unknown()) });
const versionsSchema = z.array(z.unknown()).catch([]);
const entrySchema = z.object({
  version: z.string(),
  urls: z.array(z.string()),
  digest: z.string().nullish(),
});

/**
 * Downloads a chart's archive and returns its SHA-256.
 *
 * @throws Error when the repository does not have it, or has another one than its index says.
 */
export async function fetchFromRepository(chart: Chart, file: string, transfers: Transfers): Promise<string> {
  const indexUrl = `${chart.repository}/index.yaml`;
  const index = await transfers.once(indexUrl, async () =>
    readIndex(await transfers.text(indexUrl), indexUrl),
  );
  const versions = versionsOf(index, chart.name);
  const entry = versions.find(({ version }) => version === chart.version);
  const url = entry?.urls[0];
  if (url === undefined) {
    const others =
      versions[0] === undefined ? "no version" : `${versions.length}, first ${versions[0].version}`;
    throw new Error(`${indexUrl} has no ${chart.name} ${chart.version} (of ${chart.name} it has ${others})`);
  }
  const address = new URL(url, indexUrl).href;
  const found = await transfers.file(address, file);
  const wanted = entry?.digest?.replace(/^sha256:/, "").toLowerCase() ?? "";
  if (wanted !== "" && found !== wanted) {
    throw new Error(`${address} has the SHA-256 ${found}, and ${indexUrl} says ${wanted}`);
  }
  return found;
}

function readIndex(text: string, url: string): z.infer<typeof indexSchema> {
  try {
    return indexSchema.parse(parse(text));
  } catch {
    throw new Error(`${url} is no index of a chart repository`);
  }
}

function versionsOf({ entries }: z.infer<typeof indexSchema>, name: string): z.infer<typeof entrySchema>[] {
  return versionsSchema.parse(entries[name]).flatMap((entry) => {
    const { success, data } = entrySchema.safeParse(entry);
    return success ? [data] : [];
  });
}
