/** Counts of a node, and their text in Prometheus' format (version 0.0.4). */

/** Counts of observations by upper bound. */
export class Histogram {
  readonly name: string;
  readonly help: string;
  /** Upper bounds in seconds, ascending; `+Inf` is always there. */
  readonly bounds: readonly number[];
  /** Observations between a bound and the one before; the last is above all bounds. */
  private readonly counts: number[];
  private sum = 0;

  constructor(name: string, help: string, bounds: readonly number[]) {
    this.name = name;
    this.help = help;
    this.bounds = bounds;
    this.counts = [...bounds.map(() => 0), 0];
  }

  /** Adds a number of observations of one value. */
  observe(seconds: number, times: number): void {
    const above = this.bounds.findIndex((bound) => seconds <= bound);
    const index = above === -1 ? this.bounds.length : above;
    this.counts[index] = (this.counts[index] ?? 0) + times;
    this.sum += seconds * times;
  }

  get count(): number {
    return this.counts.reduce((total, count) => total + count, 0);
  }

  lines(): string[] {
    let below = 0;
    const buckets = this.counts.map((count, index) => {
      below += count;
      return `${this.name}_bucket{le="${this.bounds[index] ?? "+Inf"}"} ${below}`;
    });
    return [
      ...head(this.name, this.help, "histogram"),
      ...buckets,
      `${this.name}_sum ${this.sum}`,
      `${this.name}_count ${below}`,
    ];
  }
}

/** What an error is about: values of the label `kind`. */
export const errorKinds = ["finality", "poi", "consensus"] as const;
export type ErrorKind = (typeof errorKinds)[number];

/** Around the service level of 1 ms, which an alert reads as a bound of its own (spec B12, B13). */
const finalityBounds = [0.0001, 0.00025, 0.0005, 0.00075, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1];
const poiBounds = [0.00001, 0.000025, 0.00005, 0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01];

/** All that a bizra node counts (spec B7, B10). */
export class NodeMetrics {
  readonly finality = new Histogram(
    "bizra_finality_check_seconds",
    "Time of a finality check (simulated).",
    finalityBounds,
  );
  readonly generate = new Histogram(
    "bizra_poi_generate_seconds",
    "Time to generate a proof of impact (simulated).",
    poiBounds,
  );
  readonly verify = new Histogram(
    "bizra_poi_verify_seconds",
    "Time to verify a proof of impact, or a batch of them (simulated).",
    poiBounds,
  );
  readonly errors: Record<ErrorKind, number> = { finality: 0, poi: 0, consensus: 0 };
  height = 0;
  readonly peers = 2;

  text(): string {
    const errors = errorKinds.map((kind) => `bizra_errors_total{kind="${kind}"} ${this.errors[kind]}`);
    const lines = [
      ...[this.finality, this.generate, this.verify].flatMap((histogram) => histogram.lines()),
      ...head("bizra_errors_total", "Operations that failed (simulated).", "counter"),
      ...errors,
      ...head("bizra_consensus_height", "Height of the last block (simulated).", "gauge"),
      `bizra_consensus_height ${this.height}`,
      ...head("bizra_consensus_peers", "Peers in consensus (simulated).", "gauge"),
      `bizra_consensus_peers ${this.peers}`,
    ];
    return `${lines.join("\n")}\n`;
  }
}

function head(name: string, help: string, type: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}
