/**
 * An open-loop schedule: what is due is begun, whether earlier ones were answered or not. A slow system gets no rest by
 * it, and a wait for an answer hides no later one (coordinated omission): latencies count from the time that was due.
 */
import type { Profile } from "./profiles.ts";

export interface Clock {
  /** Milliseconds, never going back. */
  readonly now: () => number;
  /** Waits until a time of {@link now}, or until the signal. */
  until(time: number, signal: AbortSignal): Promise<void>;
  /** Lets answers and signals in. */
  breathe(): Promise<void>;
}

/** Pieces of work that are begun at a stretch: a machine that is always late must hear of answers, and of Ctrl-C. */
const stretch = 20;

/** This machine's time. */
export const realClock: Clock = {
  now: () => performance.now(),
  until: (time, signal) =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", end);
        resolve();
      };
      const timer = setTimeout(end, Math.max(0, time - performance.now()));
      signal.addEventListener("abort", end);
      if (signal.aborted) end();
    }),
  breathe: () => new Promise((resolve) => setImmediate(resolve)),
};

/** One that is due, and when, in the clock's time. */
export interface Due {
  readonly index: number;
  readonly at: number;
}

export interface Held {
  /** How many were begun. */
  readonly begun: number;
  /** The clock's time of the first one. */
  readonly start: number;
  /** Seconds for which the rate was held: less than planned where the signal ended it. */
  readonly seconds: number;
  readonly cutShort: boolean;
}

/**
 * Begins `rate` times `seconds` pieces of work, evenly. Those that are overdue, since this machine was busy, are begun
 * at once with the time that they were due at: none is left out.
 *
 * @param begin must not wait; it is called for each piece in order.
 */
export async function holdRate(
  { rate, seconds }: Profile,
  begin: (due: Due) => void,
  { clock, signal }: { readonly clock: Clock; readonly signal: AbortSignal },
): Promise<Held> {
  const total = Math.round(rate * seconds);
  const start = clock.now();
  const dueAt = (index: number): number => start + (index * 1000) / rate;
  let index = 0;
  while (index < total && !signal.aborted) {
    const at = dueAt(index);
    // A timer may fire a little early; what is due within its own resolution is due.
    if (at > clock.now()) {
      await clock.until(at, signal);
      continue;
    }
    begin({ index, at });
    index += 1;
    if (index % stretch === 0) await clock.breathe();
  }
  // The last one has its share of the time as well.
  if (index === total) await clock.until(dueAt(total), signal);
  const held = index === total ? seconds : (clock.now() - start) / 1000;
  return { begun: index, start, seconds: held, cutShort: index < total };
}
