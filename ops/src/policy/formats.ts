/** An assessment as text for people, and in the forms that other tools read. */
import pc from "picocolors";

import type { Assessment, Judged } from "../../../policy/src/assess.ts";
import { accepted } from "../../../policy/src/exceptions.ts";
import { isBlocking } from "../../../policy/src/judge.ts";
import type { RuleAbout } from "../../../policy/src/rule.ts";
import { escaped } from "../xml.ts";

export const formats = ["table", "json", "sarif", "junit"] as const;
export type Format = (typeof formats)[number];

/** Writes an assessment in one of the forms. */
export function written(assessment: Assessment, format: Format): string {
  return writers[format](assessment);
}

const writers: Readonly<Record<Format, (assessment: Assessment) => string>> = {
  table: toTable,
  json: toJson,
  sarif: toSarif,
  junit: toJunit,
};

/** How a finding counts. */
export function statusOf(
  finding: Pick<Judged, "level" | "exception" | "notEvaluated">,
): "failed" | "warning" | "accepted" {
  if (finding.exception) return "accepted";
  return isBlocking(finding) ? "failed" : "warning";
}

const place = ({ path, container }: Judged): string =>
  container === undefined ? path : `${path} (container ${container})`;

function toTable({ findings, notEvaluated, rules, objects }: Assessment): string {
  const count = (status: string): number => findings.filter((finding) => statusOf(finding) === status).length;
  const marks = { failed: pc.red("failed  "), warning: pc.yellow("warning "), accepted: pc.dim("accepted") };
  const order = ["failed", "warning", "accepted"] as const;
  const lines = order.flatMap((status) =>
    findings
      .filter((finding) => statusOf(finding) === status)
      .flatMap((finding) => [
        `${marks[status]} ${pc.bold(finding.rule.id)}  ${finding.subject}${finding.source === undefined ? "" : `  (${finding.source})`}`,
        `         ${place(finding)}${place(finding) === "" ? "" : ": "}found ${finding.found}, wanted ${finding.wanted}`,
        finding.exception ? `         ${accepted(finding.exception)}` : `         fix: ${finding.rule.fix}`,
      ]),
  );
  const summary = [
    `${objects} objects, ${rules.length} rules:`,
    `${count("failed")} failed, ${count("warning")} warnings, ${count("accepted")} accepted,`,
    `${notEvaluated.length} rules not evaluated${notEvaluated.length === 0 ? "" : ` (${notEvaluated.join(", ")})`}`,
  ].join(" ");
  return [...lines, ...(lines.length > 0 ? [""] : []), summary, ""].join("\n");
}

function toJson({ findings, notEvaluated, objects }: Assessment): string {
  const list = findings.map((finding) => ({
    rule: finding.rule.id,
    item: finding.rule.item,
    severity: finding.rule.severity,
    status: statusOf(finding),
    object: finding.subject,
    source: finding.source,
    path: finding.path,
    container: finding.container,
    found: finding.found,
    wanted: finding.wanted,
    fix: finding.rule.fix,
    url: finding.rule.url,
    exception: finding.exception,
  }));
  return `${JSON.stringify({ objects, findings: list, notEvaluated }, undefined, 2)}\n`;
}

/** Static Analysis Results Interchange Format 2.1.0, as code hosts show it in a review. */
function toSarif({ findings, rules }: Assessment): string {
  const levels = { failed: "error", warning: "warning", accepted: "note" };
  const results = findings.map((finding) => ({
    ruleId: finding.rule.id,
    level: levels[statusOf(finding)],
    message: {
      text: `${finding.subject}: ${place(finding)} found ${finding.found}, wanted ${finding.wanted}. Fix: ${finding.rule.fix}`,
    },
    locations: [locationOf(finding)],
    ...(finding.exception
      ? { suppressions: [{ kind: "external", justification: accepted(finding.exception) }] }
      : {}),
  }));
  const driver = {
    name: "paw policy check",
    rules: rules.map(({ id, description, url, severity }) => ({
      id,
      shortDescription: { text: description },
      helpUri: url,
      properties: { severity },
    })),
  };
  const document = {
    $schema: "https://json.schemastore.org/sarif-2.1.0.json",
    version: "2.1.0",
    runs: [{ tool: { driver }, results }],
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

/** A file with its line where the object comes from one; else the object's own name. */
function locationOf({ source, subject }: Judged): object {
  const [, file, line] = /^(.*):(\d+)$/.exec(source ?? "") ?? [];
  const logicalLocations = [{ fullyQualifiedName: subject }];
  if (file === undefined) return { logicalLocations };
  return {
    physicalLocation: { artifactLocation: { uri: file }, region: { startLine: Number(line) } },
    logicalLocations,
  };
}

/** JUnit's XML: a test for each rule, which fails with all its findings. */
function toJunit({ findings, notEvaluated, rules }: Assessment): string {
  const cases = rules.map((rule) => junitCase(rule, findings, notEvaluated.includes(rule.id)));
  const failures = cases.filter((text) => text.includes("<failure")).length;
  const skipped = cases.filter((text) => text.includes("<skipped")).length;
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites><testsuite name="paw policy check" tests="${cases.length}" failures="${failures}" skipped="${skipped}">`,
    ...cases,
    "</testsuite></testsuites>",
    "",
  ].join("\n");
}

function junitCase(rule: RuleAbout, findings: readonly Judged[], skipped: boolean): string {
  const own = findings.filter((finding) => finding.rule.id === rule.id);
  const text = (list: readonly Judged[]): string =>
    escaped(
      list
        .map(
          (finding) =>
            `${finding.subject}: ${place(finding)} found ${finding.found}, wanted ${finding.wanted}`,
        )
        .join("\n"),
    );
  const blocking = own.filter(isBlocking);
  const others = own.filter((finding) => !isBlocking(finding));
  return [
    `<testcase classname="item ${escaped(String(rule.item))}" name="${escaped(rule.id)}">`,
    ...(skipped ? ['<skipped message="not evaluated"/>'] : []),
    ...(blocking.length > 0
      ? [`<failure message="${escaped(rule.description)}">${text(blocking)}</failure>`]
      : []),
    ...(others.length > 0 ? [`<system-out>${text(others)}</system-out>`] : []),
    "</testcase>",
  ].join("");
}
