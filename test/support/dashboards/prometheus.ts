/** Prometheus' HTTP API: queries, and the values of labels. */

/** Unix time in seconds, and the value; NaN and the infinities are kept. */
export type Point = readonly [seconds: number, value: number];

export interface Series {
  readonly labels: Readonly<Record<string, string>>;
  /** One for an instant; ascending, and none where there is no value, for a range. */
  readonly points: readonly Point[];
}

/** Unix times and their distance, in seconds. */
export interface Range {
  readonly start: number;
  readonly end: number;
  readonly step: number;
}

interface Sampled {
  readonly metric: Readonly<Record<string, string>>;
  readonly value?: Sample;
  readonly values?: readonly Sample[];
}
type Sample = readonly [number, string];
interface Result {
  readonly resultType: "vector" | "matrix" | "scalar";
  readonly result: readonly Sampled[] | Sample;
}
type Answer =
  | { readonly status: "success"; readonly data: unknown }
  | { readonly status: "error"; readonly errorType: string; readonly error: string };

export class Prometheus {
  readonly #address: string;

  /** @param address such as `http://127.0.0.1:9090` */
  constructor(address: string) {
    this.#address = address.replace(/\/$/, "");
  }

  /**
   * @param at Unix time in seconds; now where it is left out.
   * @throws Error with the expression and the server's message.
   */
  async query(expr: string, at?: number): Promise<readonly Series[]> {
    const asked = { query: expr, ...(at === undefined ? {} : { time: String(at) }) };
    return seriesOf((await this.#post("query", asked)) as Result);
  }

  /** @throws Error with the expression and the server's message. */
  async queryRange(expr: string, { start, end, step }: Range): Promise<readonly Series[]> {
    const asked = { query: expr, start: String(start), end: String(end), step: String(step) };
    return seriesOf((await this.#post("query_range", asked)) as Result);
  }

  /**
   * Values of a label, in the alphabet's order.
   *
   * @param selector of the series that count; all where it is left out.
   * @throws Error with the selector and the server's message.
   */
  async labelValues(
    label: string,
    selector?: string,
    range?: Pick<Range, "start" | "end">,
  ): Promise<readonly string[]> {
    const asked = new URLSearchParams({
      ...(selector === undefined ? {} : { "match[]": selector }),
      ...(range === undefined ? {} : { start: String(range.start), end: String(range.end) }),
    });
    const path = `label/${encodeURIComponent(label)}/values?${asked.toString()}`;
    const values = await this.#ask(path, `values of ${label} of ${selector ?? "all series"}`);
    return (values as string[]).toSorted();
  }

  async #post(path: string, asked: Readonly<Record<string, string>>): Promise<unknown> {
    return this.#ask(path, asked.query ?? path, { method: "POST", body: new URLSearchParams(asked) });
  }

  async #ask(path: string, what: string, request: RequestInit = {}): Promise<unknown> {
    const failed = (message: string, cause?: unknown): Error =>
      new Error(`Prometheus at ${this.#address}, asked for ${what}: ${message}`, { cause });
    let response: Response;
    let text: string;
    try {
      response = await fetch(`${this.#address}/api/v1/${path}`, {
        ...request,
        signal: AbortSignal.timeout(30_000),
      });
      text = await response.text();
    } catch (error) {
      const reason = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      throw failed(`no answer (${reason instanceof Error ? reason.message : String(reason)})`, error);
    }
    let answer: Answer;
    try {
      answer = JSON.parse(text) as Answer;
    } catch (error) {
      throw failed(`it answered ${response.status} with what is no JSON: ${text.slice(0, 200)}`, error);
    }
    if (answer.status === "error") throw failed(`${answer.errorType}: ${answer.error}`);
    return answer.data;
  }
}

function seriesOf({ resultType, result }: Result): readonly Series[] {
  if (resultType === "scalar") return [{ labels: {}, points: [pointOf(result as Sample)] }];
  return (result as readonly Sampled[]).map(({ metric, value, values }) => ({
    labels: metric,
    points: (values ?? (value ? [value] : [])).map(pointOf),
  }));
}

/** Prometheus writes values as text, so that NaN and the infinities fit into JSON. */
function pointOf([seconds, text]: Sample): Point {
  return [seconds, Number(text.replace("Inf", "Infinity"))];
}
