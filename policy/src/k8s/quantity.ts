const pattern = /^(\d+(?:\.\d+)?)(?:([eE])(-?\d+)|(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei))?$/;

const decimal = ["m", "", "k", "M", "G", "T", "P", "E"];
const binary = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/**
 * The number that a quantity such as `500m`, `2`, `1e3` or `4Gi` stands for, as exact as a floating-point number is;
 * undefined for what is none. Negative quantities are none: nothing here is ever less than zero.
 */
export function quantity(value: unknown): number | undefined {
  if (typeof value === "number") return value >= 0 ? value : undefined;
  const match = typeof value === "string" ? pattern.exec(value) : null;
  if (match === null) return undefined;
  const [, digits, , exponent, suffix = ""] = match;
  if (exponent !== undefined) return Number(`${digits}e${exponent}`);
  const power = binary.indexOf(suffix);
  return power > 0 ? Number(digits) * 1024 ** power : Number(digits) * 1000 ** (decimal.indexOf(suffix) - 1);
}
