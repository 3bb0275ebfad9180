/** Ctrl-C and its kin while something is made: the work in hand ends tidily, and nothing else is begun. */
import { UserError } from "./errors.ts";

const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/**
 * Runs work that ends early when this process is told to stop, or when the caller's signal says so. A second Ctrl-C
 * ends the process at once.
 *
 * @param what is under way, as words after "while".
 */
export async function interruptible<T>(
  { what, outer }: { readonly what: string; readonly outer?: AbortSignal | undefined },
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const stop = new AbortController();
  const onSignal = (name: string): void => {
    stop.abort(
      new UserError(`Interrupted (${name}) while ${what}.`, [
        "What was finished is kept; the same command goes on from there.",
      ]),
    );
  };
  for (const name of signals) process.once(name, onSignal);
  try {
    return await work(outer ? AbortSignal.any([outer, stop.signal]) : stop.signal);
  } finally {
    for (const name of signals) process.off(name, onSignal);
  }
}
