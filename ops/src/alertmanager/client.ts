/** Silences over Alertmanager's HTTP API, version 2. */
import { UserError } from "../errors.ts";

/** Milliseconds that a request may take. */
const patience = 10_000;

/** A condition on one label, as the API has it. */
export interface Matcher {
  readonly name: string;
  readonly value: string;
  readonly isRegex: boolean;
  readonly isEqual: boolean;
}

export interface Silence {
  readonly id: string;
  readonly status: { readonly state: "active" | "pending" | "expired" };
  readonly matchers: readonly Matcher[];
  /** RFC 3339. */
  readonly startsAt: string;
  readonly endsAt: string;
  readonly createdBy: string;
  readonly comment: string;
}

/**
 * Address of Alertmanager: `ALERTMANAGER_URL`, or where `kubectl port-forward` puts it.
 *
 * @throws UserError when the variable holds no address.
 */
export function addressFromEnvironment(): URL {
  const text = process.env.ALERTMANAGER_URL ?? "";
  if (text === "") return new URL("http://127.0.0.1:9093");
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return new URL(text);
  throw new UserError("ALERTMANAGER_URL does not hold an http or https address");
}

interface Request {
  readonly method?: "POST" | "DELETE";
  /** Below `/api/v2/`. */
  readonly path: string;
  readonly body?: object;
}

export class AlertmanagerClient {
  private readonly address: URL;

  constructor(address: URL) {
    this.address = address;
  }

  /** @throws UserError when Alertmanager does not answer. */
  async silences(): Promise<Silence[]> {
    return (await this.ask("list silences", { path: "silences" })) as Silence[];
  }

  /** How many alerts fire now that all matchers fit. */
  async matching(matchers: readonly Matcher[]): Promise<number> {
    const filters = matchers.map((matcher) => `filter=${encodeURIComponent(matcherText(matcher))}`);
    const alerts = await this.ask("list alerts", { path: `alerts?${filters.join("&")}` });
    return (alerts as unknown[]).length;
  }

  /** Begins now; gives back the new silence's id. */
  async add(silence: Omit<Silence, "id" | "status">): Promise<string> {
    const answer = await this.ask("add the silence", { method: "POST", path: "silences", body: silence });
    return (answer as { silenceID: string }).silenceID;
  }

  /** @throws UserError when there is no silence of that id. */
  async expire(id: string): Promise<void> {
    await this.ask(`end silence ${id}`, { method: "DELETE", path: `silence/${encodeURIComponent(id)}` });
  }

  private async ask(what: string, request: Request): Promise<unknown> {
    const { method = "GET", path, body } = request;
    const base = this.address.href.replace(/\/$/, "");
    let response: Response;
    try {
      response = await fetch(`${base}/api/v2/${path}`, {
        method,
        signal: AbortSignal.timeout(patience),
        ...(body ? { headers: { "content-type": "application/json" }, body: JSON.stringify(body) } : {}),
      });
    } catch (error) {
      const cause =
        error instanceof Error && error.cause instanceof Error ? error.cause.message : String(error);
      throw new UserError(`Alertmanager at ${this.address.origin} did not answer: ${cause}`, [
        "kubectl -n monitoring port-forward service/prometheus-alertmanager 9093",
        "or name another address: export ALERTMANAGER_URL=http://127.0.0.1:31093",
      ]);
    }
    const text = await response.text();
    if (!response.ok) {
      const words = text.trim() || response.statusText;
      throw new UserError(`Alertmanager would not ${what}: ${response.status} ${words}`);
    }
    return text === "" ? undefined : (JSON.parse(text) as unknown);
  }
}

/** A matcher as it is typed: `name=value`, `!=`, `=~`, `!~`. */
export function matcherText({ name, value, isRegex, isEqual }: Matcher): string {
  const operator = isRegex ? (isEqual ? "=~" : "!~") : isEqual ? "=" : "!=";
  return `${name}${operator}"${value.replace(/["\\]/g, "\\$&")}"`;
}
