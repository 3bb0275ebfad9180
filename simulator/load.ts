/**
 * Operations that nobody carries out: a tick adds as many observations as its time would have brought, drawn from
 * distributions by seeded random numbers, so that two runs of as many ticks count the same.
 */
import type { ErrorKind, Histogram, NodeMetrics } from "./metrics.ts";
import type { FaultName, Settings } from "./settings.ts";

/** Milliseconds of a tick. */
export const tickMilliseconds = 100;
const ticksPerSecond = 1000 / tickMilliseconds;

/** Values drawn per histogram and tick at most; each then stands for several observations. This bounds a tick's cost. */
const mostDraws = 50;
/** Width of the log-normal distributions: 99 of 100 values are below 2.3 times the median. */
const spread = 0.35;
/** Medians in seconds. 99 of 100 finality checks are below 0.7 ms, within the service level of 1 ms (spec B13). */
const medians = { finality: 0.0003, generate: 0.00002, verify: 0.00004 } as const;

/** Finality checks per second. */
const finalityRate = 100;
/** Fault `slow`: everything takes ten times as long, and the rates of six pods stay below the service levels (B13). */
const slowFactor = 10;
const slowGeneration = 1000;
/** `POI_BATCH_VERIFY`: four proofs are verified at once, in three times the time of one. */
const batch = { size: 4, timeFactor: 3 } as const;
/** Fault `failing`: share of operations that fail. */
const failingShare = 0.01;

/** What decides how much is done in a tick. */
export interface Conditions {
  /** Proofs of impact to generate per second. */
  readonly load: number;
  readonly faults: ReadonlySet<FaultName>;
  readonly poiBatchVerify: boolean;
}

/** Operations per second. */
export function ratesOf({ load, faults, poiBatchVerify }: Conditions): {
  readonly generation: number;
  readonly verification: number;
  readonly finality: number;
} {
  const generation = faults.has("slow") ? Math.min(load, slowGeneration) : load;
  const verified = generation / 2;
  return {
    generation,
    verification: poiBatchVerify ? verified / batch.size : verified,
    finality: finalityRate,
  };
}

export class Load {
  private readonly metrics: NodeMetrics;
  private readonly random: () => number;
  /** Parts of operations that no tick has counted yet. */
  private readonly owed = new Map<string, number>();
  private ticks = 0;

  constructor(metrics: NodeMetrics, { seed }: Pick<Settings, "seed">) {
    this.metrics = metrics;
    this.random = seeded(seed);
  }

  /** Counts what a tick brings. */
  tick(conditions: Conditions): void {
    const { metrics } = this;
    const { faults, poiBatchVerify } = conditions;
    const rates = ratesOf(conditions);
    const factor = faults.has("slow") ? slowFactor : 1;
    const generated = this.whole("generation", rates.generation / ticksPerSecond);
    const verified = this.whole("verification", rates.verification / ticksPerSecond);
    const checked = this.whole("finality", rates.finality / ticksPerSecond);
    this.observe(metrics.generate, generated, medians.generate * factor);
    this.observe(metrics.verify, verified, medians.verify * factor * (poiBatchVerify ? batch.timeFactor : 1));
    this.observe(metrics.finality, checked, medians.finality * factor);
    this.ticks += 1;
    if (this.ticks % ticksPerSecond === 0) metrics.height += 1;
    // A tick stands for one step of consensus.
    if (faults.has("failing")) this.fail({ finality: checked, poi: generated + verified, consensus: 1 });
  }

  private fail(operations: Readonly<Record<ErrorKind, number>>): void {
    for (const [kind, count] of Object.entries(operations) as [ErrorKind, number][]) {
      this.metrics.errors[kind] += this.whole(`failing ${kind}`, count * failingShare);
    }
  }

  /** The whole operations of an amount; the rest is owed to the next tick. */
  private whole(name: string, amount: number): number {
    const owed = (this.owed.get(name) ?? 0) + amount;
    // 100 times 0.01 is a little less than 1.
    const whole = Math.floor(owed + 1e-9);
    this.owed.set(name, owed - whole);
    return whole;
  }

  private observe(histogram: Histogram, count: number, median: number): void {
    const draws = Math.min(count, mostDraws);
    for (let draw = 0; draw < draws; draw += 1) {
      const times = Math.floor(((draw + 1) * count) / draws) - Math.floor((draw * count) / draws);
      histogram.observe(median * Math.exp(spread * this.normal()), times);
    }
  }

  /** A value of the standard normal distribution (Box and Muller). */
  private normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.random()));
    return radius * Math.cos(2 * Math.PI * this.random());
  }
}

/** Random numbers from 0 up to 1, by a 32-bit Weyl sequence whose steps are mixed as MurmurHash3 does. */
function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 16), 0x85ebca6b);
    mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32;
  };
}
