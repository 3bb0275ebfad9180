/**
 * Kubernetes resource quantities as exact integers, for sums and comparisons.
 *
 * Source of the grammar: the API conventions' "Quantity" (a decimal number with a binary suffix, an SI suffix or
 * none). Exponents such as `1e3` are valid there too and refused here: nobody writes them by hand, and a typo of `E`
 * (exa) would otherwise pass.
 */
const pattern = /^(\d+(?:\.\d+)?)(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/;

const factors: Readonly<Record<string, bigint>> = {
  k: 10n ** 3n,
  M: 10n ** 6n,
  G: 10n ** 9n,
  T: 10n ** 12n,
  P: 10n ** 15n,
  E: 10n ** 18n,
  Ki: 1024n,
  Mi: 1024n ** 2n,
  Gi: 1024n ** 3n,
  Ti: 1024n ** 4n,
  Pi: 1024n ** 5n,
  Ei: 1024n ** 6n,
};

/**
 * The quantity in thousandths of its unit (millicores, millibytes), rounded up like the API server does.
 *
 * @throws Error naming the text when it is not a quantity.
 */
export function toMilli(quantity: string): bigint {
  const match = pattern.exec(quantity);
  if (!match) throw new Error(`"${quantity}" is not a Kubernetes quantity such as 500m, 2, 4Gi`);
  const [whole = "0", fraction = ""] = (match[1] ?? "").split(".");
  const suffix = match[2] ?? "";
  const scale = 10n ** BigInt(fraction.length);
  const milli = suffix === "m" ? 1n : 1000n * (factors[suffix] ?? 1n);
  const scaled = BigInt(whole + fraction) * milli;
  return (scaled + scale - 1n) / scale;
}

/** Whether the text is a quantity of the grammar above and more than zero. */
export function isPositiveQuantity(quantity: string): boolean {
  return pattern.test(quantity) && toMilli(quantity) > 0n;
}

/** CPU in the shortest exact form: whole cores where possible, else millicores. */
export function formatCpu(milli: bigint): string {
  return milli % 1000n === 0n ? String(milli / 1000n) : `${String(milli)}m`;
}

/** Bytes (given in thousandths) in the largest binary unit that is exact. */
export function formatBytes(milli: bigint): string {
  const bytes = (milli + 999n) / 1000n;
  for (const suffix of ["Ti", "Gi", "Mi", "Ki"]) {
    const factor = factors[suffix] ?? 1n;
    if (bytes >= factor && bytes % factor === 0n) return `${String(bytes / factor)}${suffix}`;
  }
  return String(bytes);
}

/** The sum of two pods' CPU and memory. */
export function addQuantities(
  a: { readonly cpu: string; readonly memory: string },
  b: { readonly cpu: string; readonly memory: string },
): { cpu: string; memory: string } {
  return {
    cpu: formatCpu(toMilli(a.cpu) + toMilli(b.cpu)),
    memory: formatBytes(toMilli(a.memory) + toMilli(b.memory)),
  };
}
