/** The checklist: a row for each item, and beneath it what was found and what is accepted. */
import type { Accepted, ChecklistRow, FindingGroup } from "../checklist.ts";
import { counted } from "../../counted.ts";
import { Html, badge, html, names } from "./markup.ts";
import { table } from "./table.ts";

export function checklistSection(rows: readonly ChecklistRow[]): Html {
  return html`<section id="checklist" aria-labelledby="checklist-h">
    <h2 id="checklist-h">Security checklist</h2>
    <p>
      An item is <b>proven</b> where each of its rules had something to judge, could tell, and nothing of what
      they found stops a deployment of this stack. Warnings stop nothing and are counted beside the word.
    </p>
    ${table({
      caption: "The ten items, and what is judged beside them",
      head: ["Item", "Verdict", "Rules", "Objects", "Findings", "Accepted"],
      rows: rows.map(rowOf),
    })}
    <h3>Findings and exceptions</h3>
    ${rows.filter((row) => row.findings.length + row.accepted.length > 0).map(detailsOf)}
  </section>`;
}

const titleOf = ({ item, title }: ChecklistRow): string => (item === undefined ? title : `${item}. ${title}`);

function rowOf(row: ChecklistRow): readonly (Html | string)[] {
  const { verdict, evaluated, notEvaluated, objects, whole, findings, accepted } = row;
  const untold = notEvaluated.length === 0 ? "" : html`; not evaluated: ${names(notEvaluated)}`;
  return [
    titleOf(row),
    badge(verdict),
    html`${evaluated} evaluated${untold}`,
    html`${objects} by themselves${whole > 0 ? `; all together by ${counted(whole, "rule")}` : ""}`,
    countsOf(findings),
    accepted.length === 0 ? "none" : counted(accepted.length, "exception"),
  ];
}

function countsOf(findings: readonly FindingGroup[]): string {
  const count = (groups: readonly FindingGroup[]): number =>
    groups.reduce((sum, { places }) => sum + places.length, 0);
  const parts = [
    [count(findings.filter(({ status }) => status === "failed")), "failed"],
    [count(findings.filter(({ status, unknown }) => status === "warning" && !unknown)), "warning"],
    [count(findings.filter(({ unknown }) => unknown)), "not evaluated"],
  ] as const;
  const said = parts
    .filter(([number]) => number > 0)
    .map(([number, word]) => (word === "warning" ? counted(number, word) : `${number} ${word}`));
  return said.length === 0 ? "none" : said.join(", ");
}

function detailsOf(row: ChecklistRow): Html {
  const open = row.findings.some(({ status }) => status === "failed");
  const summary = html`<summary>
    ${titleOf(row)}: ${countsOf(row.findings)}, ${counted(row.accepted.length, "exception")}
  </summary>`;
  const inside = html`${summary}${row.findings.map(finding)}${row.accepted.map(exception)}`;
  return open ? html`<details open>${inside}</details>` : html`<details>${inside}</details>`;
}

/** Objects that are listed with a finding; more of them are counted. */
const most = 12;

function finding({ rule, description, status, unknown, fix, places }: FindingGroup): Html {
  const word = unknown ? "not evaluated" : status;
  const rest = places.length - most;
  return html`<div class="finding">
    <p>${badge(word)} <code>${rule}</code> ${description}</p>
    <ul>
      ${places
        .slice(0, most)
        .map(
          ({ subject, found, wanted }) =>
            html`<li><code>${subject}</code>: found ${found}, wanted ${wanted}</li>`,
        )}${rest > 0 ? html`<li>and ${rest} more</li>` : ""}
    </ul>
    <p>Fix: ${fix}</p>
  </div>`;
}

function exception({ rules, objects, reason, owner, expires, ticket }: Accepted): Html {
  return html`<div class="finding">
    <p>${badge("accepted")} ${names(rules)} for ${names(objects)}</p>
    <p>${reason}. Owner ${owner}, until <time datetime="${expires}">${expires}</time>, ${ticket}.</p>
  </div>`;
}
