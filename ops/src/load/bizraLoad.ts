/** A load on bizra: requests through a way into each of its pods, and its own metrics before and after. */
import { serviceLevels } from "../../../observability/model.ts";
import { bizraPorts } from "../../../components/ports.ts";
import { selectorLabels } from "../../../components/names.ts";
import { spoken } from "../duration.ts";
import { UserError } from "../errors.ts";
import type { Check } from "../running/checks.ts";
import { type Forwarded, forward, isReady, nameOf, podsOf } from "../running/forward.ts";
import type { Target } from "../running/target.ts";
import {
  type Scrapes,
  type Series,
  type ServiceFigures,
  readSeries,
  serviceFigures,
} from "./bizraMetrics.ts";
import { type HttpFigures, runK6 } from "./k6.ts";
import { marked, percent, wholeTime } from "./marks.ts";
import { type Plan, bizraMarks } from "./profiles.ts";

export interface BizraFigures {
  readonly plan: Plan;
  readonly pods: number;
  readonly cutShort: boolean;
  /** Seconds between the two scrapes. */
  readonly seconds: number;
  readonly http: HttpFigures;
  readonly service: ServiceFigures;
}

interface Way {
  readonly http: string;
  readonly rpc: string;
  readonly metrics: string;
}

export interface BizraLoad {
  readonly plan: Plan;
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
}

/**
 * Puts the load on all pods that are ready, in turn.
 *
 * @throws UserError when none is ready, or there is no k6.
 */
export async function loadBizra(target: Target, { plan, signal, note }: BizraLoad): Promise<BizraFigures> {
  const { namespace } = target.config.bizra;
  const pods = (await podsOf(target, { namespace, labels: selectorLabels("bizra", "apex") })).filter(isReady);
  if (pods.length === 0) {
    throw new UserError(`no pod of bizra in the namespace ${namespace} is ready`, [
      `kubectl get pods -n ${namespace}`,
    ]);
  }
  const open: Forwarded[] = [];
  try {
    const way = async (pod: string, port: number): Promise<string> => {
      const opened = await forward(target, { namespace, pod, port });
      open.push(opened);
      return opened.url;
    };
    const ways: Way[] = [];
    for (const pod of pods.map(nameOf)) {
      const http = await way(pod, bizraPorts.http);
      const rpc = await way(pod, bizraPorts.rpc);
      ways.push({ http, rpc, metrics: await way(pod, bizraPorts["rust-metrics"]) });
    }
    note(`${ways.length} pods`);
    return await measure(ways, { plan, signal, note });
  } finally {
    for (const each of open) each.close();
  }
}

async function measure(ways: readonly Way[], { plan, signal, note }: BizraLoad): Promise<BizraFigures> {
  const scrape = async ({ metrics }: Way): Promise<{ readonly at: number; readonly series: Series }> => {
    const answer = await fetch(`${metrics}/metrics`, { signal: AbortSignal.timeout(10_000) });
    if (!answer.ok) throw new UserError(`bizra's metrics answer ${answer.status}`);
    return { at: performance.now(), series: readSeries(await answer.text()) };
  };
  const before = await Promise.all(ways.map(scrape));
  const begun = performance.now();
  const telling = setInterval(() => {
    note(`${spoken((performance.now() - begun) / 1000)} of ${spoken(plan.seconds)}`);
  }, 10_000);
  const http = await runK6(ways, { plan, signal }).finally(() => {
    clearInterval(telling);
  });
  const after = await Promise.all(ways.map(scrape));
  const pods = before.flatMap(({ at, series }, index): Scrapes[] => {
    const end = after[index];
    return end === undefined ? [] : [{ before: series, after: end.series, seconds: (end.at - at) / 1000 }];
  });
  const seconds = Math.max(...pods.map((pod) => pod.seconds));
  return { plan, pods: pods.length, cutShort: signal.aborted, seconds, http, service: serviceFigures(pods) };
}

/** bizra's runbook. */
const runbook = "docs/runbooks/bizra.md";

/** Marks of an HTTP load, and of bizra's service levels under it. */
export const bizraChecks: readonly Check<BizraFigures>[] = [
  wholeTime,
  {
    id: "held",
    title: "rate held by this machine",
    wanted: `at most ${percent(bizraMarks.dropped)} dropped for want of free users`,
    look: ({ http: { dropped, requests, rate }, plan }) =>
      Promise.resolve(
        marked(
          `${rate.toFixed(1)} of ${plan.rate} requests a second, ${dropped} dropped`,
          requests > 0 && dropped <= bizraMarks.dropped * (requests + dropped),
          "answers take so long that users run out, or this machine is too slow: compare with the time of an answer",
        ),
      ),
  },
  {
    id: "answers",
    title: "requests answered",
    wanted: `more than ${percent(1 - bizraMarks.failed)} (B13: uptime)`,
    look: ({ http: { requests, failed, checked } }) =>
      Promise.resolve(
        marked(
          `${requests}, ${percent(failed)} failed, ${percent(checked)} with the right answer`,
          requests > 0 && failed < bizraMarks.failed && checked > 1 - bizraMarks.failed,
          `kubectl get pods of bizra, and its log: ${runbook}`,
        ),
      ),
  },
  {
    id: "latency",
    title: "time of an answer",
    wanted: `p99 below ${bizraMarks.httpP99Seconds * 1000} ms`,
    look: ({ http: { p50, p95, p99, crossed } }) =>
      Promise.resolve(
        marked(
          `p50 ${(p50 * 1000).toFixed(1)} ms, p95 ${(p95 * 1000).toFixed(1)} ms, p99 ${(p99 * 1000).toFixed(1)} ms`,
          p99 < bizraMarks.httpP99Seconds && !crossed.some((each) => each.startsWith("http_req_duration")),
          `pods are short of CPU, or the way there is slow (it leads through the API server): ${runbook}`,
        ),
      ),
  },
  {
    id: "finality",
    title: "finality under load",
    wanted: "p99 below 1 ms (B13): 99 % of checks",
    look: ({ service: { finalityShare } }) =>
      Promise.resolve(
        finalityShare === undefined
          ? marked("no check was made", false, runbook)
          : marked(`${percent(finalityShare)} of checks below 1 ms`, finalityShare >= 0.99, runbook),
      ),
  },
  {
    id: "generation",
    title: "proofs of impact generated under load",
    wanted: `more than ${serviceLevels.generation} a second (B13)`,
    look: ({ service: { generation } }) =>
      Promise.resolve(
        marked(`${generation.toFixed(0)} a second`, generation > serviceLevels.generation, runbook),
      ),
  },
  {
    id: "verification",
    title: "proofs of impact verified under load",
    wanted: `more than ${serviceLevels.verification} a second (B13)`,
    look: ({ service: { verification } }) =>
      Promise.resolve(
        marked(`${verification.toFixed(0)} a second`, verification > serviceLevels.verification, runbook),
      ),
  },
];
