import { type Field, MALFORMED, UNKNOWN } from "./k8s/field.ts";
import type { Finding } from "./rule.ts";

/** What a field has to hold. */
export interface Demand {
  /** Says whether a value is good; undefined stands for an absent field. Never called for unknown values. */
  readonly allows: (value: unknown) => boolean;
  /** What would be good, in words. */
  readonly wanted: string;
  /** Says which texts may be shown if they are found; default none, as any text could be a secret. */
  readonly mayShow?: (text: string) => boolean;
}

/**
 * A finding at a field, unless it holds what is demanded. An unknown or malformed value never does. Where it is a
 * parent that is so, the finding stands at the parent, and says which field below it is meant.
 */
export function demand(
  { path, value, blockedAt }: Field,
  { allows, wanted, mayShow }: Demand,
): readonly Finding[] {
  if (value !== UNKNOWN && value !== MALFORMED && allows(value)) return [];
  const found = show(value, mayShow);
  return [
    blockedAt === undefined
      ? { path, found, wanted }
      : { path: blockedAt, found, wanted: `${wanted} at ${path}` },
  ];
}

/** Tests whether a value is one of those given. */
export function oneOf(...values: readonly unknown[]): (value: unknown) => boolean {
  return (value) => values.includes(value);
}

/**
 * A value in words that are safe to print. Pulumi hands policies its secrets in plain text and does not mark them, so
 * only booleans, numbers and texts that are expected in the field are shown.
 */
export function show(value: unknown, mayShow: (text: string) => boolean = () => false): string {
  if (value === undefined || value === null) return "nothing";
  if (value === UNKNOWN) return "a value that is not known in a preview";
  if (value === MALFORMED) return "a value of the wrong form";
  if (typeof value === "boolean" || typeof value === "number") return String(value);
  if (Array.isArray(value)) return `[${value.map((item) => show(item, mayShow)).join(", ")}]`;
  if (typeof value !== "string") return "an object";
  if (value === "") return "an empty text";
  return mayShow(value) ? value : "a text (not shown, as it could be a secret)";
}
