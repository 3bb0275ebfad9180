/** Writes what was measured into docs/performance.md: each part by itself, with the machine and the day it was measured on. */
import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, cpus, loadavg, release, totalmem } from "node:os";

import { format, resolveConfig } from "prettier";

import type { Figures } from "./measured.ts";

const file = new URL("../docs/performance.md", import.meta.url);

export type Row = readonly string[];

/** Replaces a part of the page, which is between two marks of its name. */
export async function writePart(name: string, lines: readonly string[]): Promise<void> {
  const [open, close] = [`<!-- ${name} -->`, `<!-- /${name} -->`];
  const text = readFileSync(file, "utf8");
  const [from, to] = [text.indexOf(open), text.indexOf(close)];
  if (from < 0 || to < from) throw new Error(`docs/performance.md has no part ${open} … ${close}`);
  const part = [open, "", machine(), "", ...lines, ""].join("\n");
  const options = { ...(await resolveConfig(file)), parser: "markdown" };
  writeFileSync(file, await format(text.slice(0, from) + part + text.slice(to), options));
}

/** The machine, the day, and how busy it was with other work just before. */
export function machine(): string {
  const [cpu] = cpus();
  const gigabytes = (totalmem() / 2 ** 30).toFixed(0);
  const [load = 0] = busyBefore;
  return [
    `Measured on ${new Date().toISOString().slice(0, 10)}: ${availableParallelism()} × ${cpu?.model.trim() ?? "unknown processor"},`,
    `${gigabytes} GiB, ${process.platform} ${release()}, Node ${process.versions.node}; load before: ${load.toFixed(1)}.`,
  ].join(" ");
}

const busyBefore = loadavg();

export function table([head = [], ...rows]: readonly Row[]): string[] {
  const line = (row: Row): string => `| ${row.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)];
}

/** Columns of {@link timing}. */
export const timingHead: Row = ["runs", "median", "least … most", "most memory"];

export function timing({ runs, median, least, most, megabytes }: Figures): Row {
  return [
    String(runs),
    seconds(median),
    runs === 1 ? "" : `${least.toFixed(1)} … ${most.toFixed(1)} s`,
    megabytes === undefined ? "not evaluated" : `${megabytes.toFixed(0)} MB`,
  ];
}

export const seconds = (value: number): string => `${value.toFixed(1)} s`;
