/** k6 (https://grafana.com/docs/k6), run where it is installed, and what it counted. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { execa } from "execa";

import { requireTools } from "../cluster/tools.ts";
import { UserError } from "../errors.ts";
import { withScratch } from "../scratch.ts";
import { type Plan, bizraMarks } from "./profiles.ts";

const script = fileURLToPath(new URL("bizra.k6.js", import.meta.url));
/** What k6 exits with when a threshold is crossed: its figures are there, and say so. */
const crossed = 99;
/** The same when it was told to stop. */
const stopped = 105;

export interface HttpTarget {
  /** Addresses of a pod's two ports, without a slash at their end. */
  readonly http: string;
  readonly rpc: string;
}

/** Times in seconds. */
export interface HttpFigures {
  readonly requests: number;
  /** Requests per second. */
  readonly rate: number;
  /** Shares. */
  readonly failed: number;
  readonly checked: number;
  /** How many could not be begun, for want of free users. */
  readonly dropped: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  /** Thresholds that k6 itself found crossed, such as `http_req_duration: p(99)<500`. */
  readonly crossed: readonly string[];
}

/**
 * Runs the script against pods, in turn.
 *
 * @throws UserError when there is no k6, or it ends without figures.
 */
export async function runK6(
  targets: readonly HttpTarget[],
  { plan, signal }: { readonly plan: Plan; readonly signal: AbortSignal },
): Promise<HttpFigures> {
  await requireK6();
  return withScratch("k6", async (folder) => {
    const summary = join(folder, "summary.json");
    const variables = {
      TARGETS: JSON.stringify(targets),
      RATE: String(plan.rate),
      SECONDS: String(plan.seconds),
      FAILED: String(bizraMarks.failed),
      P99_MS: String(bizraMarks.httpP99Seconds * 1000),
      DROPPED: String(bizraMarks.dropped),
      SUMMARY: summary,
    };
    const given = Object.entries(variables).flatMap(([name, value]) => ["-e", `${name}=${value}`]);
    const outcome = await run(
      ["run", "--quiet", "--no-usage-report", "--address", "", ...given, script],
      signal,
    );
    const text = await readFile(summary, "utf8").catch(() => undefined);
    if (text === undefined || ![0, crossed, stopped].includes(outcome.exitCode)) {
      throw new UserError(
        `k6 ended with ${outcome.exitCode}: ${outcome.said.trim().split("\n").slice(-5).join("\n")}`,
      );
    }
    return figuresOf(JSON.parse(text) as Summary);
  });
}

/** @throws UserError that says where to get it. */
export async function requireK6(): Promise<void> {
  await requireTools("An HTTP load", ["k6"], "Or put a load on the chain, which needs no k6: npx paw load");
}

/** It is told to stop once: of a terminal's Ctrl-C it would hear as well, and a second one makes it give up its figures. */
async function run(
  args: readonly string[],
  signal: AbortSignal,
): Promise<{ readonly exitCode: number; readonly said: string }> {
  const child = execa("k6", args, {
    reject: false,
    all: true,
    detached: process.platform !== "win32",
    stdin: "ignore",
  });
  const stop = (): void => {
    child.kill("SIGINT");
  };
  const end = (): void => {
    child.kill("SIGKILL");
  };
  signal.addEventListener("abort", stop);
  if (signal.aborted) stop();
  // It does not outlive this process, whose second Ctrl-C ends it at once.
  process.once("exit", end);
  try {
    const { exitCode, all } = await child;
    return { exitCode: exitCode ?? -1, said: all };
  } finally {
    signal.removeEventListener("abort", stop);
    process.off("exit", end);
  }
}

/** What k6 hands to `handleSummary`, as far as we read it; times in milliseconds. */
interface Summary {
  readonly metrics: Readonly<
    Record<
      string,
      {
        readonly values: Readonly<Record<string, number>>;
        readonly thresholds?: Readonly<Record<string, { readonly ok: boolean }>>;
      }
    >
  >;
}

/** Figures of a summary. */
export function figuresOf({ metrics }: Summary): HttpFigures {
  const value = (metric: string, name: string): number => metrics[metric]?.values[name] ?? 0;
  const time = (name: string): number => value("http_req_duration", name) / 1000;
  return {
    requests: value("http_reqs", "count"),
    rate: value("http_reqs", "rate"),
    failed: value("http_req_failed", "rate"),
    checked: value("checks", "rate"),
    dropped: value("dropped_iterations", "count"),
    p50: time("med"),
    p95: time("p(95)"),
    p99: time("p(99)"),
    crossed: Object.entries(metrics).flatMap(([metric, { thresholds }]) =>
      Object.entries(thresholds ?? {})
        .filter(([, { ok }]) => !ok)
        .map(([threshold]) => `${metric}: ${threshold}`),
    ),
  };
}
