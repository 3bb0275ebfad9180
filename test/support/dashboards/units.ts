/** Figures as people read them, in Grafana's units. */
import type { Unit } from "../../../observability/dashboards/spec.ts";

/** A value is divided, and what it is then counted in stands behind it. */
export interface Scale {
  readonly divisor: number;
  readonly suffix: string;
}

const scales = (...steps: readonly (readonly [number, string])[]): readonly Scale[] =>
  steps.map(([divisor, suffix]) => ({ divisor, suffix }));

const counted = (what: string): readonly Scale[] =>
  scales([1, ` ${what}`], [1e3, ` K ${what}`], [1e6, ` Mil ${what}`], [1e9, ` Bil ${what}`]);

const times = (second: number): readonly Scale[] =>
  scales(
    [1e-9 * second, " ns"],
    [1e-6 * second, " µs"],
    [1e-3 * second, " ms"],
    [second, " s"],
    [60 * second, " min"],
    [3600 * second, " h"],
    [86_400 * second, " d"],
  );

/** By Grafana's meaning of the units: `Bps` counts in thousands, `bytes` in 1024ths, `percentunit` is 1 at 100 %. */
const ladders: Readonly<Record<Unit, readonly Scale[]>> = {
  none: scales([1, ""]),
  short: scales([1, ""], [1e3, " K"], [1e6, " Mil"], [1e9, " Bil"], [1e12, " Tri"]),
  percentunit: scales([0.01, " %"]),
  s: times(1),
  ms: times(1000),
  bytes: scales([1, " B"], [1024, " KiB"], [1024 ** 2, " MiB"], [1024 ** 3, " GiB"], [1024 ** 4, " TiB"]),
  Bps: scales([1, " B/s"], [1e3, " kB/s"], [1e6, " MB/s"], [1e9, " GB/s"]),
  ops: counted("ops/s"),
  reqps: counted("req/s"),
  opm: counted("ops/min"),
};

/** What values of this size are counted in. */
export function scaleFor(unit: Unit, size: number): Scale {
  const ladder = ladders[unit];
  const fitting =
    ladder.findLast(({ divisor }) => (size === 0 ? divisor === 1 : divisor <= Math.abs(size))) ?? ladder[0];
  if (!fitting) throw new Error(`the unit ${unit} has no scale`);
  return fitting;
}

/** Three digits that count, or as many decimals as are given. */
export function format(value: number, unit: Unit, decimals?: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "–" : value > 0 ? "∞" : "-∞";
  const { divisor, suffix } = scaleFor(unit, value);
  const scaled = value / divisor;
  return digits(scaled, decimals ?? countingDecimals(scaled), decimals) + suffix;
}

function countingDecimals(value: number): number {
  const size = Math.abs(value);
  return size === 0 || size >= 100 ? 0 : Math.min(6, 2 - Math.floor(Math.log10(size)));
}

/** With at most this many decimals, and at least so many. */
export function digits(value: number, most: number, least = 0): string {
  return new Intl.NumberFormat("en-US", {
    maximumFractionDigits: most,
    minimumFractionDigits: least,
    signDisplay: "negative",
  }).format(value);
}

export interface Axis {
  /** In the unit's own measure, as the interval of the marks. */
  readonly min: number;
  readonly max: number;
  readonly interval: number;
  readonly label: (value: number) => string;
}

/** What an axis has to hold. */
export interface Extent {
  readonly low: number;
  readonly high: number;
  /** Where the panel says so, the axis ends there, whatever the values are. */
  readonly min?: number | undefined;
  readonly max?: number | undefined;
}

/** About four marks at round figures, all counted in the same, with room above the highest value. */
export function axisFor(unit: Unit, { low, high, min, max }: Extent): Axis {
  const { divisor, suffix } = scaleFor(unit, Math.max(Math.abs(min ?? low), Math.abs(max ?? high)));
  const bottom = (min ?? low) / divisor;
  const top = Math.max((max ?? high) / divisor, bottom);
  // Where all values are one, there is still an axis: up to 1 from 0, or a half to both sides.
  const spread = top === bottom ? Math.abs(top) / 2 : 0;
  const ends = [
    bottom - (min === undefined ? spread : 0),
    top + (spread || (top === bottom ? 1 : 0)),
  ] as const;
  const step = roundStep((ends[1] - ends[0]) / 4);
  const from = min === undefined ? Math.floor(ends[0] / step) * step : bottom;
  const ceiling = Math.ceil(ends[1] / step) * step;
  const to = max === undefined ? (ceiling - top < step / 10 ? ceiling + step : ceiling) : ends[1];
  const decimals = decimalsOf(step);
  return {
    min: from * divisor,
    max: to * divisor,
    interval: step * divisor,
    label: (value) => digits(value / divisor, decimals) + suffix,
  };
}

/** The next of 1, 2, 2.5, 5, 10 and their tenfold. */
function roundStep(wanted: number): number {
  const ten = 10 ** Math.floor(Math.log10(wanted));
  return ([1, 2, 2.5, 5].find((each) => each * ten >= wanted * 0.999) ?? 10) * ten;
}

/** Decimals in which a round step can be told from the next. */
function decimalsOf(step: number): number {
  const power = Math.floor(Math.log10(step) + 1e-9);
  const half = Math.abs(step / 10 ** power - 2.5) < 1e-6;
  return Math.max(0, (half ? 1 : 0) - power);
}
