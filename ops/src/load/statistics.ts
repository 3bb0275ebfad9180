/** Percentiles and means, over every single value: nothing is sampled or put into buckets. */

/**
 * The nearest-rank percentile: the least value that is not below the given share of all.
 *
 * @param sorted ascending.
 * @param share between 0 and 1, such as 0.99.
 * @returns nothing where there are no values.
 */
export function percentile(sorted: ArrayLike<number>, share: number): number | undefined {
  if (sorted.length === 0) return undefined;
  // A share such as 0.07 times 100 is a little more than 7.
  const rank = Math.ceil(Number((share * sorted.length).toFixed(6)));
  return sorted[Math.min(sorted.length, Math.max(1, rank)) - 1];
}

/** Three percentiles of values in any order; `lost` ones took for ever. */
export function percentiles(
  values: Iterable<number>,
  lost = 0,
): { readonly p50?: number; readonly p95?: number; readonly p99?: number } {
  const known = Float64Array.from(values).sort();
  const all = new Float64Array(known.length + lost).fill(Infinity);
  all.set(known);
  const found = { p50: percentile(all, 0.5), p95: percentile(all, 0.95), p99: percentile(all, 0.99) };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/** The mean; nothing where there are no values. */
export function mean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The largest value; nothing where there are none. */
export function largest(values: readonly number[]): number | undefined {
  return values.reduce<number | undefined>(
    (most, value) => (most === undefined || value > most ? value : most),
    undefined,
  );
}
