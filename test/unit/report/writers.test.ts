/** The report as page and as comment: whole, readable without sight, and with nothing of an object's text taken for markup. */
import { expect } from "chai";

import { html } from "../../../ops/src/report/html/markup.ts";
import { pageOf } from "../../../ops/src/report/html/page.ts";
import { commentOf } from "../../../ops/src/report/markdown.ts";
import { type Report, reportOf } from "../../../ops/src/report/report.ts";
import { bytes, cores, money, range, shortened } from "../../../ops/src/report/units.ts";
import { object } from "../../policy/graph/world.ts";
import { input, renderedReport } from "../../support/report.ts";

const evil = `"><script>alert('x')</script><img src=x onerror=y>`;

function evilReport(): Report {
  const template = {
    metadata: { labels: { app: evil } },
    spec: { containers: [{ name: evil, image: evil, ports: [{ name: evil, containerPort: 80 }] }] },
  };
  const objects = [
    object("apps/v1", "Deployment", [evil, evil, { spec: { template } }]),
    object("v1", "Service", [
      evil,
      evil,
      { spec: { type: evil, selector: { app: evil }, ports: [{ name: evil, port: 1 }] } },
    ]),
    object("v1", "Namespace", [`${evil}2`, ""]),
    object("networking.k8s.io/v1", "NetworkPolicy", [evil, evil, { spec: { podSelector: {} } }]),
  ];
  const base = input(objects.map((manifest) => ({ manifest, source: evil })));
  return reportOf({
    ...base,
    head: { ...base.head, commit: evil, source: evil, overrides: [evil] },
    gates: { record: undefined, reason: evil },
    comparison: {
      ...{ against: evil, note: evil },
      changes: [
        { kind: "removed", object: evil, fields: [], deletes: true, danger: evil },
        {
          ...{ kind: "changed", object: evil, deletes: false, danger: undefined },
          fields: [{ path: evil, from: evil, to: evil, replaces: false, ignored: false }],
        },
      ],
    },
  });
}

describe("the page", () => {
  let page: string;
  let report: Report;
  before(async () => {
    report = await renderedReport("production");
    page = pageOf(report);
  });

  it("brings no script, and nothing from elsewhere", () => {
    expect(page).not.to.match(/<(script|link|img|iframe|object|embed|base|form)\b/i);
    expect(page).not.to.match(/\b(src|srcset|background|action|xlink:href|on\w+)\s*=/i);
    expect(page).not.to.match(/url\(|@import|https?:/i);
    expect([...page.matchAll(/href="([^"]*)"/g)].every(([, to = ""]) => to.startsWith("#"))).to.equal(true);
    expect(page).to.contain(`content="default-src 'none'; style-src 'unsafe-inline'"`);
  });

  it("has its landmarks, one first heading, and headings in order", () => {
    for (const mark of [
      "<header>",
      "<nav aria-label=",
      '<main id="main"',
      "<footer>",
      'class="skip" href="#main"',
      '<html lang="en">',
    ])
      expect(page).to.contain(mark);
    const levels = [...page.matchAll(/<h([1-6])\b/g)].map(([, level]) => Number(level));
    expect(levels.filter((level) => level === 1)).to.have.length(1);
    levels.forEach((level, index) => {
      expect(level - (levels[index - 1] ?? 0), `heading ${index}`).to.be.at.most(1);
    });
  });

  it("has every section of the report, and a link to each", () => {
    const sections = [
      "verdicts",
      "topology",
      "flows",
      "checklist",
      "images",
      "resources",
      "gates",
      "comparison",
    ];
    for (const id of sections) {
      expect(page).to.match(
        new RegExp(`<section id="${id}" aria-labelledby="${id}-h">\\s*<h2 id="${id}-h">`),
      );
      expect(page).to.contain(`<a href="#${id}">`);
    }
  });

  it("names no id twice, and refers to none that is not there", () => {
    const ids = [...page.matchAll(/\bid="([^"]*)"/g)].map(([, id]) => id);
    expect(new Set(ids).size).to.equal(ids.length);
    const named = [...page.matchAll(/aria-labelledby="([^"]*)"/g)].flatMap(([, list = ""]) =>
      list.split(" "),
    );
    expect(named.filter((id) => !ids.includes(id))).to.deep.equal([]);
  });

  it("gives each table a caption and its headers a scope", () => {
    const tables = page
      .split("<table")
      .slice(1)
      .map((text) => text.split("</table>")[0] ?? "");
    expect(tables.length).to.be.greaterThan(10);
    for (const table of tables) {
      expect(table).to.contain("<caption>");
      expect([...table.matchAll(/<th\b[^>]*>/g)].every(([tag]) => /scope="(col|row)"/.test(tag))).to.equal(
        true,
      );
    }
  });

  it("says in words what the picture shows", () => {
    expect(page).to.contain(">Services and workloads of the namespace paw</title>");
    expect(page).to.match(/<desc [^>]*>[^<]*paw-validator leads to paw-validator/);
  });

  it("shows replacements of what cannot be made again", () => {
    expect(page).to.contain("the StatefulSet is replaced: spec.serviceName cannot be changed");
    expect(page).to.contain("1 added, 0 removed, 1 changed, 0 moved");
  });

  it("is of a size that can be sent by mail", () => {
    expect(page.length).to.be.lessThan(400_000);
  });
});

describe("texts of objects", () => {
  it("stay texts in the page", () => {
    const page = pageOf(evilReport());
    expect(page).not.to.contain("<script");
    expect(page).not.to.contain("<img");
    expect(page).to.contain("&lt;script&gt;alert");
    // Nowhere does one of them end an attribute.
    expect(page).not.to.match(/="[^"]*"&gt;/);
    expect(page).not.to.match(/="">/);
  });

  it("stay texts in the comment", () => {
    const comment = commentOf(evilReport());
    const outside = comment.replaceAll(/`[^`\n]*`/g, "");
    expect(outside).not.to.match(/(?<!\\)<(script|img)/);
    // No line of a table has more cells than its head.
    const rows = comment.split("\n").filter((line) => line.startsWith("|"));
    for (const row of rows) expect(row.endsWith("|")).to.equal(true);
  });

  it("are escaped by templates, also in lists and attributes, but for markup of ours", () => {
    const inner = html`<b>${"<i>"}</b>`;
    expect(html`<p title="${'"&'}">${[inner, "<u>"]}${undefined}${1}</p>`.text).to.equal(
      '<p title="&quot;&amp;"><b>&lt;i&gt;</b>&lt;u&gt;1</p>',
    );
  });
});

describe("the comment", () => {
  it("has the sections, the counts and the checklist", async () => {
    const comment = commentOf(await renderedReport("production"));
    for (const text of [
      "## Report on production",
      "| 1. Pod Security Standard restricted | proven | 15 |",
      "### Where NetworkPolicies and mesh disagree",
      "### Beside commit 0123456789ab",
      "look at this**: `StatefulSet paw/paw-validator`",
      "1,337.19 to 2,096.09 EUR a month",
      "<details><summary>To paw/paw-validator</summary>",
    ])
      expect(comment).to.contain(text);
  });

  it("ends in time where a code host would cut it off, and says so", async () => {
    const report = await renderedReport("production");
    const { targets } = report.flows;
    const long = {
      ...report,
      flows: { ...report.flows, targets: Array.from({ length: 40 }, () => targets).flat() },
    };
    const comment = commentOf(long);
    expect(comment.length).to.be.within(50_000, 65_536);
    expect(comment).to.match(/too long for a comment: `npx paw report --output report\.html`\._\n$/);
  });
});

describe("figures", () => {
  it("are written for people", () => {
    expect([250, 1500, 2000, 0].map(cores)).to.deep.equal(["0.25", "1.5", "2", "0"]);
    expect([0, 512, 1024, 1.5 * 1024 ** 3, 2 * 1024 ** 4].map(bytes)).to.deep.equal([
      ...["0 B", "512 B", "1 KiB", "1.5 GiB", "2 TiB"],
    ]);
    expect(money(1234.5)).to.equal("1,234.50");
    expect([range([1, 1], String), range([1, 2], String)]).to.deep.equal(["1", "1 to 2"]);
    expect([shortened(["a", "b", "c"], 1), shortened(["a", "b"], 1)]).to.deep.equal(["a and 2 more", "a, b"]);
  });
});
