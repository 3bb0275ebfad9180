/** How a command that checks something ends. */
import { writeFile } from "node:fs/promises";

import { allHold } from "./checks.ts";
import { type Report, toJson, toJunit, toText } from "./report.ts";

export interface ReportOptions {
  readonly json: boolean;
  /** File for JUnit's XML. */
  readonly junit?: string;
}

/** Prints the report, writes JUnit's file where one is wanted, and sets the exit code: 1 unless everything holds. */
export async function finish(report: Report, { json, junit }: ReportOptions): Promise<void> {
  if (junit !== undefined) await writeFile(junit, toJunit(report));
  process.stdout.write(json ? toJson(report) : toText(report));
  if (!allHold(report.results)) process.exitCode = 1;
}
