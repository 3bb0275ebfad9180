/** A29: what this program makes, before anything is applied, keeps every rule about single objects at its stack's level. */
import { expect } from "chai";

import { definitionCharts } from "../../components/platform/charts/definitions.ts";
import { type Judged, assess } from "../../policy/src/assess.ts";
import { isBlocking } from "../../policy/src/judge.ts";
import { stacks } from "../../policy/src/rule.ts";
import { checklistRules, integrityRules } from "../../policy/src/rules/index.ts";
import { releases } from "../../policy/src/site.ts";
import { render } from "../support/rendered.ts";

const ids = new Set([...checklistRules, ...integrityRules].map(({ id }) => id));
const today = "2026-11-24";

const inWords = ({ rule, subject, path, found }: Judged): string =>
  `${rule.id}: ${subject} ${path}: ${found}`;

for (const stack of stacks) {
  describe(`the objects of ${stack}, one by one`, () => {
    let findings: readonly Judged[];
    let objects: number;

    before(async () => {
      const given = (await render({ stack })).map((manifest) => ({ manifest, source: stack }));
      const assessment = assess(given, { stack, minimum: 0, today });
      objects = assessment.objects;
      findings = assessment.findings.filter(({ rule }) => ids.has(rule.id));
    });

    it("break no rule that is mandatory there, but for the exceptions", () => {
      expect(objects).to.be.greaterThan(70);
      expect(findings.filter(isBlocking).map(inWords)).to.deep.equal([]);
    });

    it("are judged in all but what nobody can know yet: images without a digest", () => {
      const open = findings.filter(({ notEvaluated }) => notEvaluated === true);
      expect(new Set(open.map(({ rule }) => rule.id))).to.deep.equal(new Set(["img-lock"]));
    });

    it("need few exceptions: the two namespaces whose agents need the node", () => {
      const excepted = findings.filter(({ exception }) => exception !== undefined);
      const subjects = new Set(excepted.map(({ subject }) => subject));
      expect([...subjects].sort()).to.deep.equal(
        stack === "local" ? [] : ["Namespace linkerd-cni", "Namespace monitoring-agents"],
      );
    });
  });
}

describe("what the rules know of this project", () => {
  it("the releases that are allowed are those of definitions, and cert-manager's package", () => {
    const names = releases.flatMap((each) => each.names);
    expect(names).to.have.members([
      ...definitionCharts.map((chart) => `${chart}-definitions`),
      "cert-manager",
    ]);
  });
});
