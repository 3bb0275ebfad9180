/** Checks of a running system, one after another, each with what was found, what was wanted and what to do next. */
import { UserError, firstLine } from "../errors.ts";

/** The four words: `simulated` is a check that held where pods are simulated. */
export type Verdict = "proven" | "simulated" | "not evaluated" | "failed";

/** One thing that is not as it has to be. */
export interface Fault {
  readonly found: string;
  /** A command or a step that helps. */
  readonly next: string;
}

export interface Outcome {
  /** What was seen, in a few words. */
  readonly found: string;
  readonly faults: readonly Fault[];
  /** Why nothing could be said, where that is so. */
  readonly notEvaluated?: string;
}

/** Nothing could be looked at here, and that is no fault: the check is not evaluated. */
export class NotEvaluatedError extends UserError {}

export interface Check<Context> {
  /** Stable, in kebab case: what JUnit and JSON call it. */
  readonly id: string;
  readonly title: string;
  readonly wanted: string;
  look(context: Context): Promise<Outcome>;
}

export interface Result extends Outcome {
  readonly id: string;
  readonly title: string;
  readonly wanted: string;
  readonly verdict: Verdict;
  readonly seconds: number;
}

export interface Running<Context> {
  readonly context: Context;
  /** What is proven elsewhere is simulated there. */
  readonly embedded: boolean;
  /** Called before each check, with its title. */
  readonly report?: (title: string) => void;
}

/** Makes all checks, whatever the first ones say: an operator wants to see everything that is wrong. */
export async function runChecks<Context>(
  checks: readonly Check<Context>[],
  { context, embedded, report }: Running<Context>,
): Promise<Result[]> {
  const results: Result[] = [];
  for (const check of checks) {
    report?.(check.title);
    const begun = Date.now();
    const outcome = await check.look(context).catch((error: unknown): Outcome => unable(error));
    results.push({
      ...outcome,
      id: check.id,
      title: check.title,
      wanted: check.wanted,
      verdict: verdictOf(outcome, embedded),
      seconds: (Date.now() - begun) / 1000,
    });
  }
  return results;
}

function verdictOf({ faults, notEvaluated }: Outcome, embedded: boolean): Verdict {
  if (faults.length > 0) return "failed";
  if (notEvaluated !== undefined) return "not evaluated";
  return embedded ? "simulated" : "proven";
}

/** A check that could not be made has failed: nobody knows. */
function unable(error: unknown): Outcome {
  if (error instanceof NotEvaluatedError)
    return { found: "not looked at", faults: [], notEvaluated: firstLine(error) };
  const found = `could not be looked at: ${firstLine(error)}`;
  const hints = (error as { hints?: readonly string[] }).hints ?? [];
  return { found, faults: [{ found, next: hints[0] ?? "mend that first, then run the same command again" }] };
}

/**
 * Whether everything was looked at and is as it has to be: `not evaluated` is not green.
 *
 * @param accepted ids of checks that may stay not evaluated.
 */
export function allHold(
  results: readonly Pick<Result, "id" | "verdict">[],
  accepted: readonly string[] = [],
): boolean {
  return results.every(
    ({ id, verdict }) =>
      verdict === "proven" ||
      verdict === "simulated" ||
      (verdict === "not evaluated" && accepted.includes(id)),
  );
}
