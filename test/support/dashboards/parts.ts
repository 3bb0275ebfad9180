/** Parts of a dashboard's page that are text: legends, big numbers, tables. */
import type { PanelSpec, Step } from "../../../observability/dashboards/spec.ts";
import { type Size, colorOf, drawSparkline, palette } from "./charts.ts";
import type { Range } from "./prometheus.ts";
import type { NamedSeries } from "./queries.ts";
import { format } from "./units.ts";

/** Text as HTML shows it. */
export function escape(text: string): string {
  const names: Readonly<Record<string, string>> = {
    "&": "amp",
    "<": "lt",
    ">": "gt",
    '"': "quot",
    "'": "#39",
  };
  return text.replace(/[&<>"']/g, (sign) => `&${names[sign] ?? ""};`);
}

/** Pixels of a letter of the page's legends, on average; rather too many, so that a line never holds too much. */
const letter = 6.9;
const line = { height: 17, most: 3, sign: 18, gap: 14, sides: 24, end: 8 } as const;

/** Names of the lines, in no more than three lines of text; how many are left out is said. */
export function legend(
  series: readonly NamedSeries[],
  width: number,
): { readonly html: string; readonly height: number } {
  const room = width - line.sides;
  const widthOf = (text: string): number => Math.min(room, text.length * letter + line.sign) + line.gap;
  const linesOf = (names: readonly string[]): number =>
    names.reduce(
      ({ lines, x }, name) => {
        const wide = widthOf(name);
        return x > 0 && x + wide - line.gap > room ? { lines: lines + 1, x: wide } : { lines, x: x + wide };
      },
      { lines: 1, x: 0 },
    ).lines;
  const more = (shown: number): string => `and ${series.length - shown} more`;
  let shown = series.length;
  const named = (): string[] => [
    ...series.slice(0, shown).map(({ name }) => name),
    ...(shown < series.length ? [more(shown)] : []),
  ];
  while (shown > 1 && linesOf(named()) > line.most) shown--;
  const items = series.slice(0, shown).map(({ name }, index) => {
    const dotted = index < palette.length ? "" : ' class="dotted"';
    return `<li><i${dotted} style="border-color:${colorOf(index)}"></i>${escape(name)}</li>`;
  });
  if (shown < series.length) items.push(`<li>${more(shown)}</li>`);
  const height = linesOf(named()) * line.height;
  return {
    html: `<ul class="legend" style="height:${height}px">${items.join("")}</ul>`,
    height: height + line.end,
  };
}

/** Grounds of big numbers and their ink: a contrast of 7 to 1 or more (WCAG 1.4.6). */
interface Ink {
  readonly ground: string;
  readonly ink: string;
  readonly course?: string;
}
const inks: Readonly<Record<Step["color"] | "plain", Ink>> = {
  green: { ground: "#dcf3e3", ink: "#0b4a22" },
  yellow: { ground: "#fdf0c3", ink: "#5a3e00" },
  orange: { ground: "#fde3cd", ink: "#6a2c00" },
  red: { ground: "#fbdcdc", ink: "#7a1313" },
  blue: { ground: "#dbe9fd", ink: "#14386f" },
  plain: { ground: "#ffffff", ink: "#1f2933", course: "#1f62c9" },
};

/** The last value of each series, big, on its threshold's colour, over its course. */
export function stats(
  panel: PanelSpec,
  series: readonly NamedSeries[],
  { range, size }: { readonly range: Range; readonly size: Size },
): string {
  const width = Math.floor((size.width - series.length + 1) / series.length);
  const values = series.map(last);
  const texts = values.map((value) => format(value, panel.unit, panel.decimals));
  const letters = Math.max(4, ...texts.map((text) => text.length));
  const big = Math.min(36, Math.floor((width - 16) / (0.72 * letters)));
  const named = series.length > 1;
  const cells = series.map((each, index) => {
    const { ground, ink, course = ink } = inks[colorFor(values[index] ?? NaN, panel.thresholds) ?? "plain"];
    const spark = drawSparkline(each, { range, size: { width, height: named ? 30 : 40 }, color: course });
    return (
      `<div class="stat" style="background:${ground};color:${ink}"><div class="spark">${spark}</div>` +
      (named ? `<span>${escape(each.name)}</span>` : "") +
      `<b style="font-size:${big}px">${escape(texts[index] ?? "")}</b></div>`
    );
  });
  return `<div class="stats">${cells.join("")}</div>`;
}

/** The colour of the highest step that a value reaches. */
export function colorFor(value: number, steps: readonly Step[] = []): Step["color"] | undefined {
  return steps.findLast(({ from }) => from === null || value >= from)?.color;
}

function last({ points }: NamedSeries): number {
  return points.findLast(([, value]) => !Number.isNaN(value))?.[1] ?? NaN;
}

/** Names and values, the highest first; how many have no room is said. */
export function table(panel: PanelSpec, series: readonly NamedSeries[], height: number): string {
  const room = Math.floor((height - 12) / 26) - 1;
  const sorted = series.toSorted((a, b) => last(b) - last(a));
  const shown = sorted.length > room ? sorted.slice(0, room - 1) : sorted;
  const rows = shown.map(
    (each) =>
      `<tr><td>${escape(each.name)}</td><td>${escape(format(last(each), panel.unit, panel.decimals))}</td></tr>`,
  );
  if (shown.length < sorted.length)
    rows.push(`<tr><td>and ${sorted.length - shown.length} more</td><td></td></tr>`);
  return `<table><tr><th>Name</th><th>Value</th></tr>${rows.join("")}</table>`;
}
