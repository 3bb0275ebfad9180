import { expect } from "chai";

import { UserError } from "../../../ops/src/errors.ts";
import {
  type Check,
  NotEvaluatedError,
  type Outcome,
  allHold,
  runChecks,
} from "../../../ops/src/running/checks.ts";
import { toJson, toJunit, toText } from "../../../ops/src/running/report.ts";

const check = (id: string, look: () => Promise<Outcome>): Check<undefined> => ({
  id,
  title: id,
  wanted: `${id} as it has to be`,
  look,
});
const outcome = (change: Partial<Outcome> = {}): Promise<Outcome> =>
  Promise.resolve({ found: "3 of them", faults: [], ...change });

const good = check("good", () => outcome());
const bad = check("bad", () => outcome({ faults: [{ found: "a <b> & c", next: "mend it" }] }));
const blind = check("blind", () => outcome({ notEvaluated: "nobody told" }));
const broken = check("broken", () => Promise.reject(new UserError("no way in\nat all", ["open a door"])));

describe("checks of a running system", () => {
  const run = (checks: readonly Check<undefined>[], embedded = false): ReturnType<typeof runChecks> =>
    runChecks(checks, { context: undefined, embedded });

  it("all are made, whatever the first ones say, and each has one of the four words", async () => {
    const results = await run([bad, broken, blind, good]);
    expect(results.map(({ id, verdict }) => [id, verdict])).to.deep.equal([
      ["bad", "failed"],
      ["broken", "failed"],
      ["blind", "not evaluated"],
      ["good", "proven"],
    ]);
    expect(results[1]?.faults).to.deep.equal([
      { found: "could not be looked at: no way in", next: "open a door" },
    ]);
  });

  it("where pods are simulated, nothing is called proven", async () => {
    const [result] = await run([good], true);
    expect(result?.verdict).to.equal("simulated");
  });

  it("a fault weighs more than what was not evaluated", async () => {
    const both = check("both", () => outcome({ notEvaluated: "half", faults: [{ found: "x", next: "y" }] }));
    expect((await run([both]))[0]?.verdict).to.equal("failed");
  });

  it("what there is nothing to look at for is not evaluated, and no fault", async () => {
    const absent = check("absent", () => Promise.reject(new NotEvaluatedError("there is no Prometheus")));
    const [result] = await run([absent]);
    expect(result).to.deep.include({ verdict: "not evaluated", faults: [] });
    expect(result?.notEvaluated).to.equal("there is no Prometheus");
  });

  it("not evaluated is not green", async () => {
    expect(allHold(await run([good]))).to.equal(true);
    expect(allHold(await run([good], true))).to.equal(true);
    expect(allHold(await run([good, blind]))).to.equal(false);
    expect(allHold(await run([good, bad]))).to.equal(false);
  });

  it("the table tells what was wanted, what was found and what to do", async () => {
    const about = { command: "paw test", stack: "local", context: "here" };
    const text = toText({ ...about, results: await run([good, bad, blind]) });
    expect(text.split("\n")).to.deep.equal([
      "VERDICT        CHECK  FOUND",
      "proven         good   3 of them",
      "failed         bad    3 of them",
      "not evaluated  blind  nobody told",
      "",
      "bad: wanted bad as it has to be",
      "  a <b> & c",
      "  -> mend it",
      "",
      "paw test, stack local on here: 1 proven, 1 not evaluated, 1 failed",
      "",
    ]);
  });

  it("JUnit counts failures and what was skipped, and escapes", async () => {
    const about = { command: "paw test", stack: "local", context: "here" };
    const xml = toJunit({ ...about, results: await run([good, bad, blind]) });
    expect(xml).to.contain('tests="3" failures="1" skipped="1"');
    expect(xml).to.contain("a &lt;b&gt; &amp; c\n-&gt; mend it</failure>");
    expect(xml).to.contain('<skipped message="not evaluated: nobody told"/>');
  });

  it("JSON says whether everything holds", async () => {
    const about = { command: "paw test", stack: "local", context: "here" };
    const read = JSON.parse(toJson({ ...about, results: await run([good, bad]) })) as object;
    expect(read).to.include({ holds: false, stack: "local" });
  });
});
