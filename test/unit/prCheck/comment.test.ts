import { expect } from "chai";

import { type PrCheck, type StackCheck, passes } from "../../../ops/src/prCheck/check.ts";
import { code, longestComment, quoted } from "../../../ops/src/markdown.ts";
import { commentMark, commentOf } from "../../../ops/src/prCheck/comment.ts";
import { grantedBetween } from "../../../ops/src/prCheck/exceptions.ts";
import { verdictsOf } from "../../../ops/src/prCheck/verdicts.ts";
import { assess } from "../../../policy/src/assess.ts";
import type { Given } from "../../../policy/src/graph/graph.ts";

const pod = (privileged: boolean): Given => ({
  source: "some-pod",
  manifest: {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "a", namespace: "paw" },
    spec: { containers: [{ name: "c", image: "x", securityContext: { privileged } }] },
  },
});
const assessed = (privileged: boolean): StackCheck["verdicts"] =>
  verdictsOf(assess([pod(privileged)], { stack: "production", minimum: 0, today: "2026-01-01" }));
const clean = (stack: StackCheck["stack"] = "production"): StackCheck => ({
  ...{ stack, objects: 5, refusedByEngineAlone: [], fault: undefined, changes: [] },
  verdicts: [
    { item: 1, verdict: "proven", rules: 9, notEvaluated: [], failed: [], warnings: 0, accepted: 2 },
    {
      item: 5,
      verdict: "not evaluated",
      rules: 3,
      notEvaluated: ["mesh-injected"],
      failed: [],
      warnings: 0,
      accepted: 0,
    },
  ],
});
const checked = (...stacks: StackCheck[]): PrCheck => ({
  ...{ base: "0123456789abcdef", stacks, exceptions: [], withoutCharts: [], baseFault: undefined },
});

describe("the comment on a pull request", () => {
  it("A29: a rule that is broken fails its item, and is named with object, place, stack and fix", () => {
    const stack = { ...clean(), verdicts: assessed(true) };
    expect(passes(checked(stack))).to.equal(false);
    expect(stack.verdicts.find(({ item }) => item === 1)?.verdict).to.equal("failed");
    const comment = commentOf(checked(stack, { ...stack, stack: "staging" }));
    expect(comment.split("\n").slice(0, 2).join("\n")).to.contain(commentMark).and.to.contain("failed");
    expect(comment)
      .to.contain("- **pss-privileged**: `Pod paw/a` in production, staging (`some-pod` in the program)")
      .and.to.contain("`spec.containers[0].securityContext.privileged (container c)`: found true, wanted")
      .and.to.match(/ {2}- fix: \S/);
  });

  it("without one the same item is proven", () => {
    const [before, after] = [assessed(true), assessed(false)].map(
      (verdicts) => verdicts.find(({ item }) => item === 1)?.failed.map(({ rule }) => rule.id) ?? [],
    );
    expect(before).to.include("pss-privileged");
    expect(after).not.to.include("pss-privileged");
  });

  it("what is not evaluated fails nothing, and is told", () => {
    const check = { ...checked(clean()), withoutCharts: ["production" as const] };
    expect(passes(check)).to.equal(true);
    expect(commentOf(check))
      .to.contain("✅ passed")
      .and.to.contain("| 5. Linkerd mTLS | not evaluated, 3 rules (not evaluated: mesh-injected) |")
      .and.to.contain("proven, 9 rules (2 accepted)")
      .and.to.contain("**Not evaluated**: rules about the platform's charts in production");
  });

  it("no preview, and a refusal of the engine alone, both fail", () => {
    for (const change of [{ fault: "no such key" }, { refusedByEngineAlone: ["a-rule: x"] }]) {
      const check = checked({ ...clean(), ...change });
      expect(passes(check), JSON.stringify(change)).to.equal(false);
      expect(commentOf(check)).to.contain("### What fails").and.to.contain(Object.values(change).flat()[0]);
    }
  });

  it("a base without a preview leaves changes not evaluated", () => {
    const check = { ...checked({ ...clean(), changes: undefined }), baseFault: "it was broken" };
    expect(commentOf(check)).to.contain("| not evaluated | not evaluated |").and.to.contain("it was broken");
  });

  it("dangers stand before the checklist, all changes below it", () => {
    const change = {
      kind: "changed",
      object: "StatefulSet paw/v",
      deletes: true,
      danger: "the StatefulSet is replaced",
    } as const;
    const field = {
      path: "spec.serviceName",
      from: "not shown",
      to: "not shown",
      replaces: true,
      ignored: false,
    };
    const comment = commentOf(checked({ ...clean(), changes: [{ ...change, fields: [field] }] }));
    const places = [
      "⚠️ production: `StatefulSet paw/v`",
      "### Checklist",
      "changed, **replaced**: `StatefulSet paw/v`",
      "differs (not shown)",
    ];
    expect(places.map((text) => comment.indexOf(text))).to.satisfy(
      (found: number[]) => !found.includes(-1) && found.join() === found.toSorted((a, b) => a - b).join(),
    );
  });

  it("texts of a stranger's program stay texts", () => {
    expect(quoted("@team <img src=x> [a](http://b) `c` | d\n# e")).to.equal(
      "@\u200bteam \\<img src=x\\> \\[a\\](http:\u200b//b) \\`c\\` \\| d \\# e",
    );
    expect(code("a`b|c\nd")).to.equal("`a'b\\|c d`");
  });

  it("is never longer than a code host takes", () => {
    const changes = Array.from({ length: 60 }, (_, index) => ({
      ...({
        kind: "changed",
        object: `Service paw/${"n".repeat(200)}${index}`,
        deletes: false,
        danger: undefined,
      } as const),
      fields: Array.from({ length: 8 }, () => ({
        path: "x".repeat(100),
        from: "1",
        to: "2",
        replaces: false,
        ignored: false,
      })),
    }));
    const comment = commentOf(checked({ ...clean(), changes }));
    expect(comment.length).to.be.lessThan(longestComment + 1);
    expect(comment).to.contain("Cut off here");
  });
});

describe("exceptions that a change brings", () => {
  const text = (expires: string, objects = "[Pod a/b]", rules = "[x]"): string =>
    `- objects: ${objects}\n  rules: ${rules}\n  reason: because\n  owner: me\n  expires: "${expires}"\n  ticket: T\n`;

  it("are those for another rule or object, and those that hold longer", () => {
    const before = text("2027-01-01");
    expect(grantedBetween(before, before)).to.deep.equal([]);
    expect(grantedBetween(before, text("2026-01-01"))).to.deep.equal([]);
    expect(grantedBetween(before, text("2028-01-01")).map(({ before: until }) => until)).to.deep.equal([
      "2027-01-01",
    ]);
    const more = grantedBetween(before, text("2027-01-01", "[Pod a/b, Pod a/c]", "[x, y]"));
    expect(more.map(({ rule, object }) => `${rule} ${object}`)).to.have.members([
      "y Pod a/b",
      "x Pod a/c",
      "y Pod a/c",
    ]);
    expect(grantedBetween("", before)).to.have.length(1);
  });
});
