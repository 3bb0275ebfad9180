import { expect } from "chai";

import { planOf, profiles } from "../../../ops/src/load/profiles.ts";
import { type Clock, type Due, holdRate, realClock } from "../../../ops/src/load/schedule.ts";

/** Time that passes only when somebody waits, or when work takes it. */
class FakeClock implements Clock {
  time: number;
  /** How much too early a timer fires, in milliseconds. */
  early = 0;

  constructor(start = 1000) {
    this.time = start;
  }

  readonly now = (): number => this.time;

  until(time: number, signal: AbortSignal): Promise<void> {
    if (!signal.aborted) this.time = Math.max(this.time, Math.max(this.time + 0.01, time - this.early));
    return Promise.resolve();
  }

  /** Called whenever answers are let in. */
  onBreath = (): void => undefined;

  breathe(): Promise<void> {
    this.onBreath();
    return Promise.resolve();
  }
}

describe("A26: the schedule of a load", () => {
  const never = new AbortController().signal;

  it("the profiles are those of the specification", () => {
    expect(profiles).to.deep.equal({
      minimal: { rate: 10, seconds: 5 * 60 },
      standard: { rate: 100, seconds: 30 * 60 },
      stress: { rate: 1000, seconds: 60 * 60 },
      endurance: { rate: 50, seconds: 24 * 60 * 60 },
    });
  });

  it("what replaces a profile's figures is named, and nothing else", () => {
    expect(planOf("minimal", {})).to.deep.equal({
      profile: "minimal",
      rate: 10,
      seconds: 300,
      overrides: [],
    });
    expect(planOf("minimal", { rate: 10, seconds: 300 }).overrides).to.deep.equal([]);
    expect(planOf("standard", { rate: 20, seconds: 45 })).to.deep.equal({
      profile: "standard",
      rate: 20,
      seconds: 45,
      overrides: ["20 instead of 100 a second", "45 instead of 1800 seconds"],
    });
  });

  it("begins rate times seconds, evenly, the first at once and none early", async () => {
    const clock = new FakeClock();
    const seen: (Due & { now: number })[] = [];
    const held = await holdRate({ rate: 4, seconds: 2.5 }, (due) => seen.push({ ...due, now: clock.now() }), {
      clock,
      signal: never,
    });
    expect(seen.map(({ at }) => at)).to.deep.equal([
      1000, 1250, 1500, 1750, 2000, 2250, 2500, 2750, 3000, 3250,
    ]);
    expect(seen.map(({ index }) => index)).to.deep.equal([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (const { at, now } of seen) expect(now).to.be.at.least(at);
    expect(held).to.deep.equal({ begun: 10, start: 1000, seconds: 2.5, cutShort: false });
    expect(clock.now(), "the last one's share of the time has passed as well").to.be.at.least(3500);
  });

  it("a timer that fires early begins nothing early", async () => {
    const clock = new FakeClock();
    clock.early = 0.4;
    await holdRate(
      { rate: 100, seconds: 1 },
      ({ at }) => {
        expect(clock.now()).to.be.at.least(at);
      },
      { clock, signal: never },
    );
  });

  it("after a stall what is overdue is begun at once, with the time at which it was due, and none is left out", async () => {
    const clock = new FakeClock(0);
    const seen: { at: number; now: number }[] = [];
    await holdRate(
      { rate: 10, seconds: 1 },
      ({ at, index }) => {
        seen.push({ at, now: clock.now() });
        // Beginning the third one takes half a second.
        if (index === 2) clock.time += 500;
      },
      { clock, signal: never },
    );
    expect(seen.map(({ at }) => at)).to.deep.equal([0, 100, 200, 300, 400, 500, 600, 700, 800, 900]);
    expect(seen.slice(3, 8).map(({ now }) => now)).to.deep.equal([700, 700, 700, 700, 700]);
    expect(seen[8]?.now).to.equal(800);
  });

  it("an answer that never comes holds nothing up", async () => {
    const clock = new FakeClock(0);
    let begun = 0;
    const forever = new Promise<void>(() => undefined);
    await holdRate(
      { rate: 5, seconds: 2 },
      () => {
        begun += 1;
        void forever.then(() => (begun = -1));
      },
      { clock, signal: never },
    );
    expect(begun).to.equal(10);
    expect(clock.now()).to.equal(2000);
  });

  it("ends at the signal, says for how long the rate was held, and that it was cut short", async () => {
    const clock = new FakeClock(0);
    const stop = new AbortController();
    const held = await holdRate(
      { rate: 10, seconds: 60 },
      ({ index }) => {
        if (index === 20) stop.abort();
      },
      { clock, signal: stop.signal },
    );
    expect(held).to.deep.equal({ begun: 21, start: 0, seconds: 2, cutShort: true });
  });

  it("a machine that is always late still hears of Ctrl-C", async () => {
    const clock = new FakeClock(0);
    const stop = new AbortController();
    clock.onBreath = () => {
      stop.abort();
    };
    const held = await holdRate(
      { rate: 1000, seconds: 60 },
      () => {
        clock.time += 2;
      },
      { clock, signal: stop.signal },
    );
    expect(held.cutShort).to.be.true;
    expect(held.begun).to.be.lessThan(100);
  });

  it("this machine's clock ends a wait at the signal", async () => {
    const stop = new AbortController();
    const begun = realClock.now();
    setTimeout(() => {
      stop.abort();
    }, 20);
    await realClock.until(begun + 60_000, stop.signal);
    expect(realClock.now() - begun).to.be.lessThan(5000);
    await realClock.until(begun + 60_000, stop.signal);
  });
});
