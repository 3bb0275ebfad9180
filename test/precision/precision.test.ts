/**
 * Issue 6: our rules before objects that this project did not write. PAW_CORPUS_KYVERNO and PAW_CORPUS_POLARIS name git
 * directories of kyverno/policies and FairwindsOps/polaris, outside of this repository.
 */
import { readFileSync, writeFileSync } from "node:fs";

import { expect } from "chai";
import { format, resolveConfig } from "prettier";

import { type Case, type Check, type Reason, agrees, explains, judged, ruleIds } from "./case.ts";
import { kyvernoChecks, kyvernoFolders, polarisChecks } from "./checks.ts";
import { kyvernoCases } from "./kyverno.ts";
import { folder, polarisCases } from "./polaris.ts";
import { kyvernoReasons, polarisReasons } from "./reasons.ts";
import { type Comparison, page, reasonFor } from "./report.ts";
import { type Snapshot, snapshotOf } from "./snapshot.ts";

interface Corpus {
  readonly project: string;
  readonly license: string;
  readonly variable: string;
  readonly folders: readonly string[];
  readonly checks: readonly Check[];
  readonly reasons: readonly Reason[];
  readonly cases: (snapshot: Snapshot, check: string) => readonly Case[];
}

const corpora: readonly Corpus[] = [
  {
    project: "kyverno/policies",
    license: "Apache-2.0",
    variable: "PAW_CORPUS_KYVERNO",
    folders: kyvernoFolders,
    checks: kyvernoChecks,
    reasons: kyvernoReasons,
    cases: kyvernoCases,
  },
  {
    project: "FairwindsOps/polaris",
    license: "Apache-2.0",
    variable: "PAW_CORPUS_POLARIS",
    folders: [folder],
    checks: polarisChecks,
    reasons: polarisReasons,
    cases: polarisCases,
  },
];

const document = new URL("../../docs/policies/precision.md", import.meta.url);

function compared({
  project,
  license,
  variable,
  folders,
  checks,
  reasons,
  cases,
}: Corpus): Comparison | undefined {
  const directory = process.env[variable];
  if (directory === undefined || directory === "") return undefined;
  const snapshot = snapshotOf(directory, folders);
  const outcomes = checks.flatMap((check) => {
    const given = cases(snapshot, check.check);
    if (given.length === 0) throw new Error(`${project} has no case for ${check.check}: was it renamed?`);
    return given.map((each) => judged(each, check));
  });
  return { project, license, snapshot, checks, outcomes, reasons };
}

describe("the rules before objects that others wrote", () => {
  const comparisons: Comparison[] = [];

  it("are named rightly in the comparison", () => {
    const named = corpora.flatMap(({ checks }) => checks.flatMap(({ rules }) => rules));
    expect(named.filter((id) => !ruleIds.has(id))).to.deep.equal([]);
  });

  for (const corpus of corpora) {
    it(`say what ${corpus.project} says, or there is a reason, and no reason too many`, function () {
      this.timeout(120_000);
      const comparison = compared(corpus);
      if (comparison === undefined) {
        console.info(`      not evaluated: ${corpus.variable} names no git directory of ${corpus.project}`);
        return this.skip();
      }
      comparisons.push(comparison);
      const { outcomes, reasons } = comparison;
      const different = outcomes.filter((each) => !agrees(each));
      const open = different
        .filter((each) => reasonFor(reasons, each) === undefined)
        .map(
          ({ check, name, expected, found }) => `${check}: ${name}, ${expected} there; ${found.join("; ")}`,
        );
      expect(open, "disagreements without a reason").to.deep.equal([]);
      const spare = reasons.flatMap((reason) =>
        reason.cases
          .filter((name) => {
            const one = { ...reason, cases: [name] };
            return !different.some((each) => explains(one, each) && reasonFor(reasons, each) === reason);
          })
          .map((name) => `${reason.check}: ${name}, ${reason.ours}`),
      );
      expect(spare, "reasons that nothing needs").to.deep.equal([]);
    });
  }

  it("and the page says so", async function () {
    if (comparisons.length < corpora.length) {
      console.info("      not evaluated: the page is about both corpora");
      return this.skip();
    }
    const text = await format(page(comparisons), { ...(await resolveConfig(document)), parser: "markdown" });
    if (process.env.UPDATE_DOCS === "1") writeFileSync(document, text);
    expect(readFileSync(document, "utf8"), "run: UPDATE_DOCS=1 npm run test:precision").to.equal(text);
  });
});
