/** The simulated node itself: what it was told, what it counts, what is wrong with it. */
import { Load, ratesOf, tickMilliseconds } from "./load.ts";
import { type ErrorKind, NodeMetrics, errorKinds } from "./metrics.ts";
import type { FaultName, Settings } from "./settings.ts";

/** Ticks that are made up for at most, after a pause of the process. */
const mostTicks = 50;

export class SimulatedNode {
  readonly settings: Settings;
  readonly metrics = new NodeMetrics();
  /** Proofs of impact to generate per second. */
  load: number;
  /** True from the signal to stop on. */
  stopping = false;
  private active: ReadonlySet<FaultName>;
  private readonly work: Load;
  private next: number | undefined;
  private told: Readonly<Record<ErrorKind, number>> = { finality: 0, poi: 0, consensus: 0 };

  constructor(settings: Settings) {
    this.settings = settings;
    this.load = settings.load;
    this.active = new Set(settings.faults);
    this.work = new Load(this.metrics, settings);
  }

  get faults(): ReadonlySet<FaultName> {
    return this.active;
  }

  set faults(faults: Iterable<FaultName>) {
    this.active = new Set(faults);
  }

  /** Counts what has become due by a time in milliseconds. */
  advance(now: number): void {
    this.next ??= now;
    this.next = Math.max(this.next, now - mostTicks * tickMilliseconds);
    while (this.next + tickMilliseconds <= now) {
      this.next += tickMilliseconds;
      this.work.tick(this.conditions());
    }
  }

  /** Why the node takes no requests; empty where it does. */
  notReady(): string[] {
    return [
      ...(this.stopping ? ["the process is stopping"] : []),
      ...(this.active.has("unready") ? ["the fault unready is on"] : []),
    ];
  }

  /** What is to be read at `/` and at the control port. */
  about(): Record<string, unknown> {
    const { version, nodeEnv, useRust, poiBatchVerify } = this.settings;
    return { name: "bizra", simulated: true, version, nodeEnv, useRust, poiBatchVerify };
  }

  /** What can be changed at the control port, and what came of it. */
  state(): Record<string, unknown> {
    return {
      ...this.about(),
      load: ratesOf(this.conditions()),
      faults: [...this.active],
      height: this.metrics.height,
    };
  }

  /** Errors by kind since the last call; kinds without any are left out. */
  newErrors(): [kind: ErrorKind, count: number][] {
    const { errors } = this.metrics;
    const fresh = errorKinds.map((kind): [ErrorKind, number] => [kind, errors[kind] - this.told[kind]]);
    this.told = { ...errors };
    return fresh.filter(([, count]) => count > 0);
  }

  private conditions(): { load: number; faults: ReadonlySet<FaultName>; poiBatchVerify: boolean } {
    return { load: this.load, faults: this.active, poiBatchVerify: this.settings.poiBatchVerify };
  }
}
