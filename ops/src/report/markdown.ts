/** The report as Markdown, for a comment: the same sections, the long ones folded. */
import type { Change } from "../compare/changes.ts";
import { code, longestComment, markdownTable, quoted } from "../markdown.ts";
import type { ChecklistRow } from "./checklist.ts";
import type { FlowRow, FlowSection } from "./flows/view.ts";
import { summary } from "./html/parts.ts";
import type { Gates, Report } from "./report.ts";
import type { Sums } from "./resources/totals.ts";
import { verdicts } from "./statements.ts";
import { counted } from "../counted.ts";
import { bytes, cores, money, range, shortened } from "./units.ts";

/** The whole comment. What does not fit any more is left out, and that is said. */
export function commentOf(report: Report): string {
  const parts = [
    ...head(report),
    ...statements(report),
    ...checklist(report.checklist),
    ...disagreements(report.flows),
    ...comparison(report),
    ...gates(report.gates),
    ...resources(report),
    ...images(report),
    ...topology(report),
    ...flows(report.flows),
  ];
  return fitting(parts.map((part) => part.join("\n")));
}

/** A part is lines that belong together. */
type Part = readonly string[];

function fitting(parts: readonly string[]): string {
  let text = "";
  for (const part of parts) {
    if (text.length + part.length > longestComment)
      return `${text}\n_The rest is too long for a comment: \`npx paw report --output report.html\`._\n`;
    text += `${part}\n`;
  }
  return text;
}

const tableOf = (heads: readonly string[], rows: readonly (readonly string[])[]): Part => [
  ...markdownTable([heads, ...rows]),
  "",
];

const folded = (title: string, part: Part): Part => [
  `<details><summary>${title}</summary>`,
  "",
  ...part,
  "</details>",
  "",
];
const codes = (list: readonly string[]): string => list.map(code).join(", ");

function head({ head: { stack, commit, dirty, date, source, overrides }, objects }: Report): readonly Part[] {
  const program =
    commit === "" ? "outside git" : `${commit.slice(0, 12)}${dirty ? ", with changed files" : ""}`;
  return [
    [
      `## Report on ${stack}`,
      "",
      `Commit ${code(program)}, ${date.slice(0, 16).replace("T", " ")} UTC; ${objects} objects, from ${quoted(source)}.`,
      "",
      overrides.length === 0
        ? "No override is in force."
        : `**PAW_OVERRIDES is in force**: ${codes(overrides)}. What it leaves out is not evaluated.`,
      "",
    ],
  ];
}

function statements({ statements: all }: Report): readonly Part[] {
  const own = (word: string): Report["statements"] => all.filter(({ verdict }) => verdict === word);
  const counts = verdicts.map((word) => `${own(word).length} ${word}`).join(", ");
  const lists = verdicts
    .filter((word) => own(word).length > 0)
    .map((word) => {
      const lines = own(word).map(({ what, why }) => `- **${word}**: ${quoted(what)} (${quoted(why)})`);
      return word === "failed" ? [...lines, ""] : folded(`${own(word).length} ${word}`, [...lines, ""]);
    });
  return [["### What is proven, and what is not", "", `${counts}.`, ""], ...lists];
}

function checklist(rows: readonly ChecklistRow[]): readonly Part[] {
  const cells = rows.map(({ item, title, verdict, evaluated, objects, notEvaluated, findings, accepted }) => {
    const count = (status: string): number =>
      findings.filter((group) => group.status === status).flatMap(({ places }) => places).length;
    const failed = count("failed") > 0 ? [`**${count("failed")} failed**`] : [];
    const warned = count("warning") > 0 ? [counted(count("warning"), "warning")] : [];
    const said = [...failed, ...warned];
    return [
      item === undefined ? title : `${item}. ${title}`,
      verdict === "failed" ? "**failed**" : verdict,
      `${evaluated}${notEvaluated.length > 0 ? `; not evaluated: ${codes(notEvaluated)}` : ""}`,
      String(objects),
      said.length === 0 ? "none" : said.join(", "),
      accepted.length === 0 ? "none" : counted(accepted.length, "exception"),
    ];
  });
  const heads = ["Item", "Verdict", "Rules", "Objects", "Findings", "Accepted"];
  const findings = rows.flatMap((row) =>
    row.findings.flatMap(({ rule, status, places, fix }) =>
      places.map(
        ({ subject, found, wanted }) =>
          `- ${status}, ${code(rule)}: ${code(subject)}: found ${quoted(found)}, wanted ${quoted(wanted)}. ${quoted(fix)}`,
      ),
    ),
  );
  const accepted = rows.flatMap((row) =>
    row.accepted.map(
      ({ rules, objects, reason, owner, expires, ticket }) =>
        `- ${codes(rules)} for ${codes(objects)}: ${quoted(reason)}. ${quoted(owner)}, until ${expires}, ${quoted(ticket)}.`,
    ),
  );
  return [
    ["### Security checklist", "", ...tableOf(heads, cells)],
    ...(findings.length > 0 ? [folded(counted(findings.length, "finding"), [...findings, ""])] : []),
    ...(accepted.length > 0 ? [folded(counted(accepted.length, "exception"), [...accepted, ""])] : []),
  ];
}

const flowCells = ({ from, ports, network, mesh }: FlowRow): readonly string[] => [
  code(shortened(from, 8)),
  ports.join(", "),
  network,
  mesh,
];

function disagreements({ disagreements: found, authorizations }: FlowSection): readonly Part[] {
  const rows = found.flatMap(({ to, rows: own }) => own.map((row) => [code(to), ...flowCells(row)]));
  const none =
    authorizations === 0
      ? "not evaluated: no authorization of the mesh is among the objects."
      : "Nowhere, wherever both have a say.";
  const inside = rows.length === 0 ? [none, ""] : tableOf(["To", "From", "Ports", "Policies", "Mesh"], rows);
  return [["### Where NetworkPolicies and mesh disagree", "", ...inside]];
}

function flows({ targets, cells, ends }: FlowSection): readonly Part[] {
  const heads = ["From", "Ports", "Policies", "Mesh"];
  const own = targets
    .filter(({ rows }) => rows.length > 0)
    .map(({ name, rows }) => folded(`To ${quoted(name)}`, tableOf(heads, rows.map(flowCells))));
  const text = `${cells} connections between ${ends.length} ends; whoever is not listed is refused. That a cluster enforces it is not evaluated here.`;
  return [["### Who may reach whom", "", text, ""], ...own];
}

function images({ images: rows }: Report): readonly Part[] {
  const cells = rows.map(({ image, pinned, signature, usedBy }) => [
    code(image),
    pinned,
    `${signature.verdict}: ${quoted(signature.text)}`,
    code(shortened(usedBy, 4)),
  ]);
  return [["### Images", "", ...tableOf(["Image", "Pinned by", "Signature", "Used by"], cells)]];
}

function sumCells({ pods, requests, limits, storage }: Sums): readonly string[] {
  return [
    range(pods, String),
    `${range(requests.cpu, cores)} / ${range(limits.cpu, cores)}`,
    `${range(requests.memory, bytes)} / ${range(limits.memory, bytes)}`,
    range(storage, bytes),
  ];
}

function resources({ resources: { namespaces, total }, prices }: Report): readonly Part[] {
  const filled = namespaces.filter(({ sums }) => sums.pods[1] > 0 || sums.storage[1] > 0);
  const rows = [
    ...filled.map(({ name, sums }) => [code(name), ...sumCells(sums)]),
    ["All", ...sumCells(total)],
  ];
  const cost =
    prices === undefined
      ? "What it costs is not evaluated: no unit prices were given."
      : `By the prices that were given: ${range(prices.costs.total, money)} ${quoted(prices.currency)} a ${prices.per}.`;
  const heads = ["Namespace", "Pods", "CPU requested / limit", "Memory requested / limit", "Storage"];
  return [["### Resources", "", ...tableOf(heads, rows), cost, ""]];
}

function gates(found: Gates): readonly Part[] {
  if (found.record === undefined) return [["### Gates", "", `not evaluated: ${quoted(found.reason)}`, ""]];
  const { record } = found;
  const rows = record.checks.map(({ title, verdict, found }) => [quoted(title), verdict, quoted(found)]);
  const text = `${code(record.id)}, ${record.command}, ${record.outcome}.`;
  return [["### Gates", "", text, "", ...tableOf(["Check", "Verdict", "Found"], rows)]];
}

function comparison({ comparison: found }: Report): readonly Part[] {
  if (found === undefined) return [];
  const dangers = found.changes.flatMap(({ object, danger }) =>
    danger === undefined ? [] : [`- **look at this**: ${code(object)}: ${quoted(danger)}`],
  );
  const lines = found.changes.map(changeLine);
  return [
    [
      `### Beside ${quoted(found.against)}`,
      "",
      `${summary(found.changes)}. ${quoted(found.note)}`,
      "",
      ...dangers,
      "",
    ],
    ...(lines.length > 0 ? [folded(counted(lines.length, "object"), [...lines, ""])] : []),
  ];
}

function changeLine({ kind, object, fields, deletes }: Change): string {
  const paths = fields.map(({ path }) => path);
  const what = deletes && kind !== "removed" ? `${kind}, replaced` : kind;
  return `- ${what}: ${code(object)}${paths.length === 0 ? "" : `: ${code(shortened(paths, 8))}`}`;
}

function topology({ topology: { namespaces } }: Report): readonly Part[] {
  const rows = namespaces.flatMap(({ name, workloads, services }) =>
    workloads.map(({ kind, name: own, pods }, index) => [
      code(`${name}/${own}`),
      kind,
      pods,
      codes(services.filter(({ selects }) => selects.includes(index)).map((service) => service.name)) ||
        "no Service",
    ]),
  );
  return [folded("What runs where", tableOf(["Workload", "Kind", "Pods", "Reached by"], rows))];
}
