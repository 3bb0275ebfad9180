import { resolve } from "node:path";

import { pinnedCharts } from "../../../components/platform/charts/chart.ts";
import { placed } from "../../../components/platform/charts/archives.ts";
import { type ChartSource, isLocation, isRegistry } from "../../../components/platform/charts/source.ts";
import { pull as pullCharts } from "../charts/pull.ts";
import { verify as verifyMirror } from "../charts/verify.ts";
import { UserError } from "../errors.ts";
import { interruptible } from "../interrupt.ts";
import { Progress } from "../progress.ts";
import { table } from "../table.ts";

export interface PullArguments {
  readonly to: string;
  readonly from?: string;
  readonly acceptChanged: boolean;
}

/** `paw charts pull`: fills a mirror directory with every pinned chart. */
export async function pull({ to, from, acceptChanged }: PullArguments): Promise<void> {
  const source = sourceOf(from);
  const folder = resolve(to);
  const charts = pinnedCharts().map((chart) => placed(chart, source));
  const progress = new Progress();
  progress.step(`charts from ${source.kind === "mirror" ? source.location : "their repositories"}`);
  const fetched = await interruptible({ what: "charts were being fetched" }, (signal) =>
    pullCharts({ charts, to: folder, from: source, acceptChanged, signal, note: progress.note }),
  );
  process.stdout.write(
    `${charts.length} charts in ${folder}: ${fetched} fetched, ${charts.length - fetched} as recorded\n`,
  );
}

function sourceOf(from: string | undefined): ChartSource {
  if (from === undefined) return { kind: "upstream" };
  if (!isLocation(from)) {
    throw new UserError("--from wants a directory, or oci://host/prefix without user and password.", [
      'A registry that wants a login takes that of "docker login".',
    ]);
  }
  return { kind: "mirror", location: isRegistry(from) ? from : resolve(from) };
}

/** `paw charts verify`: checks a mirror directory against the pins. Exits with 1 when a chart is missing or damaged. */
export async function verify(directory: string, options: { readonly json: boolean }): Promise<void> {
  const folder = resolve(directory);
  const { charts, extra } = await verifyMirror(pinnedCharts(), folder);
  if (charts.some(({ verdict }) => verdict !== "ok")) process.exitCode = 1;
  if (options.json) {
    process.stdout.write(`${JSON.stringify({ charts, extra }, null, 2)}\n`);
    return;
  }
  const rows = charts.map(({ verdict, name, version, found }) => [verdict, name, version, found]);
  const notes = extra.map(({ file, found }) => ["note", file, "", found]);
  process.stdout.write(table([["VERDICT", "CHART", "VERSION", "FOUND"], ...rows, ...notes]));
}

/** `paw charts list`: shows the pins. */
export function list(options: { readonly json: boolean }): void {
  const charts = pinnedCharts();
  if (options.json) {
    process.stdout.write(`${JSON.stringify(charts, null, 2)}\n`);
    return;
  }
  const rows = charts.map(({ name, version, repository }) => [name, version, repository]);
  process.stdout.write(table([["CHART", "VERSION", "REPOSITORY"], ...rows]));
}
