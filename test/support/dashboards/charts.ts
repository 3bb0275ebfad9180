/** Time series as SVG, drawn by ECharts without a browser. */
import { type EChartsOption, type LineSeriesOption, init } from "echarts";

import type { PanelSpec, Step } from "../../../observability/dashboards/spec.ts";
import type { Range } from "./prometheus.ts";
import type { NamedSeries } from "./queries.ts";
import { type Axis, axisFor } from "./units.ts";

/** Of lines, in their order; each has a contrast of 3 to 1 or more against white (WCAG 1.4.11). */
export const palette = [
  "#1f62c9",
  "#c2410c",
  "#1b7f5c",
  "#a21caf",
  "#0e7490",
  "#8a6100",
  "#5b3fd6",
  "#be123c",
  "#4d7c0f",
  "#475569",
] as const;

/** A line's colour; from the eleventh on they come again, dotted. */
export function colorOf(index: number): string {
  return palette[index % palette.length] ?? palette[0];
}

const thresholdColors: Readonly<Record<Step["color"], string>> = {
  green: "#1a7f37",
  yellow: "#a16f00",
  orange: "#c4560a",
  red: "#c81e1e",
  blue: "#1f62c9",
};

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** A panel of time series: axes with units, thresholds as dashed lines where the values come near them. */
export function drawTimeSeries(
  panel: PanelSpec,
  series: readonly NamedSeries[],
  { range, size }: { readonly range: Range; readonly size: Size },
): string {
  const lines = series.map(({ points }) => onGrid(points, range));
  const [low, high] = extent(panel.stacked ? upon(lines) : lines);
  const axis = axisFor(panel.unit, { low, high, min: panel.min, max: panel.max });
  const labelStyle = { color: "#52606d", fontSize: 11, fontFamily };
  const marks = timesOf(range, size.width);
  return svg(size, {
    grid: { left: widest(axis) * digit + 14, right: 24, top: 10, bottom: 24 },
    xAxis: {
      type: "time",
      min: range.start * 1000,
      max: range.end * 1000,
      axisLine: { lineStyle: { color: "#9aa5b1" } },
      axisTick: { lineStyle: { color: "#9aa5b1" }, customValues: marks },
      axisLabel: { ...labelStyle, customValues: marks, formatter: (ms: number) => clock(ms, range) },
    },
    yAxis: {
      type: "value",
      min: axis.min,
      max: axis.max,
      interval: axis.interval,
      splitLine: { lineStyle: { color: "#e4e7eb" } },
      axisLabel: { ...labelStyle, formatter: axis.label },
    },
    series: lines.map((data, index) => ({
      ...line(data, colorOf(index)),
      lineStyle: { width: 1.6, type: index < palette.length ? "solid" : "dotted" },
      ...(panel.stacked ? { stack: "all" } : {}),
      ...(panel.stacked || lines.length === 1 ? { areaStyle: { opacity: panel.stacked ? 0.5 : 0.07 } } : {}),
      ...(index === 0 ? { markLine: thresholdLines(panel.thresholds ?? [], axis) } : {}),
    })),
  });
}

/** Pixels of a digit in the axes' letters. ECharts' own guess without a browser is too small for them. */
const digit = 7;

function widest({ min, max, interval, label }: Axis): number {
  const marks = Math.round((max - min) / interval);
  return Math.max(...Array.from({ length: marks + 1 }, (_, mark) => label(min + mark * interval).length));
}

/** The course of a single figure, without axes. */
export function drawSparkline(
  { points }: NamedSeries,
  { range, size, color }: { readonly range: Range; readonly size: Size; readonly color: string },
): string {
  const data = onGrid(points, range);
  const [low, high] = extent([data]);
  const room = (high - low || Math.abs(high) || 1) / 10;
  return svg(size, {
    grid: { left: 0, right: 0, top: 0, bottom: 0 },
    xAxis: { type: "time", show: false, min: range.start * 1000, max: range.end * 1000 },
    yAxis: { type: "value", show: false, min: low - room, max: high + room },
    series: [{ ...line(data, color), lineStyle: { width: 1.2, opacity: 0.7 }, areaStyle: { opacity: 0.12 } }],
  });
}

const fontFamily = "DejaVu Sans, Verdana, sans-serif";

function svg({ width, height }: Size, option: EChartsOption): string {
  const chart = init(null, null, { renderer: "svg", ssr: true, width, height });
  try {
    chart.setOption({ animation: false, useUTC: true, backgroundColor: "transparent", ...option });
    return chart.renderToSVGString();
  } finally {
    chart.dispose();
  }
}

type Cell = readonly [ms: number, value: number | null];

function line(data: readonly Cell[], color: string): LineSeriesOption {
  return {
    type: "line",
    data: data.map(([ms, value]) => [ms, value ?? "-"]),
    color,
    // A value between two gaps would not be seen as a line.
    showSymbol: data.filter(([, value]) => value !== null).length === 1,
    symbolSize: 5,
    silent: true,
  };
}

/** A cell for every step: what Prometheus has no value for is a gap, as in Grafana. */
function onGrid(points: NamedSeries["points"], { start, end, step }: Range): readonly Cell[] {
  const values = new Map(points.map(([seconds, value]) => [Math.round((seconds - start) / step), value]));
  return Array.from({ length: Math.floor((end - start) / step) + 1 }, (_, index) => {
    const value = values.get(index);
    return [(start + index * step) * 1000, value !== undefined && Number.isFinite(value) ? value : null];
  });
}

/** Lines upon one another; all have the same grid. */
function upon(lines: readonly (readonly Cell[])[]): readonly (readonly Cell[])[] {
  const [first = []] = lines;
  const sums = first.map(([ms], index): Cell => [
    ms,
    lines.reduce((sum, each) => sum + (each[index]?.[1] ?? 0), 0),
  ]);
  return [...lines, sums];
}

function extent(lines: readonly (readonly Cell[])[]): readonly [low: number, high: number] {
  const values = lines.flatMap((cells) => cells.flatMap(([, value]) => (value === null ? [] : [value])));
  return values.length === 0 ? [0, 0] : [Math.min(...values), Math.max(...values)];
}

function thresholdLines(
  steps: readonly Step[],
  { min, max }: { readonly min: number; readonly max: number },
): NonNullable<LineSeriesOption["markLine"]> {
  // Of two steps at one value the later one holds.
  const shown = new Map(steps.map(({ from, color }) => [from, color]));
  return {
    silent: true,
    symbol: "none",
    label: { show: false },
    // ECharts rounds to two decimals by default, which makes a bound of a millisecond one of nothing.
    precision: 12,
    data: [...shown].flatMap(([from, color]) =>
      from === null || from < min || from > max
        ? []
        : [
            {
              yAxis: from,
              lineStyle: { color: thresholdColors[color], type: "dashed" as const, width: 1.2 },
            },
          ],
    ),
  };
}

/** Seconds between the marks of the time axis: round ones of minutes, hours and days. */
const rounds = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
];

/** Marks of the time axis in milliseconds, as many as have room for their text. */
function timesOf({ start, end }: Range, width: number): number[] {
  const text = end - start > day ? 110 : end - start > short ? 62 : 90;
  const least = ((end - start) * text) / width;
  const step = rounds.find((each) => each >= least) ?? day * Math.ceil(least / day);
  const first = Math.ceil(start / step);
  return Array.from(
    { length: Math.floor(end / step) - first + 1 },
    (_, index) => (first + index) * step * 1000,
  );
}

/** Seconds: above the one, times say their day; up to the other, their second. */
const [day, short] = [86_400, 300];

/** The time of the day in UTC, as exactly as a period of this length needs it. */
function clock(ms: number, { start, end }: Range): string {
  const iso = new Date(ms).toISOString();
  if (end - start > day) return `${iso.slice(5, 10)} ${iso.slice(11, 16)}`;
  return end - start > short ? iso.slice(11, 16) : iso.slice(11, 19);
}
