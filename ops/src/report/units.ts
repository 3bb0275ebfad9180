/** Figures for people: cores, bytes, money, and from how much to how much. */
import type { Range } from "./resources/totals.ts";

/** Thousandths of a core as cores. */
export function cores(milli: number): string {
  return String(Math.round(milli) / 1000);
}

const binary = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];

/** Bytes in the largest unit of which there is at least one, to two digits behind the point. */
export function bytes(count: number): string {
  const power = count < 1 ? 0 : Math.min(Math.floor(Math.log2(count) / 10), binary.length - 1);
  return `${Math.round((count / 1024 ** power) * 100) / 100} ${binary[power] ?? "B"}`;
}

/** An amount of money: two digits behind the point, thousands apart. */
export function money(amount: number): string {
  return amount.toLocaleString("en-GB", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
}

/** One figure where both ends are the same, else both. */
export function range([least, most]: Range, write: (each: number) => string): string {
  const [from, to] = [write(least), write(most)];
  return from === to ? from : `${from} to ${to}`;
}

/** A few of a list, and how many more there are. */
export function shortened(list: readonly string[], most: number): string {
  const rest = list.length - most;
  return rest > 1 ? `${list.slice(0, most).join(", ")} and ${rest} more` : list.join(", ");
}
