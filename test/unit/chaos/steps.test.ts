import { expect } from "chai";

import { watchBlocks } from "../../../ops/src/chaos/chainHealth.ts";
import {
  type Experiment,
  type Step,
  bad,
  fine,
  needed,
  observed,
} from "../../../ops/src/chaos/experiment.ts";
import { type FaultName, type TargetName, longestGap } from "../../../ops/src/chaos/kinds.ts";
import { stepsOf } from "../../../ops/src/chaos/run.ts";
import { runChecks } from "../../../ops/src/running/checks.ts";

/** An experiment of which only the plan is looked at. */
function experimentOf(fault: FaultName, target: TargetName, by: "api" | "mesh" = "mesh"): Experiment {
  const plan = { fault, target, by, pods: 1, seconds: 60, latency: "200ms", recovery: 60, gap: 13 };
  return { plan, signal: new AbortController().signal } as unknown as Experiment;
}

describe("A24: the steps of an experiment", () => {
  const idsOf = (experiment: Experiment): string[] => stepsOf(experiment).map(({ id }) => id);

  it("looks before, injects, looks, takes away, and looks again", () => {
    expect(idsOf(experimentOf("latency", "full-node"))).to.deep.equal([
      ...["steady", "quiet", "accepted", "injected", "during", "alerts", "removed", "recovered"],
    ]);
    expect(idsOf(experimentOf("pod-kill", "bizra", "api"))).to.deep.equal([
      ...["steady", "quiet", "injected", "during", "alerts", "removed", "recovered"],
    ]);
  });

  it("of validators it looks at the power that is left before anything is injected", () => {
    const ids = idsOf(experimentOf("partition", "validator"));
    expect(ids.indexOf("survivable")).to.be.within(0, ids.indexOf("accepted") - 1);
  });

  const step = (id: string, look: Step["look"]): Step => ({ id, title: id, wanted: "", look });
  const run = async (
    steps: readonly Step[],
    experiment = experimentOf("io", "validator"),
  ): Promise<string[]> =>
    (await runChecks(steps, { context: experiment, embedded: false })).map(
      ({ id, verdict }) => `${id} ${verdict}`,
    );
  const well = (): Promise<ReturnType<typeof fine>> => Promise.resolve(fine("well"));

  it("a step that does not hold leaves out what follows, but not the taking away", async () => {
    expect(
      await run([
        needed(step("steady", () => Promise.resolve(bad("ill", "heal it")))),
        needed(step("injected", well)),
        observed(step("during", well)),
        step("removed", well),
      ]),
    ).to.deep.equal(["steady failed", "injected not evaluated", "during not evaluated", "removed proven"]);
  });

  it("so does one that could not be looked at", async () => {
    expect(
      await run([
        needed(step("steady", () => Promise.reject(new Error("gone")))),
        needed(step("injected", well)),
      ]),
    ).to.deep.equal(["steady failed", "injected not evaluated"]);
  });

  it("a hypothesis that fails while the fault acts stops nothing: it is taken away, and all is looked at again", async () => {
    expect(
      await run([
        observed(step("during", () => Promise.resolve(bad("no blocks", "see")))),
        step("removed", well),
        observed(step("recovered", well)),
      ]),
    ).to.deep.equal(["during failed", "removed proven", "recovered proven"]);
  });

  it("after Ctrl-C nothing is injected", async () => {
    const stop = new AbortController();
    const experiment = { ...experimentOf("io", "validator"), signal: stop.signal };
    let injected = false;
    const inject = (): Promise<ReturnType<typeof fine>> => {
      injected = true;
      return well();
    };
    const interrupts = (): Promise<ReturnType<typeof fine>> => {
      stop.abort();
      return well();
    };
    expect(
      await run(
        [needed(step("steady", interrupts)), needed(step("injected", inject)), step("removed", well)],
        experiment,
      ),
    ).to.deep.equal(["steady proven", "injected not evaluated", "removed proven"]);
    expect(injected).to.be.false;
  });
});

describe("A24: watching blocks", () => {
  it("two proposers in a row may be away, by CometBFT's own timeouts", () => {
    const round = (number: number): number => 3 + 1 + 1 + number * 3 * 0.5;
    expect(longestGap(5)).to.be.at.least(5 + round(0) + round(1));
    expect(longestGap(5)).to.be.lessThan(5 + round(0) + round(1) + round(2));
  });

  /** Heights by second; the last one stays. */
  async function watch(
    heights: readonly (number | Error)[],
    change: { seconds?: number; stopAt?: number } = {},
  ): Promise<Awaited<ReturnType<typeof watchBlocks>>> {
    let second = 0;
    const stop = new AbortController();
    return watchBlocks(
      () => {
        const height = heights[Math.min(second, heights.length - 1)] ?? 0;
        return height instanceof Error ? Promise.reject(height) : Promise.resolve(height);
      },
      {
        ...{ seconds: change.seconds ?? 10, longestGap: 5, signal: stop.signal, now: () => second * 1000 },
        pause: () => {
          second += 1;
          if (second === change.stopAt) stop.abort();
          return Promise.resolve();
        },
      },
    );
  }

  it("counts blocks, and the longest time without one", async () => {
    expect(await watch([7, 8, 8, 8, 10, 11, 12, 13, 14, 15, 16])).to.deep.equal({
      seconds: 10,
      blocks: 9,
      longestGap: 3,
      cutShort: false,
    });
  });

  it("gives up once a gap is too long, and not before", async () => {
    expect(await watch([7, 7, 7, 7, 7, 8, 9, 10, 11, 12, 13])).to.include({ seconds: 10, longestGap: 5 });
    expect(await watch([7, 8, 8])).to.deep.equal({ seconds: 7, blocks: 1, longestGap: 6, cutShort: false });
  });

  it("a node that does not answer shows no blocks", async () => {
    expect(await watch([7, 8, new Error("no"), new Error("no"), 9, 10, 11, 12, 13, 14, 15])).to.deep.equal({
      seconds: 10,
      blocks: 8,
      longestGap: 3,
      cutShort: false,
    });
    expect((await watch([7, new Error("no")])).longestGap).to.equal(6);
  });

  it("ends at the signal, and says so", async () => {
    expect(await watch([7, 8, 9, 10], { stopAt: 3 })).to.deep.equal({
      seconds: 3,
      blocks: 3,
      longestGap: 1,
      cutShort: true,
    });
  });
});
