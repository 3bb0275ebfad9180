/** Work on many charts at once, of which some may fail: what came out, and what is missing. */
import type { Chart } from "./chart.ts";
import { messageOf } from "./fetch.ts";

/** How many charts are worked on at a time. */
const atATime = 4;

/** A chart that cannot be had. */
export interface MissingChart {
  readonly name: string;
  readonly version: string;
  /** Each place that was asked, and what was found there. */
  readonly tried: readonly { readonly source: string; readonly found: string }[];
}

export interface Gathered<Result> {
  /** By the chart's name. */
  readonly found: Readonly<Record<string, Result>>;
  readonly missing: readonly MissingChart[];
}

/** Runs the work for each chart, a few at a time. A failure keeps no other chart from being worked on. */
export async function gather<Result>(
  charts: readonly Chart[],
  work: (chart: Chart) => Promise<Result>,
): Promise<Gathered<Result>> {
  const found: Record<string, Result> = {};
  const failures = new Map<Chart, MissingChart>();
  const queue = charts.values();
  const worker = async (): Promise<void> => {
    // All workers draw from the same iterator.
    for (const chart of queue) {
      try {
        found[chart.name] = await work(chart);
      } catch (error) {
        const { name, version, repository: source } = chart;
        failures.set(chart, { name, version, tried: [{ source, found: messageOf(error) }] });
      }
    }
  };
  await Promise.all(Array.from({ length: atATime }, worker));
  return { found, missing: charts.flatMap((chart) => failures.get(chart) ?? []) };
}

/** A line for each chart, and one below it for each place that was tried. */
export function missingLines(missing: readonly MissingChart[]): string[] {
  return missing.flatMap(({ name, version, tried }) => [
    `  ${name} ${version}`,
    ...tried.map(({ source, found }) => `    ${source}: ${found}`),
  ]);
}
