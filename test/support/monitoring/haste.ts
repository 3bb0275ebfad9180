/**
 * Time that runs faster, for tests of alerts which take minutes and hours: every duration of a configuration, and every
 * range and offset of an expression, is divided by the same number. Rates are per second and stay what they are.
 */
import { parser as promql } from "@prometheus-io/lezer-promql";

const units: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 7 * 86_400_000,
  y: 365 * 86_400_000,
};

/**
 * A duration as Prometheus writes it, divided.
 *
 * @throws Error when it is none.
 */
export function hastenDuration(duration: string, factor: number): string {
  const parts = [...duration.matchAll(/(\d+)(ms|[smhdwy])/g)];
  if (parts.length === 0 || parts.map(([whole]) => whole).join("") !== duration) {
    throw new Error(`no duration: ${duration}`);
  }
  const milliseconds = parts.reduce(
    (sum, [, count, unit = ""]) => sum + Number(count) * (units[unit] ?? NaN),
    0,
  );
  return `${Math.round(milliseconds / factor)}ms`;
}

/** A PromQL expression whose ranges and offsets are divided. */
export function hastenExpression(expr: string, factor: number): string {
  const found: { from: number; to: number }[] = [];
  promql.parse(expr).iterate({
    enter: ({ name, from, to }) => {
      if (name === "NumberDurationLiteralInDurationContext") found.push({ from, to });
    },
  });
  return found.reduceRight(
    (text, { from, to }) =>
      text.slice(0, from) + hastenDuration(text.slice(from, to), factor) + text.slice(to),
    expr,
  );
}

const durationKeys = new Set([
  "for",
  "interval",
  "keep_firing_for",
  "scrape_interval",
  "scrape_timeout",
  "evaluation_interval",
  "group_wait",
  "group_interval",
  "repeat_interval",
  "resolve_timeout",
]);

/** A configuration, or groups of rules, in which every duration is divided. */
export function hasten<T>(value: T, factor: number): T {
  if (Array.isArray(value)) return value.map((each: unknown) => hasten(each, factor)) as T;
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]: [string, unknown]) => {
      if (typeof each !== "string") return [key, hasten(each, factor)];
      if (key === "expr") return [key, hastenExpression(each, factor)];
      return [key, durationKeys.has(key) ? hastenDuration(each, factor) : each];
    }),
  ) as T;
}
