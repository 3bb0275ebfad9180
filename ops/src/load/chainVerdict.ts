/** What a load on the chain shows, held against the marks. */
import type { Check } from "../running/checks.ts";
import type { ChainFigures } from "./chainLoad.ts";
import { marked, percent, wholeTime } from "./marks.ts";
import { chainMarks, drainSeconds, healthyInterval, heldWithin } from "./profiles.ts";

const inSeconds = (value: number | undefined): string =>
  value === undefined ? "none" : value === Infinity ? "never" : `${value.toFixed(2)} s`;

/** How many of the offered ones got into blocks, and succeeded. */
export function ratioOf({ offered, included }: ChainFigures): number {
  return offered === 0 ? 0 : included / offered;
}

/**
 * @param timeoutCommit seconds of `timeout_commit`.
 * @param maxBlockAge seconds after which a block is old.
 */
export function chainChecks(timeoutCommit: number, maxBlockAge: number): readonly Check<ChainFigures>[] {
  return [...machineChecks(timeoutCommit), ...loadChecks(maxBlockAge)];
}

/** Whether the figures mean anything: the chain was well before, and this machine could hold the rate. */
function machineChecks(timeoutCommit: number): readonly Check<ChainFigures>[] {
  const healthy = healthyInterval(timeoutCommit);
  return [
    {
      id: "before",
      title: "blocks before the load",
      wanted: `an interval of at most ${healthy} s (timeout_commit is ${timeoutCommit} s)`,
      look: ({ intervalBefore }) =>
        Promise.resolve(
          marked(
            `one every ${inSeconds(intervalBefore)}`,
            intervalBefore <= healthy,
            "the chain was slow before anything was sent: docs/runbooks/consensus-stalled.md",
          ),
        ),
    },
    wholeTime,
    {
      id: "held",
      title: "rate held by this machine",
      wanted: `${percent(chainMarks.held)} begun within ${heldWithin} s of their time`,
      look: ({ held, plan }) =>
        Promise.resolve(
          marked(
            `${percent(held)} of ${plan.rate} a second`,
            held >= chainMarks.held,
            "this machine is too slow for the rate, so the other figures are about it: use a larger one",
          ),
        ),
    },
  ];
}

function loadChecks(maxBlockAge: number): readonly Check<ChainFigures>[] {
  const { included, achieved, p95Intervals, p99Intervals, slowdown } = chainMarks;
  return [
    {
      id: "included",
      title: "included in blocks",
      wanted: `${percent(included)} of what was offered, within ${drainSeconds} s of the last one`,
      look: (figures) =>
        Promise.resolve(
          marked(
            `${figures.included} of ${figures.offered}, ${percent(ratioOf(figures))}${reasons(figures)}`,
            ratioOf(figures) >= included,
            "look at the errors: mempool full (raise [mempool] size), no account free (slow blocks), refused (the node's log)",
          ),
        ),
    },
    {
      id: "achieved",
      title: "rate achieved",
      wanted: `${percent(achieved)} of the offered rate`,
      look: (figures) =>
        Promise.resolve(
          marked(
            `${figures.achieved.toFixed(2)} of ${figures.plan.rate} a second`,
            figures.achieved >= achieved * figures.plan.rate,
            "blocks do not take what is offered: look at their size and gas (dashboard PAW Overview)",
          ),
        ),
    },
    {
      id: "latency",
      title: "time to inclusion",
      wanted: `p95 within ${p95Intervals} and p99 within ${p99Intervals} block intervals of before`,
      look: ({ latency: { p50, p95, p99 }, intervalBefore }) =>
        Promise.resolve(
          marked(
            `p50 ${inSeconds(p50)}, p95 ${inSeconds(p95)}, p99 ${inSeconds(p99)}`,
            (p95 ?? Infinity) <= p95Intervals * intervalBefore &&
              (p99 ?? Infinity) <= p99Intervals * intervalBefore,
            "a queue builds up, or the way to the node is slow: the same with --rpc close to the node tells them apart",
          ),
        ),
    },
    {
      id: "blocks",
      title: "blocks under load",
      wanted: `an interval of at most ${slowdown} times that of before, and never ${maxBlockAge} s`,
      look: ({ blocks, interval, longestInterval, intervalBefore }) =>
        Promise.resolve(
          marked(
            `${blocks}, one every ${inSeconds(interval)}, the longest after ${inSeconds(longestInterval)}`,
            (interval ?? Infinity) <= slowdown * intervalBefore &&
              (longestInterval ?? Infinity) < maxBlockAge,
            "validators are short of CPU or disk, or rounds fail: docs/runbooks/consensus-stalled.md",
          ),
        ),
    },
  ];
}

function reasons({ failures }: ChainFigures): string {
  const texts = Object.entries(failures).map(([reason, count]) => `${count} ${reason}`);
  return texts.length === 0 ? "" : ` (${texts.join("; ")})`;
}
