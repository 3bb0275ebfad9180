/** Specs A8 and B11: a dashboard's page shows its panels with the data given here, or says why there is none. */
import { expect } from "chai";

import { dashboards } from "../../../observability/dashboards/index.ts";
import { layOut } from "../../../observability/dashboards/layout.ts";
import { type PanelSpec, rising } from "../../../observability/dashboards/spec.ts";
import { query } from "../../../observability/model.ts";
import { sources } from "../../../observability/sources.ts";
import { palette } from "../../support/dashboards/charts.ts";
import { panelOf, specOf } from "../../support/dashboards/handMade.ts";
import { type PageInput, pageSize, reasonWithoutData, renderPage } from "../../support/dashboards/page.ts";
import { colorFor } from "../../support/dashboards/parts.ts";
import type { NamedSeries, PanelData } from "../../support/dashboards/queries.ts";
import { siteOf } from "../../support/observability.ts";

const start = Date.UTC(2026, 10, 25, 7, 0, 0) / 1000;
const range = { start, end: start + 600, step: 60 };

/** Values a minute apart, from the range's start on. */
const seriesOf = (name: string, ...values: readonly number[]): NamedSeries => ({
  name,
  labels: {},
  points: values.map((value, index) => [start + index * 60, value]),
});

const dataOf = (panel: PanelSpec, ...series: readonly NamedSeries[]): PanelData => ({
  panel,
  queries: panel.queries.map((each, index) => ({
    query: each,
    expr: each.expr,
    series: index === 0 ? series : [],
  })),
});

function page(panel: PanelSpec, changes: Partial<PageInput> = {}): string {
  return renderPage({
    spec: specOf({ rows: [{ title: "Row", panels: [panel] }] }),
    panels: [],
    choices: [],
    range,
    ...changes,
  });
}

const shown = (panel: PanelSpec, ...series: readonly NamedSeries[]): string =>
  page(panel, { panels: [dataOf(panel, ...series)] });

const count = (text: string, part: string | RegExp): number => text.split(part).length - 1;
const linesIn = (html: string): number =>
  palette.reduce((sum, color) => sum + count(html, new RegExp(`<path [^>]*stroke="${color}"`)), 0);

/** By WCAG's definitions of relative luminance and contrast ratio. */
function contrast(one: string, other: string): number {
  const luminance = (color: string): number => {
    const [r = NaN, g = NaN, b = NaN] = [1, 3, 5]
      .map((at) => parseInt(color.slice(at, at + 2), 16) / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [low = NaN, high = NaN] = [luminance(one), luminance(other)].toSorted((a, b) => a - b);
  return (high + 0.05) / (low + 0.05);
}

describe("page of a dashboard (A8, B11)", () => {
  it("has every panel of every dashboard once, at its place in Grafana's grid", () => {
    for (const spec of dashboards(siteOf("production"))) {
      const html = renderPage({ spec, panels: [], choices: [], range });
      for (const { panel, place } of layOut(spec.rows).flatMap(({ panels }) => panels)) {
        const title = panel.title.replaceAll("'", "&#39;");
        expect(count(html, `<h3>${title}</h3>`), panel.title).to.equal(1);
        const section = html.split("<section").find((each) => each.includes(`<h3>${title}</h3>`));
        const { x, y, w, h } = place;
        expect(section).to.include(`grid-area: ${y + 1} / ${x + 1} / span ${h} / span ${w}"`);
      }
    }
  });

  it("says what is chosen, and the time in UTC", () => {
    const html = page(panelOf({}), {
      choices: [
        { name: "namespace", label: "Namespace", value: "paw", text: "paw", found: ["other", "paw"] },
        { name: "pod", label: "Pod", value: ".+", text: "All", found: ["a", "b"] },
      ],
    });
    expect(html).to.include("<b>Namespace</b>paw<").and.to.include("<b>Pod</b>All 2: a, b<");
    expect(html).to.include("2026-11-25 07:00:00 to 07:10:00, a value every 60 s");
  });

  it("says where the data is from, and does not where there is none", () => {
    const real = "Real data of a test network; panels without data say why.";
    expect(shown(panelOf({}), seriesOf("a", 1))).to.include(real);
    expect(shown(panelOf({})))
      .to.include("No data on a test network; every panel says why.")
      .and.not.to.include(real);
  });

  it("names the second day of a period over midnight", () => {
    const midnight = { start: start - 36_000, end: start + 600, step: 60 };
    expect(page(panelOf({}), { range: midnight })).to.include("2026-11-24 21:00:00 to 2026-11-25 07:10:00");
  });

  it("reads nothing from a network and runs nothing", () => {
    const html = shown(panelOf({}), seriesOf("a", 1, 2));
    expect(html).to.include(`content="default-src 'none'; style-src 'unsafe-inline'"`);
    expect(html).not.to.match(/<(script|img|link|iframe|object|image)\b|\burl\(\s*['"]?\w+:/i);
    const addresses = [...html.matchAll(/https?:\/\/[^"'\s)]+/g)].map(([address]) => address);
    expect(addresses.filter((address) => !address.startsWith("http://www.w3.org/"))).to.deep.equal([]);
  });

  it("escapes all text that comes from outside", () => {
    const evil = `<b onclick="x">&'`;
    const safe = "&lt;b onclick=&quot;x&quot;&gt;&amp;&#39;";
    for (const kind of ["timeseries", "stat", "table"] as const) {
      const panel = panelOf({ kind, title: evil });
      const html = renderPage({
        spec: specOf({ title: evil, description: evil, rows: [{ title: evil, panels: [panel] }] }),
        panels: [dataOf(panel, seriesOf(evil, 1), seriesOf(evil, 2))],
        choices: [{ name: "a", label: evil, value: "", text: evil, found: [] }],
        range,
      });
      expect(html, kind).not.to.include("<b onclick");
      // Title twice, description, row, panel, label and value of the choice, and two series.
      expect(count(html, safe), kind).to.equal(9);
    }
    const empty = panelOf({});
    const html = page(empty, { panels: [dataOf(empty)], absent: { panels: { Peers: evil } } });
    expect(html).to.include(`no data: ${safe}`);
  });

  it("data or a reason for a panel that the dashboard does not have is refused", () => {
    const other = panelOf({ title: "Other" });
    expect(() => page(panelOf({}), { panels: [dataOf(other)] })).to.throw("x has no panel Other");
    expect(() => page(panelOf({}), { absent: { panels: { Other: "why" } } })).to.throw(
      "x has no panel Other",
    );
  });

  describe("without data", () => {
    it("a panel says the reason of its exporters, each once", () => {
      const panel = panelOf({
        queries: [
          { sources: ["cadvisor", "kube-state-metrics"], expr: "a" },
          { sources: ["kubelet"], expr: "b" },
        ],
      });
      // cAdvisor is in the kubelet: the two have one reason.
      expect(sources.cadvisor.absent).to.equal(sources.kubelet.absent);
      const absent = { sources: { "kube-state-metrics": "no cluster" } } as const;
      const reason = `no data on a test machine: ${sources.kubelet.absent}; no cluster`;
      expect(reasonWithoutData(panel, absent)).to.equal(reason);
      const html = page(panel, { panels: [dataOf(panel)], absent });
      expect(html).to.include(reason.replaceAll("'", "&#39;"));
      expect(html).not.to.include("<svg");
    });

    it("an exporter's reason of the caller goes before that of observability/sources.ts", () => {
      const panel = panelOf({ queries: [query("kubelet", "a")] });
      expect(reasonWithoutData(panel, { sources: { kubelet: "no cluster" } })).to.equal(
        "no data on a test machine: no cluster",
      );
    });

    it("a panel's own reason goes before", () => {
      const panel = panelOf({ queries: [query("hermes", "a")] });
      const absent = { panels: { Peers: "none came" } };
      expect(page(panel, { panels: [dataOf(panel)], absent })).to.include("<p>no data: none came</p>");
    });

    it("a panel of which a test machine could have data says so", () => {
      const panel = panelOf({});
      expect(shown(panel)).to.include("no data: nothing came of cometbft, though a test machine can have it");
    });

    it("values that are no numbers are none", () => {
      expect(shown(panelOf({}), seriesOf("a", NaN))).to.include("no data: nothing came of cometbft");
    });

    it("a panel whose queries were not run is not evaluated", () => {
      expect(page(panelOf({}))).to.include("<p>not evaluated: its queries were not run</p>");
    });

    it("logs say that Loki does not run", () => {
      const panel = panelOf({ kind: "logs", queries: [query("loki", "{}")] });
      expect(shown(panel)).to.include(`no data on a test machine: ${sources.loki.absent}`);
    });

    it("a panel with data for a part of its queries says of how many", () => {
      const panel = panelOf({ queries: [query("cometbft", "a", "a"), query("cometbft", "b", "b")] });
      expect(shown(panel, seriesOf("a", 1))).to.include("1 of 2 queries without data");
      expect(shown(panelOf({}), seriesOf("a", 1))).not.to.include("without data</small>");
    });
  });

  describe("time series", () => {
    it("have a line and a name for every series with data", () => {
      const html = shown(
        panelOf({}),
        seriesOf("a", 1, 2),
        seriesOf("b", 2, 1),
        seriesOf("empty", NaN),
        seriesOf("c", 3, 3),
      );
      expect(linesIn(html)).to.equal(3);
      expect([...html.matchAll(/<\/i>(\w+)<\/li>/g)].map(([, name]) => name)).to.deep.equal(["a", "b", "c"]);
    });

    it("a value between gaps is a point", () => {
      const lone = { ...seriesOf("a"), points: [[start + 120, 4] as const] };
      const circle = /<path [^>]*fill="#fff" stroke="#1f62c9"/;
      expect(shown(panelOf({}), lone)).to.match(circle);
      expect(shown(panelOf({}), seriesOf("a", 4, 4))).not.to.match(circle);
    });

    it("a step without value is a gap", () => {
      const path = (series: NamedSeries): string =>
        /<path d="([^"]*)"[^>]*stroke="#1f62c9"/.exec(shown(panelOf({}), series))?.[1] ?? "";
      expect(count(path(seriesOf("a", 1, 2, 3, 4)), "M")).to.equal(1);
      expect(count(path(seriesOf("a", 1, 2, NaN, 3, 4)), "M")).to.equal(2);
    });

    it("a threshold lies where its value does, however small it is", () => {
      const heights = [0.001, 0.002].map((bound) => {
        const panel = panelOf({ unit: "s", min: 0, max: 0.004, thresholds: rising(bound, 1) });
        const [path = ""] = /<path[^>]*stroke-dasharray[^>]*>/.exec(shown(panel, seriesOf("a", 0.003))) ?? [];
        return Number(/ d="M\S+ (\S+?)L/.exec(path)?.[1]);
      });
      const [low = NaN, high = NaN] = heights;
      // Downwards from the top: twice the value is higher up.
      expect(low - high).to.be.greaterThan(20);
    });

    it("thresholds that the values come near are dashed lines in their colours", () => {
      const dashed = (most: number): number =>
        count(shown(panelOf({ min: 0, thresholds: rising(3, 30) }), seriesOf("a", most)), "stroke-dasharray");
      expect([dashed(1), dashed(5), dashed(50)]).to.deep.equal([0, 1, 2]);
    });

    it("stacked values share an axis that holds their sum", () => {
      const [a, b] = [seriesOf("a", 40, 40), seriesOf("b", 50, 50)];
      const marks = (stacked: boolean): string[] =>
        [...shown(panelOf({ min: 0, stacked }), a, b).matchAll(/>(\d+)<\/text>/g)].map(
          ([, mark]) => mark ?? "",
        );
      expect(marks(false)).to.deep.equal(["0", "20", "40", "60"]);
      expect(marks(true)).to.deep.equal(["0", "25", "50", "75", "100"]);
    });

    it("times stand at round minutes of UTC", () => {
      const times = [...shown(panelOf({}), seriesOf("a", 1)).matchAll(/>(\d\d:\d\d)<\/text>/g)];
      expect(times.map(([, time]) => time)).to.deep.equal([
        "07:00",
        "07:01",
        "07:02",
        "07:03",
        "07:04",
        "07:05",
        "07:06",
        "07:07",
        "07:08",
        "07:09",
        "07:10",
      ]);
    });

    it("names beyond three lines are counted", () => {
      const many = Array.from({ length: 30 }, (_, index) => seriesOf(`paw-full-node-${index + 10}`, 1, 2));
      const html = shown(panelOf({ width: 6 }), ...many);
      const names = count(html, "</i>paw-full-node-");
      expect(names).to.be.within(3, 9);
      expect(html).to.include(`<li>and ${30 - names} more</li>`);
      expect(linesIn(html)).to.equal(30);
    });
  });

  describe("big numbers", () => {
    const stat = panelOf({ kind: "stat", unit: "s", decimals: 1, thresholds: rising(5, 20) });

    it("are the last value, on the ground of the threshold that it reaches", () => {
      const ground = (value: number): string | undefined =>
        /class="stat" style="background:(#\w+)/.exec(shown(stat, seriesOf("a", 99, value, NaN)))?.[1];
      const html = shown(stat, seriesOf("a", 99, 2));
      expect(html)
        .to.match(/<b style="[^"]*">2\.0 s<\/b>/)
        .and.not.to.include("<span>a</span>");
      expect(new Set([ground(2), ground(5), ground(20), ground(19.9)])).to.have.property("size", 3);
      expect(ground(5)).to.equal(ground(19.9));
    });

    it("stand side by side with names where there are several", () => {
      const html = shown(stat, seriesOf("a", 1), seriesOf("b", 2));
      expect(count(html, 'class="stat"')).to.equal(2);
      expect(html).to.include("<span>a</span>").and.to.include("<span>b</span>");
    });

    it("a threshold holds from its value on, and of two at one value the later", () => {
      const steps = rising(5, 20);
      expect([4.9, 5, 20].map((value) => colorFor(value, steps))).to.deep.equal(["green", "yellow", "red"]);
      expect(colorFor(1, rising(1, 1))).to.equal("red");
      expect(colorFor(1)).to.equal(undefined);
    });
  });

  it("a table has names and values, the highest first, and counts what has no room", () => {
    const panel = panelOf({ kind: "table", unit: "short" });
    const cells = (html: string): string[] =>
      [...html.matchAll(/<tr><td>(.*?)<\/td><td>(.*?)<\/td>/g)].map(([, name, value]) => `${name} ${value}`);
    expect(cells(shown(panel, seriesOf("a", 5), seriesOf("b", 1500)))).to.deep.equal(["b 1.5 K", "a 5"]);
    const many = cells(
      shown(panel, ...Array.from({ length: 20 }, (_, index) => seriesOf(`p${index}`, index))),
    );
    expect(many[0]).to.equal("p19 19");
    expect(many.at(-1)).to.equal(`and ${20 - (many.length - 1)} more `);
  });

  it("colours can be told from their ground (WCAG 2.2: 1.4.11 lines 3 to 1, 1.4.6 text 7 to 1)", () => {
    for (const color of palette) expect(contrast(color, "#ffffff"), color).to.be.at.least(3);
    for (const color of ["green", "yellow", "orange", "red", "blue", undefined] as const) {
      const thresholds = color === undefined ? {} : { thresholds: [{ from: null, color }] };
      const html = shown(panelOf({ kind: "stat", ...thresholds }), seriesOf("a", 1));
      const [, ground = "", ink = ""] = /style="background:(#\w{6});color:(#\w{6})"/.exec(html) ?? [];
      expect(contrast(ink, ground), color ?? "plain").to.be.at.least(7);
    }
  });

  it("a page is as high as its grid: lines of 30 pixels with 8 between them", () => {
    const sizeOf = (...panels: readonly PanelSpec[]): ReturnType<typeof pageSize> =>
      pageSize(specOf({ rows: [{ title: "Row", panels }] }));
    const one = sizeOf(panelOf({}));
    // A second line of time series is eight of Grafana's lines.
    const two = sizeOf(panelOf({ width: 24 }), panelOf({ title: "Other", width: 24 }));
    expect(two.height - one.height).to.equal(8 * 38);
    expect(two.width).to.equal(one.width);
  });
});
