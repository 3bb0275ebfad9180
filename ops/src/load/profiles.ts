/** How hard and how long a load is (spec A26), and what has to hold under it. */

export interface Profile {
  /** Transactions, or requests, per second. */
  readonly rate: number;
  readonly seconds: number;
}

/** Spec A26: minimal 10 TPS/5 min, standard 100/30 min, stress 1000/1 h, endurance 50/24 h. */
export const profiles = {
  minimal: { rate: 10, seconds: 300 },
  standard: { rate: 100, seconds: 1800 },
  stress: { rate: 1000, seconds: 3600 },
  endurance: { rate: 50, seconds: 86_400 },
} as const satisfies Record<string, Profile>;
export type ProfileName = keyof typeof profiles;
export const profileNames = Object.keys(profiles) as ProfileName[];

export interface Plan extends Profile {
  readonly profile: ProfileName;
  /** What differs from the profile, in words; empty where nothing does. */
  readonly overrides: readonly string[];
}

/** A profile with its rate or its time replaced. */
export function planOf(
  profile: ProfileName,
  { rate, seconds }: { readonly rate?: number | undefined; readonly seconds?: number | undefined },
): Plan {
  const own = profiles[profile];
  const changes = [
    ...(rate === undefined || rate === own.rate ? [] : [`${rate} instead of ${own.rate} a second`]),
    ...(seconds === undefined || seconds === own.seconds
      ? []
      : [`${seconds} instead of ${own.seconds} seconds`]),
  ];
  return { profile, rate: rate ?? own.rate, seconds: seconds ?? own.seconds, overrides: changes };
}

/**
 * What has to hold on the chain. The specification names rates and times alone (A26), so these are our own choice: a
 * chain that keeps up puts a transaction into the next block or the one after it, and makes blocks as before.
 */
export const chainMarks = {
  /** Share of transactions that this machine begins to send within {@link heldWithin}: below it the figures are about this machine. */
  held: 0.99,
  /** Share of the offered transactions that are in a block and succeeded. */
  included: 0.99,
  /** Share of the offered rate at which they get into blocks. */
  achieved: 0.95,
  /** Time to inclusion, in block intervals before the load: it waits for a proposal, at most one interval, and is then decided. */
  p95Intervals: 3,
  p99Intervals: 5,
  /** Mean block interval under load, in intervals before it. */
  slowdown: 1.5,
} as const;

/** Seconds after its time that a transaction may be begun, as this machine's own delay. */
export const heldWithin = 0.1;

/** Seconds after the last one that a transaction may take to get into a block; it is lost then. */
export const drainSeconds = 30;

/** Seconds after which one that is in no block is lost while the load goes on, so that its account can take turns again. */
export const lostSeconds = 60;

/** Seconds that a healthy block interval may have for a `timeout_commit`: twice that, and a second for votes. */
export function healthyInterval(timeoutCommit: number): number {
  return 2 * timeoutCommit + 1;
}

/**
 * What has to hold for bizra. Finality, generation and verification are spec B13's; a failed request is no uptime, of
 * which B13 allows 0.1 %. The specification names no time for an HTTP answer: half a second is our own choice.
 */
export const bizraMarks = {
  failed: 0.001,
  httpP99Seconds: 0.5,
  /** Share of requests that k6 could not begin in time for want of free users: below it the figures are about this machine. */
  dropped: 0.01,
  finalitySeconds: 0.001,
} as const;
