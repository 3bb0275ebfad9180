import { expect } from "chai";

import { levelOf, parseConfig } from "../../policy/src/config.ts";
import { type Rule, stacks } from "../../policy/src/rule.ts";
import { podSecurity } from "../../policy/src/rules/podSecurity/index.ts";

function rule(id: string): Rule {
  const found = podSecurity.find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`there is no rule ${id}`);
  return found;
}

describe("The config of the pack", () => {
  it("is production's when nothing is said", () => {
    expect(parseConfig({}, podSecurity)).to.deep.equal({ stack: "production", levels: {}, warnings: "each" });
    for (const each of podSecurity) expect(levelOf(each, parseConfig({}, podSecurity))).to.equal("mandatory");
  });

  // The levels are those of the catalogue: M, A and B.
  for (const [id, levels] of [
    ["pss-privileged", ["mandatory", "mandatory", "mandatory"]],
    ["pss-seccomp", ["advisory", "mandatory", "mandatory"]],
    ["pod-readonly-rootfs", ["advisory", "advisory", "mandatory"]],
  ] as const) {
    it(`gives ${id} its level on each stack`, () => {
      expect(stacks).to.deep.equal(["local", "staging", "production"]);
      expect(stacks.map((stack) => levelOf(rule(id), parseConfig({ stack }, podSecurity)))).to.deep.equal(
        levels,
      );
    });
  }

  it("sets the level of one rule and leaves the others", () => {
    const config = parseConfig({ stack: "local", levels: { "pss-seccomp": "mandatory" } }, podSecurity);
    expect(levelOf(rule("pss-seccomp"), config)).to.equal("mandatory");
    expect(levelOf(rule("pss-sysctls"), config)).to.equal("advisory");
  });

  for (const [fault, given, names] of [
    ["a misspelt setting", { levles: {} }, "levles"],
    ["a misspelt rule", { levels: { "pss-privleged": "advisory" } }, "pss-privleged"],
    ["a level that there is none of", { levels: { "pss-seccomp": "disabled" } }, "pss-seccomp"],
    ["a stack that there is none of", { stack: "prod" }, "stack"],
    ["levels in a list", { levels: ["pss-seccomp"] }, "must be an object"],
    ["levels that are nothing", { levels: null }, "must be an object"],
    ["one level for all", { levels: "advisory" }, "must be an object"],
  ] as const) {
    it(`refuses ${fault} and names it`, () => {
      expect(() => parseConfig(given, podSecurity)).to.throw(names);
    });
  }

  it("names all faults at once", () => {
    const given = { stack: "prod", levels: { nothing: "never" } };
    expect(() => parseConfig(given, podSecurity)).to.throw(/"stack"[^]*"nothing"[^]*the level of "nothing"/);
  });
});

describe("The rules' data", () => {
  for (const { id, description, fix, url, severity, levels } of podSecurity) {
    it(`is complete for ${id}`, () => {
      expect(description).to.match(/^[A-Z].*\.$/);
      expect(fix).to.match(/\.$/);
      expect(new URL(url).hostname).to.equal("kubernetes.io");
      // What blocks a laptop has to be the worst there is.
      if (levels.local === "mandatory") expect(severity).to.equal("critical");
      expect(levels.production).to.equal("mandatory");
    });
  }
});
