/** Durations as they are typed. */
import { InvalidArgumentError } from "commander";

const unitSeconds: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 };

/** Seconds of a number and a unit. */
function read(text: string, units: readonly string[]): number {
  const [, number, unit = ""] = /^(\d+)([a-z]+)$/.exec(text) ?? [];
  const total = units.includes(unit) ? Number(number) * (unitSeconds[unit] ?? 0) : 0;
  if (total > 0) return total;
  throw new InvalidArgumentError(`write a number and one of ${units.join(", ")}: 90s, 5m`);
}

/** Reads how long something takes: `45s`, `5m`, `24h`, `2d`. */
export function secondsTyped(text: string): number {
  return read(text, ["s", "m", "h", "d"]);
}

/** Reads a short time that is handed on as it is: `200ms`, `2s`. */
export function latencyTyped(text: string): string {
  read(text, ["ms", "s"]);
  return text;
}

/** Seconds of a duration of a stack file, such as `500ms` or `5s`. */
export function secondsOf(duration: string): number {
  return read(duration, ["ms", "s", "m", "h"]);
}

/** Seconds for people: `45 s`, `5 min`, `24 h`. */
export function spoken(seconds: number): string {
  const rounded = Math.round(seconds);
  if (rounded >= 3600 && rounded % 3600 === 0) return `${rounded / 3600} h`;
  if (rounded >= 60 && rounded % 60 === 0) return `${rounded / 60} min`;
  return `${rounded} s`;
}
