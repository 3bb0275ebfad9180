import { expect } from "chai";

import { judge } from "../../../policy/src/judge.ts";
import { UNKNOWN } from "../../../policy/src/k8s/field.ts";
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import { checklistRules } from "../../../policy/src/rules/index.ts";
import { podSecurity } from "../../../policy/src/rules/podSecurity/index.ts";
import { pod } from "../fixtures.ts";
import { bad } from "./badObjects.ts";
import { good } from "./goodObjects.ts";
import { seed } from "./objectFixtures.ts";

const ours = checklistRules.filter((rule) => !podSecurity.includes(rule));

/** Findings of these rules, as `rule path`. */
function found(manifest: Manifest): string[] {
  return judge(manifest, ours).map(({ rule, path }) => `${rule.id} ${path}`);
}

describe("rules about single objects, items 2 to 6 and 9", () => {
  for (const [rule, what, manifest, path] of bad) {
    it(`${rule}: ${what}`, () => {
      expect(found(manifest)).to.include(`${rule} ${path}`);
    });
  }

  for (const [what, manifest] of good) {
    it(`passes: ${what}`, () => {
      expect(found(manifest)).to.deep.equal([]);
    });
  }

  it("every rule has a bad case and an unknown one, and every rule of pods one in an init container", () => {
    for (const { id, judges } of ours) {
      const cases = bad.filter(([rule]) => rule === id);
      expect(cases.length, id).to.be.greaterThan(1);
      expect(
        cases.some(([, , manifest]) => JSON.stringify(manifest, unknowns).includes("(unknown)")),
        id,
      ).to.equal(true);
      const ofContainers = /^(img|res|env)-/.test(id) && judges(pod());
      if (ofContainers)
        expect(
          cases.some(([, , , path]) => path.includes("initContainers")),
          id,
        ).to.equal(true);
    }
  });

  it("no finding repeats a value", () => {
    const shown = bad
      .flatMap(([, , manifest]) => judge(manifest, ours).map(({ found: text }) => text))
      .join("\n");
    for (const value of ["hunter22", "hvs.", "BEGIN", seed, "evil.example"])
      expect(shown).not.to.contain(value);
  });

  it("ids are unique", () => {
    expect(new Set(checklistRules.map(({ id }) => id)).size).to.equal(checklistRules.length);
  });
});

function unknowns(_key: string, value: unknown): unknown {
  return value === UNKNOWN ? "(unknown)" : value;
}
