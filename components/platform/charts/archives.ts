/** The archives of charts as local files, whatever the source: that is all that `helm.v4.Chart` is ever given. */
import type { ChartName } from "../../../versions.ts";
import { cachedArchive } from "./cache.ts";
import { type Chart, pinnedCharts } from "./chart.ts";
import { type MissingChart, gather, missingLines } from "./gather.ts";
import { inspectMirrored, readRecords } from "./mirror.ts";
import { type ChartSource, isRegistry } from "./source.ts";
import { Transfers } from "./transfers.ts";

export type { ChartSource } from "./source.ts";

/** Charts cannot be had: all of them, every place that was tried, and what to do, in one message. */
export class MissingChartsError extends Error {
  override readonly name = "MissingChartsError";
  readonly missing: readonly MissingChart[];

  constructor(missing: readonly MissingChart[], source: ChartSource) {
    const place = source.kind === "mirror" ? `the mirror ${source.location}` : "their repositories";
    super(
      [
        `${missing.length === 1 ? "a chart" : `${missing.length} charts`} cannot be had from ${place}:`,
        ...missingLines(missing),
        ...advice(source).map((line) => `-> ${line}`),
      ].join("\n"),
    );
    this.missing = missing;
  }
}

function advice(source: ChartSource): string[] {
  const fill = "on a machine with a network: npx paw charts pull --to DIR";
  return [
    source.kind === "mirror"
      ? `Fill the mirror ${fill}, then bring DIR there; npx paw charts verify DIR checks it`
      : `Take them from a mirror: set paw:charts.source to mirror and paw:charts.mirror to DIR, which is filled ${fill}`,
    "Or install no chart, on a new stack: set paw:charts.source to crds",
  ];
}

/**
 * Paths of the archives of pinned charts. Archives out of a network are kept in the cache, so that the next call needs
 * no network; those of a mirror directory are checked where they are.
 *
 * @param cacheFolder absolute; made where it does not exist.
 * @throws MissingChartsError with every chart that cannot be had.
 */
export async function chartArchives<Name extends ChartName>(
  wanted: readonly Name[],
  source: ChartSource,
  cacheFolder: string,
): Promise<Readonly<Record<Name, string>>> {
  return archivesOf(pinnedCharts(wanted), source, { cacheFolder, transfers: new Transfers() });
}

/** As {@link chartArchives}, for any charts. */
export async function archivesOf(
  charts: readonly Chart[],
  source: ChartSource,
  { cacheFolder, transfers }: { readonly cacheFolder: string; readonly transfers: Transfers },
): Promise<Readonly<Record<string, string>>> {
  const inDirectory = source.kind === "mirror" && !isRegistry(source.location);
  const { found, missing } = await gather(
    charts.map((chart) => placed(chart, source)),
    inDirectory ? fromDirectory(source.location) : (chart) => cachedArchive(chart, cacheFolder, transfers),
  );
  if (missing.length > 0) throw new MissingChartsError(missing, source);
  return found;
}

/** The chart as a source has it: a mirror stands in the place of the chart's own repository. */
export function placed(chart: Chart, source: ChartSource): Chart {
  return source.kind === "mirror" ? { ...chart, repository: source.location } : chart;
}

/** Finds archives in a mirror directory, whose records are read once. */
function fromDirectory(folder: string): (chart: Chart) => Promise<string> {
  let records: ReturnType<typeof readRecords> | undefined;
  return async (chart) => {
    records ??= readRecords(folder);
    const { file, verdict, found } = await inspectMirrored(chart, folder, await records);
    if (verdict !== "ok") throw new Error(`${file} ${found}`);
    return file;
  };
}
