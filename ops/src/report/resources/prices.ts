/** Unit prices that whoever asks for the report gives in a file; none come with this program. */
import { readFileSync } from "node:fs";

import { parse } from "yaml";
import { z } from "zod";

import { UserError, firstLine } from "../../errors.ts";
import type { Range, Sums } from "./totals.ts";

const price = z.number().nonnegative();

const schema = z.strictObject({
  /** As it is written after amounts, such as `EUR`. */
  currency: z.string().min(1).max(12),
  /** Time that the prices are for. */
  per: z.enum(["hour", "month", "year"]),
  /** Of a requested core. */
  cpu: price,
  /** Of a requested GiB of memory. */
  memory: price,
  /** Of a claimed GiB of storage. */
  storage: price,
});

export type Prices = z.infer<typeof schema>;

/**
 * Prices out of a file of YAML or JSON.
 *
 * @throws UserError that names every fault.
 */
export function readPrices(file: string): Prices {
  let value: unknown;
  try {
    value = parse(readFileSync(file, "utf8"));
  } catch (error) {
    const reason = firstLine(error);
    throw new UserError(`the prices cannot be read: ${reason}`, [form]);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map(({ path, message }) => `  ${path.join(".") || "file"}: ${message}`);
  throw new UserError(`${file} holds no prices:\n${faults.join("\n")}`, [form]);
}

const form =
  "write YAML such as: {currency: EUR, per: month, cpu: 20, memory: 2.5, storage: 0.1}; docs/report.md";

export interface Costs {
  readonly cpu: Range;
  readonly memory: Range;
  readonly storage: Range;
  readonly total: Range;
}

const gibibyte = 1024 ** 3;

/** What requests and claims cost at these prices, in their currency and for their time. */
export function costsOf({ requests, storage }: Sums, prices: Prices): Costs {
  const times = ([least, most]: Range, unit: number, each: number): Range => [
    (least / unit) * each,
    (most / unit) * each,
  ];
  const parts = {
    cpu: times(requests.cpu, 1000, prices.cpu),
    memory: times(requests.memory, gibibyte, prices.memory),
    storage: times(storage, gibibyte, prices.storage),
  };
  const all = Object.values(parts);
  return {
    ...parts,
    total: [all.reduce((sum, [least]) => sum + least, 0), all.reduce((sum, [, most]) => sum + most, 0)],
  };
}
