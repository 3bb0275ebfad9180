/** A chart as it is asked for, and what its archive is called. */
import { type ChartName, type ChartPin, charts } from "../../../versions.ts";

/** `repository` is that of versions.ts, or an OCI mirror in its place. */
export interface Chart extends ChartPin {
  readonly name: string;
}

/** The pinned charts of those names; all of versions.ts where none are given. */
export function pinnedCharts(names: readonly ChartName[] = Object.keys(charts) as ChartName[]): Chart[] {
  return names.map((name) => ({ name, ...charts[name] }));
}

/** Name of a chart's archive, as Helm itself gives it. */
export function archiveName({ name, version }: Pick<Chart, "name" | "version">): string {
  return `${name}-${version}.tgz`;
}
