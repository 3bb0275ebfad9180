/** A dashboard with data as one page of HTML that reads nothing from anywhere: what Grafana's grid would show. */
import { readFileSync } from "node:fs";

import { type Place, columns, layOut } from "../../../observability/dashboards/layout.ts";
import type { DashboardSpec, PanelSpec } from "../../../observability/dashboards/spec.ts";
import { type Source, type SourceId, sources } from "../../../observability/sources.ts";
import { type Size, drawTimeSeries } from "./charts.ts";
import { escape, legend, stats, table } from "./parts.ts";
import type { Range } from "./prometheus.ts";
import { type Choice, type PanelData, hasData } from "./queries.ts";

/** Why there is no data: by panel's title, and by exporter, instead of what observability/sources.ts says of it. */
export interface Absent {
  readonly panels?: Readonly<Record<string, string>>;
  readonly sources?: Partial<Readonly<Record<SourceId, string>>>;
}

export interface PageInput {
  readonly spec: DashboardSpec;
  /** A panel that is missing here is shown as not evaluated. */
  readonly panels: readonly PanelData[];
  readonly choices: readonly Choice[];
  readonly range: Range;
  readonly absent?: Absent;
}

/** In pixels. Grafana's lines are 30 high with 8 between them. */
const grid = {
  line: 30,
  gap: 8,
  width: 1400,
  side: 20,
  header: 128,
  footer: 20,
  title: 30,
  border: 2,
} as const;
const style = readFileSync(new URL("page.css", import.meta.url), "utf8");

/** What a picture of the whole page measures, in pixels. */
export function pageSize(spec: DashboardSpec): Size {
  const places = layOut(spec.rows).flatMap(({ place, panels }) => [
    place,
    ...panels.map((each) => each.place),
  ]);
  const lines = Math.max(0, ...places.map(({ y, h }) => y + h));
  return {
    width: grid.width,
    height: grid.header + boxOf({ x: 0, y: 0, w: columns, h: lines }).height + grid.footer,
  };
}

function boxOf({ w, h }: Place): Size {
  const column = (grid.width - 2 * grid.side - (columns - 1) * grid.gap) / columns;
  return {
    width: w * column + (w - 1) * grid.gap,
    height: Math.max(0, h * (grid.line + grid.gap) - grid.gap),
  };
}

/** @throws Error for data of a panel that the dashboard does not have. */
export function renderPage({ spec, panels, choices, range, absent = {} }: PageInput): string {
  const rows = layOut(spec.rows);
  const titles = rows.flatMap((row) => row.panels.map(({ panel }) => panel.title));
  const strange = [...panels.map(({ panel }) => panel.title), ...Object.keys(absent.panels ?? {})].filter(
    (title) => !titles.includes(title),
  );
  if (strange.length > 0) throw new Error(`${spec.uid} has no panel ${strange.join(", ")}`);
  const body = rows.map(({ title, place, panels: placed }) => [
    `<h2 style="${area(place)}">${escape(title)}</h2>`,
    ...placed.map((each) => {
      const data = panels.find(({ panel }) => panel.title === each.panel.title);
      return section(each, { data, range, absent });
    }),
  ]);
  return [
    '<!doctype html><html lang="en"><head><meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`,
    `<title>${escape(spec.title)}</title><style>${style}</style></head><body>`,
    header({ spec, choices, range, filled: panels.some(isFilled) }),
    `<main>${body.flat().join("\n")}</main></body></html>`,
  ].join("\n");
}

/** Whether any query of a panel has data. */
function isFilled({ queries }: PanelData): boolean {
  return queries.some(({ series }) => hasData(series));
}

interface Header extends Pick<PageInput, "spec" | "choices" | "range"> {
  /** Whether any panel has data. */
  readonly filled: boolean;
}

function header({ spec, choices, range, filled }: Header): string {
  const truth = filled
    ? '<p class="truth">Real data of a test network; panels without data say why.</p>'
    : '<p class="truth none">No data on a test network; every panel says why.</p>';
  const chosen = choices.map((each) => `<li><b>${escape(each.label)}</b>${escape(chosenText(each))}</li>`);
  return `<header>
<h1><small>${escape(spec.folder)} /</small>${escape(spec.title)}</h1>
<p>${escape(spec.description)}</p>
${truth}
<ul>${chosen.join("")}<li class="time"><b>Time (UTC)</b>${period(range)}</li></ul>
</header>`;
}

/** What is chosen; of "All" as many as have room beside the others. */
function chosenText({ text, found }: Choice): string {
  if (text !== "All" || found.length === 0) return text;
  const names = found.join(", ");
  return `All ${found.length}: ${names.length > 64 ? `${names.slice(0, 63)}…` : names}`;
}

function period({ start, end, step }: Range): string {
  const at = (seconds: number): string =>
    new Date(seconds * 1000).toISOString().slice(0, 19).replace("T", " ");
  const [from, to] = [at(start), at(end)];
  const until = from.slice(0, 10) === to.slice(0, 10) ? to.slice(11) : to;
  return `${from} to ${until}, a value every ${step} s`;
}

function area({ x, y, w, h }: Place): string {
  return `grid-area: ${y + 1} / ${x + 1} / span ${h} / span ${w}`;
}

interface Shown {
  readonly data: PanelData | undefined;
  readonly range: Range;
  readonly absent: Absent;
}

function section(
  { panel, place }: { readonly panel: PanelSpec; readonly place: Place },
  { data, range, absent }: Shown,
): string {
  const filled = data && isFilled(data) ? data : undefined;
  const silent = filled?.queries.filter(({ series }) => !hasData(series)).length ?? 0;
  const note = silent === 0 ? "" : `<small>${silent} of ${panel.queries.length} queries without data</small>`;
  const content = filled ? chart(filled, { range, box: boxOf(place) }) : why(data, panel, absent);
  return `<section${filled ? "" : ' class="none"'} style="${area(place)}">
<div class="title"><h3>${escape(panel.title)}</h3>${note}</div>${content}</section>`;
}

function why(data: PanelData | undefined, panel: PanelSpec, absent: Absent): string {
  const reason =
    data === undefined ? "not evaluated: its queries were not run" : reasonWithoutData(panel, absent);
  return `<div class="why"><p>${escape(reason)}</p></div>`;
}

/** Why a panel has no data, in a sentence: the panel's own reason, or those of the exporters that it reads. */
export function reasonWithoutData({ title, queries }: PanelSpec, absent: Absent = {}): string {
  const own = absent.panels?.[title];
  if (own !== undefined) return `no data: ${own}`;
  const read = [...new Set(queries.flatMap((query) => query.sources))];
  const reasons = read.flatMap((id) => absent.sources?.[id] ?? (sources[id] as Source).absent ?? []);
  return reasons.length > 0
    ? `no data on a test machine: ${[...new Set(reasons)].join("; ")}`
    : `no data: nothing came of ${read.join(" and ")}, though a test machine can have it`;
}

function chart(
  { panel, queries }: PanelData,
  { range, box }: { readonly range: Range; readonly box: Size },
): string {
  const series = queries.flatMap((each) => each.series).filter((each) => hasData([each]));
  const inner = { width: Math.floor(box.width - grid.border), height: box.height - grid.title - grid.border };
  if (panel.kind === "stat") return stats(panel, series, { range, size: inner });
  if (panel.kind === "table") return table(panel, series, inner.height);
  const names = legend(series, inner.width);
  const size = { width: inner.width, height: inner.height - names.height };
  return drawTimeSeries(panel, series, { range, size }) + names.html;
}
