/** What a pull request's check found, as Markdown for a comment: what fails first, then what is dangerous, then the rest. */
import type { Judged } from "../../../policy/src/assess.ts";
import type { Change, Field } from "../compare/changes.ts";
import { counted } from "../counted.ts";
import { code, longestComment, markdownTable, quoted } from "../markdown.ts";
import { type PrCheck, type StackCheck, passes } from "./check.ts";
import type { Granted } from "./exceptions.ts";
import { items, titleOf } from "./verdicts.ts";

/** The first line of each comment, by which the next run finds it. */
export const commentMark = "<!-- paw pr-check -->";

/** Objects that are listed by name for a stack, and fields of an object; more of them are counted. */
const listedObjects = 60;
const listedFields = 8;

export function commentOf(check: PrCheck): string {
  const text = [
    commentMark,
    `## ${passes(check) ? "✅ passed" : "❌ failed"}: the stacks as this change would have them`,
    "",
    ...summary(check),
    ...failures(check),
    ...dangers(check),
    ...exceptions(check.exceptions),
    ...checklistTable(check),
    ...check.stacks.flatMap(changeList),
    ...footer(check),
    "",
  ].join("\n");
  if (text.length <= longestComment) return text;
  return `${text.slice(0, text.lastIndexOf("\n", longestComment - 200))}\n\n**Cut off here**; the whole: \`npx paw pr-check\`\n`;
}

function summary({ stacks }: PrCheck): string[] {
  const rows = stacks.map(({ stack, objects, changes, fault, verdicts }) => {
    const count = (kind: Change["kind"]): string =>
      changes === undefined
        ? "not evaluated"
        : String(changes.filter((change) => change.kind === kind).length);
    const failed = verdicts.filter(({ verdict }) => verdict === "failed").length;
    const open = verdicts.filter(({ verdict }) => verdict === "not evaluated").length;
    const gate =
      fault !== undefined
        ? "**failed**: no preview"
        : failed > 0
          ? `**failed**: ${counted(failed, "item")}`
          : `${verdicts.length - open} proven, ${open} not evaluated`;
    const made = changes?.filter(({ kind, deletes }) => deletes && kind !== "removed").length;
    return [
      stack,
      String(objects),
      count("added"),
      count("changed"),
      count("removed"),
      String(made ?? "not evaluated"),
      gate,
    ];
  });
  return markdownTable([
    ["stack", "objects", "added", "changed", "removed", "replaced", "checklist"],
    ...rows,
  ]);
}

function failures({ stacks }: PrCheck): string[] {
  const faults = stacks.flatMap(({ stack, fault }) =>
    fault === undefined ? [] : [`- **${stack}** has no preview: ${quoted(fault)}`],
  );
  const byPlace = new Map<string, { finding: Judged; stacks: string[] }>();
  for (const { stack, verdicts } of stacks) {
    for (const finding of verdicts.flatMap(({ failed }) => failed)) {
      const key = `${finding.rule.id} ${finding.subject} ${placeOf(finding)} ${finding.found}`;
      const known = byPlace.get(key);
      if (known) known.stacks.push(stack);
      else byPlace.set(key, { finding, stacks: [stack] });
    }
  }
  const findings = [...byPlace.values()].flatMap(({ finding, stacks: where }) => [
    `- **${finding.rule.id}**: ${code(finding.subject)} in ${where.join(", ")}${finding.source === undefined ? "" : ` (${code(finding.source)} in the program)`}`,
    `  - ${placeOf(finding) === "" ? "" : `${code(placeOf(finding))}: `}found ${quoted(finding.found)}, wanted ${quoted(finding.wanted)}`,
    `  - fix: ${quoted(finding.rule.fix)} [why](${finding.rule.url})`,
  ]);
  const engine = stacks.flatMap(({ stack, refusedByEngineAlone }) =>
    refusedByEngineAlone.map((message) => `- **${stack}**, refused by the engine alone: ${quoted(message)}`),
  );
  const all = [...faults, ...findings, ...engine];
  return all.length === 0 ? [] : ["", "### What fails", "", ...all];
}

const placeOf = ({ path, container }: Judged): string =>
  container === undefined ? path : `${path} (container ${container})`;

function dangers({ stacks }: PrCheck): string[] {
  const lines = stacks.flatMap(({ stack, changes = [] }) =>
    changes.flatMap(({ object, danger }) =>
      danger === undefined ? [] : [`- ⚠️ ${stack}: ${code(object)}: ${quoted(danger)}`],
    ),
  );
  return lines.length === 0 ? [] : ["", "### Look at these before you merge", "", ...lines];
}

function exceptions(granted: readonly Granted[]): string[] {
  const lines = granted.map(
    ({ rule, object, reason, owner, expires, before }) =>
      `- **${rule}** for ${code(object)} until ${expires}${before === undefined ? "" : ` (before: ${before})`}, ${quoted(owner)}: ${quoted(reason)}`,
  );
  return lines.length === 0 ? [] : ["", "### New exceptions from rules", "", ...lines];
}

function checklistTable({ stacks }: PrCheck): string[] {
  const rows = items.map((item) => [
    titleOf(item),
    ...stacks.map(({ verdicts }) => {
      const own = verdicts.find((verdict) => verdict.item === item);
      if (own === undefined) return "not evaluated";
      const aside = [
        ...(own.failed.length > 0 ? [counted(own.failed.length, "finding")] : []),
        ...(own.warnings > 0 ? [counted(own.warnings, "warning")] : []),
        ...(own.accepted > 0 ? [`${own.accepted} accepted`] : []),
        ...(own.notEvaluated.length > 0 ? [`not evaluated: ${own.notEvaluated.join(", ")}`] : []),
      ];
      const word = own.verdict === "failed" ? "**failed**" : own.verdict;
      return `${word}, ${counted(own.rules, "rule")}${aside.length === 0 ? "" : ` (${aside.join("; ")})`}`;
    }),
  ]);
  return [
    "",
    "### Checklist",
    "",
    ...markdownTable([["item", ...stacks.map(({ stack }) => stack)], ...rows]),
  ];
}

function changeList({ stack, changes }: StackCheck): string[] {
  if (changes === undefined || changes.length === 0) return [];
  const more = changes.length - listedObjects;
  return [
    "",
    `<details><summary>${stack}: ${counted(changes.length, "change")}</summary>`,
    "",
    ...changes.slice(0, listedObjects).flatMap(changeLines),
    ...(more > 0 ? [`- and ${more} more`] : []),
    "",
    "</details>",
  ];
}

function changeLines({ kind, object, fields, deletes }: Change): string[] {
  const more = fields.length - listedFields;
  const replaced = deletes && kind !== "removed" ? ", **replaced**" : "";
  return [
    `- ${kind}${replaced}: ${code(object)}`,
    ...fields.slice(0, listedFields).map(fieldLine),
    ...(more > 0 ? [`  - and ${more} more fields`] : []),
  ];
}

function fieldLine({ path, from, to, ignored }: Field): string {
  const values =
    from === "not shown" && to === "not shown" ? "differs (not shown)" : `${code(from)} → ${code(to)}`;
  return `  - ${code(path)}: ${values}${ignored ? "; left to others, so nothing happens" : ""}`;
}

function footer({ base, withoutCharts, baseFault }: PrCheck): string[] {
  return [
    "",
    `Counted from ${code(base.slice(0, 12))}. Schemas and admission are a real API server's; nothing was applied, and no pod ran.`,
    ...(withoutCharts.length > 0
      ? [
          `**Not evaluated**: rules about the platform's charts in ${withoutCharts.join(" and ")}, which were left out (\`--without-charts\`).`,
        ]
      : []),
    ...(baseFault === undefined
      ? []
      : [`**Not evaluated**: what changes, since the base has no preview: ${quoted(baseFault)}`]),
  ];
}
