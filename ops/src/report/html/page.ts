/** The report as one page that needs nothing beside itself: no script, no file, no network. */
import { readFileSync } from "node:fs";

import type { Report } from "../report.ts";
import { type Statement, verdicts } from "../statements.ts";
import { counted } from "../../counted.ts";
import { checklistSection } from "./checklist.ts";
import { flowsSection } from "./flows.ts";
import { Html, badge, html } from "./markup.ts";
import { comparisonSection, gatesSection, imagesSection, resourcesSection } from "./parts.ts";
import { topologySection } from "./topology.ts";

/** The whole page. */
export function pageOf(report: Report): string {
  const { head, topology, flows, checklist, images, gates, comparison } = report;
  const style = new Html(readFileSync(new URL("./report.css", import.meta.url), "utf8"));
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'" />
        <title>PAW report: ${head.stack}</title>
        <style>
          ${style}
        </style>
      </head>
      <body>
        <a class="skip" href="#main">Skip to the report</a>
        <header>
          <p class="over">PAW platform</p>
          <h1>Report on ${head.stack}</h1>
          ${facts(report)}
        </header>
        <nav aria-label="Sections">
          <ul>
            ${sections(comparison !== undefined).map(
              ([id, name]) => html`<li><a href="#${id}">${name}</a></li>`,
            )}
          </ul>
        </nav>
        <main id="main" tabindex="-1">
          ${verdictSection(report.statements)} ${topologySection(topology)} ${flowsSection(flows)}
          ${checklistSection(checklist)} ${imagesSection(images)} ${resourcesSection(report)}
          ${gatesSection(gates)} ${comparisonSection(report)}
        </main>
        <footer>
          <p>
            Made by <code>npx paw report --stack ${head.stack}</code>. docs/report.md tells how to read it.
          </p>
        </footer>
      </body>
    </html> `;
  return page.text;
}

function sections(compared: boolean): readonly (readonly [string, string])[] {
  return [
    ["verdicts", "Verdicts"],
    ["topology", "What runs where"],
    ["flows", "Flows"],
    ["checklist", "Checklist"],
    ["images", "Images"],
    ["resources", "Resources"],
    ["gates", "Gates"],
    ...(compared ? [["comparison", "Changes"] as const] : []),
  ];
}

function facts({ head, objects }: Report): Html {
  const { commit, dirty, date, source, overrides } = head;
  const program =
    commit === "" ? "outside git" : `${commit.slice(0, 12)}${dirty ? ", with changed files" : ""}`;
  return html`<dl class="facts">
    <div>
      <dt>Commit</dt>
      <dd><code>${program}</code></dd>
    </div>
    <div>
      <dt>Date</dt>
      <dd><time datetime="${date}">${date.slice(0, 16).replace("T", " ")} UTC</time></dd>
    </div>
    <div>
      <dt>Objects</dt>
      <dd>${objects}, from ${source}</dd>
    </div>
    <div>
      <dt>Overrides in force</dt>
      <dd>
        ${
          overrides.length === 0
            ? "none"
            : html`<ul>
                ${overrides.map((line) => html`<li><code>${line}</code></li>`)}
              </ul>`
        }
      </dd>
    </div>
  </dl>`;
}

function verdictSection(statements: readonly Statement[]): Html {
  const groups = verdicts.map(
    (word) => [word, statements.filter(({ verdict }) => verdict === word)] as const,
  );
  return html`<section id="verdicts" aria-labelledby="verdicts-h">
    <h2 id="verdicts-h">What is proven, and what is not</h2>
    <ul class="counts">
      ${groups.map(
        ([word, own]) => html`<li class="${word.replaceAll(" ", "-")}"><b>${own.length}</b> ${word}</li>`,
      )}
    </ul>
    ${groups
      .filter(([, own]) => own.length > 0)
      .map(
        ([word, own]) =>
          html`<h3>${badge(word)} <span class="count">${counted(own.length, "statement")}</span></h3>
            <ul class="statements">
              ${own.map(
                ({ what, why, section }) =>
                  html`<li><a href="#${section}">${what}</a><span>${why}</span></li>`,
              )}
            </ul>`,
      )}
  </section>`;
}
