/** Questions to the cluster's Prometheus over its HTTP API. */
import { namespaces } from "../../../components/names.ts";
import { UserError, firstLine } from "../errors.ts";
import { NotEvaluatedError } from "./checks.ts";
import { podsOf, readyPod, through } from "./forward.ts";
import type { Target } from "./target.ts";

/** Milliseconds that an answer may take. */
const patience = 15_000;

export interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** One target of a scrape, as Prometheus' API has it. */
export interface ScrapeTarget {
  readonly labels: Readonly<Record<string, string>>;
  readonly health: "up" | "down" | "unknown";
  readonly lastError: string;
  readonly scrapeInterval: string;
  readonly scrapeUrl: string;
}

export class Prometheus {
  private readonly url: string;

  /** @param url without a slash at its end. */
  constructor(url: string) {
    this.url = url;
  }

  /** What an expression gives now. */
  async query(expr: string): Promise<Sample[]> {
    interface Answer {
      readonly result: readonly {
        readonly metric: Record<string, string>;
        readonly value: [number, string];
      }[];
    }
    const { result } = await this.get<Answer>(`query?query=${encodeURIComponent(expr)}`);
    return result.map(({ metric, value }) => ({ labels: metric, value: Number(value[1]) }));
  }

  /** The one number of an expression; nothing where it has no data. */
  async number(expr: string): Promise<number | undefined> {
    const value = (await this.query(expr))[0]?.value;
    return value === undefined || Number.isNaN(value) ? undefined : value;
  }

  /** All targets that are scraped. */
  async targets(): Promise<readonly ScrapeTarget[]> {
    const { activeTargets } = await this.get<{ activeTargets: ScrapeTarget[] }>("targets?state=active");
    return activeTargets;
  }

  private async get<T>(path: string): Promise<T> {
    const address = `${this.url}/api/v1/${path}`;
    const answer = await fetch(address, { signal: AbortSignal.timeout(patience) }).catch((error: unknown) => {
      throw new UserError(`Prometheus at ${this.url} does not answer: ${firstLine(error)}`);
    });
    const text = await answer.text();
    if (!answer.ok) throw new UserError(`Prometheus refused ${path}: ${answer.status} ${text.slice(0, 200)}`);
    return (JSON.parse(text) as { data: T }).data;
  }
}

/** The pods of Prometheus, as its operator labels them. */
const pods = { namespace: namespaces.monitoring, labels: { "app.kubernetes.io/name": "prometheus" } };

/**
 * Asks the Prometheus that `PROMETHEUS_URL` names, or else a pod of the cluster's through the API server.
 *
 * @throws UserError when there is none that is ready, NotEvaluatedError where the stack has none.
 */
export async function withPrometheus<T>(
  target: Target,
  work: (prometheus: Prometheus) => Promise<T>,
): Promise<T> {
  const named = process.env.PROMETHEUS_URL;
  if (named !== undefined) return work(new Prometheus(named.replace(/\/$/, "")));
  if (target.config.charts.source === "crds" && (await podsOf(target, pods)).length === 0) {
    throw new NotEvaluatedError(
      "this stack brings no Prometheus (paw:charts.source: crds); PROMETHEUS_URL may name one",
    );
  }
  const pod = await readyPod(target, pods);
  return through(target, { namespace: pods.namespace, pod, port: 9090 }, (url) => work(new Prometheus(url)));
}
