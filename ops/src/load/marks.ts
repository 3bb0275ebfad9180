/** How the figures of a load are held against their marks, whatever was loaded. */
import { spoken } from "../duration.ts";
import type { Check, Outcome } from "../running/checks.ts";
import type { Plan } from "./profiles.ts";

/** A share as people read it. */
export const percent = (share: number): string => `${(share * 100).toFixed(2)} %`;

/** An outcome with one fault where the mark is missed. */
export function marked(found: string, holds: boolean, next: string): Outcome {
  return { found, faults: holds ? [] : [{ found, next }] };
}

/** A load that was cut short says less than was asked for. */
export const wholeTime: Check<{
  readonly plan: Plan;
  readonly cutShort: boolean;
  /** How long it lasted. */
  readonly seconds: number;
}> = {
  id: "time",
  title: "held for the whole time",
  wanted: "not cut short",
  look: ({ cutShort, seconds, plan }) => {
    const found = `${spoken(seconds)} of ${spoken(plan.seconds)}`;
    return Promise.resolve({
      found,
      faults: [],
      ...(cutShort ? { notEvaluated: `cut short: ${found}` } : {}),
    });
  },
};
