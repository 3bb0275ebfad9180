/** Results of checks as text for people, and in the forms that other tools read. */
import pc from "picocolors";

import { table } from "../table.ts";
import { escaped } from "../xml.ts";
import { type Result, type Verdict, allHold } from "./checks.ts";

export interface Report {
  /** The command, such as `paw validate`. */
  readonly command: string;
  readonly stack: string;
  readonly context: string;
  readonly results: readonly Result[];
}

const colours: Readonly<Record<Verdict, (text: string) => string>> = {
  proven: pc.green,
  simulated: pc.cyan,
  "not evaluated": pc.yellow,
  failed: pc.red,
};

/** A table, and below it what is wrong with what to do. */
export function toText({ results, ...about }: Report): string {
  const rows = results.map(({ verdict, title, found, notEvaluated }) => [
    verdict,
    title,
    notEvaluated ?? found,
  ]);
  const [head = "", ...lines] = table([["VERDICT", "CHECK", "FOUND"], ...rows])
    .trimEnd()
    .split("\n");
  const coloured = lines.map((line, index) => {
    const { verdict } = results[index] ?? { verdict: "failed" as const };
    return colours[verdict](line.slice(0, verdict.length)) + line.slice(verdict.length);
  });
  const faults = results.flatMap(({ title, wanted, faults: found }) =>
    found.length === 0
      ? []
      : [
          "",
          pc.bold(`${title}: wanted ${wanted}`),
          ...found.flatMap((fault) => [`  ${fault.found}`, `  -> ${fault.next}`]),
        ],
  );
  const count = (verdict: Verdict): number => results.filter((each) => each.verdict === verdict).length;
  const counts = (["proven", "simulated", "not evaluated", "failed"] as const)
    .filter((verdict) => count(verdict) > 0)
    .map((verdict) => `${count(verdict)} ${verdict}`);
  const summary = `${about.command}, stack ${about.stack} on ${about.context}: ${counts.join(", ")}`;
  return [head, ...coloured, ...faults, "", summary, ""].join("\n");
}

/** The same as data. */
export function toJson(report: Report): string {
  return `${JSON.stringify({ ...report, holds: allHold(report.results) }, undefined, 2)}\n`;
}

/** JUnit's XML: a test for each check. */
export function toJunit({ command, results }: Report): string {
  const count = (verdict: Verdict): number => results.filter((each) => each.verdict === verdict).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites><testsuite name="${escaped(command)}" tests="${results.length}" failures="${count("failed")}" skipped="${count("not evaluated")}">`,
    ...results.map((result) => junitCase(command, result)),
    "</testsuite></testsuites>",
    "",
  ].join("\n");
}

function junitCase(command: string, result: Result): string {
  const { id, seconds, wanted, found, faults, verdict, notEvaluated } = result;
  const text = faults.map((fault) => `${fault.found}\n-> ${fault.next}`).join("\n");
  return [
    `<testcase classname="${escaped(command)}" name="${escaped(id)}" time="${seconds.toFixed(3)}">`,
    ...(faults.length > 0
      ? [`<failure message="${escaped(`wanted ${wanted}`)}">${escaped(text)}</failure>`]
      : []),
    ...(verdict === "not evaluated"
      ? [`<skipped message="${escaped(`not evaluated: ${notEvaluated ?? ""}`)}"/>`]
      : []),
    `<system-out>${escaped(`${verdict}: ${found}`)}</system-out>`,
    "</testcase>",
  ].join("");
}
