/** What a reader is told: verdicts put together, levels, exceptions, and which findings fail a gate. */
import { expect } from "chai";

import { type Judged, assess } from "../../policy/src/assess.ts";
import { accepted } from "../../policy/src/exceptions.ts";
import { type Verdict, byRuleAndObject, isBlocking, judge, message } from "../../policy/src/judge.ts";
import { type Rule, holds } from "../../policy/src/rule.ts";
import { pod } from "./fixtures.ts";

const rule: Rule = {
  id: "a-rule",
  item: 1,
  description: "It is so.",
  severity: "low",
  levels: holds.everywhere,
  fix: "make it so.",
  url: "https://example.com/why",
  frameworks: [],
  judges: ({ kind }) => kind === "Pod",
  check: () => [
    { path: "spec", found: "a", wanted: "b" },
    { path: "spec", found: "a", wanted: "c" },
    { path: "spec", found: "other", wanted: "b" },
    { path: "metadata", found: "a", wanted: "b" },
  ],
};
const verdict = (more: Partial<Verdict> = {}): Verdict => ({
  rule,
  path: "spec.x",
  found: "a",
  wanted: "b",
  ...more,
});

describe("judging one object", () => {
  it("tells each place once for each thing found there", () => {
    const found = judge(pod(), [rule]).map(({ path, found, wanted }) => `${path} ${found} ${wanted}`);
    expect(found).to.deep.equal(["spec a b", "spec other b", "metadata a b"]);
  });

  it("applies only rules that judge its kind", () => {
    expect(judge({ apiVersion: "v1", kind: "Secret" }, [rule])).to.deep.equal([]);
  });
});

describe("a message", () => {
  it("names rule, object, source, places, fix and page, a line each", () => {
    const first = verdict({ container: "app" });
    expect(message([first, verdict({ path: "" })], "Pod shop/web", "file.yaml:3").split("\n")).to.deep.equal([
      "a-rule: Pod shop/web (file.yaml:3)",
      "spec.x (container app): found a, wanted b.",
      "found a, wanted b.",
      "Fix: make it so.",
      "https://example.com/why",
    ]);
    expect(message([verdict()], "deployment")).to.match(/^a-rule: deployment\nspec\.x: found/);
  });

  it("says what could not be told", () => {
    expect(message([verdict({ notEvaluated: true, found: "no digest" })], "x")).to.contain(
      "spec.x: not evaluated, as there is no digest, wanted b.",
    );
  });

  it("lists ten places, and counts the rest", () => {
    const many = (count: number): string => {
      const [first = verdict(), ...others] = Array.from({ length: count }, () => verdict());
      return message([first, ...others], "x");
    };
    expect(many(10).split("\n")).to.have.lengthOf(13);
    expect(many(10)).not.to.contain("more");
    expect(many(12).split("\n")).to.have.lengthOf(14);
    expect(many(12)).to.contain("\nand at 2 more\n");
  });
});

it("verdicts are put together by rule and object, in their order", () => {
  const item = (name: string): Pick<Verdict, "item"> => ({
    item: {
      manifest: { apiVersion: "v1", kind: "Pod", metadata: { name, namespace: "shop" } },
      source: "s",
      ...{ group: "", kind: "Pod", namespace: "shop", name, labels: {} },
    },
  });
  const other = { ...rule, id: "b-rule" };
  const groups = byRuleAndObject([
    verdict(item("one")),
    verdict({ ...item("two"), path: "p" }),
    verdict({ ...item("one"), rule: other }),
    verdict({ ...item("one"), path: "q" }),
  ]);
  expect(
    groups.map((group) => group.map((each) => `${each.rule.id} ${each.item?.name ?? ""} ${each.path}`)),
  ).to.deep.equal([["a-rule one spec.x", "a-rule one q"], ["a-rule two p"], ["b-rule one spec.x"]]);
});

describe("both packs over a set of objects", () => {
  const given = [{ manifest: pod({ "spec.hostNetwork": true }), source: "file.yaml:1" }];
  const options = { stack: "local", minimum: 0, today: "2026-11-25" } as const;
  const about = (id: string, more: object = {}): Judged | undefined =>
    assess(given, { ...options, ...more }).findings.find((each) => each.rule.id === id);

  it("tell object, source, path and level of each finding", () => {
    const found = about("pss-host-namespaces");
    expect(found).to.include({
      subject: "Pod shop/web",
      source: "file.yaml:1",
      path: "spec.hostNetwork",
      found: "true",
      level: "advisory",
      exception: undefined,
    });
  });

  it("take levels of the stack, and of single rules in either pack", () => {
    expect(about("pss-host-namespaces", { stack: "production" })?.level).to.equal("mandatory");
    const levels = { "pss-host-namespaces": "mandatory", "config-exists": "advisory" };
    expect(about("pss-host-namespaces", { levels })?.level).to.equal("mandatory");
  });

  it("count objects, list each rule once, and name rules that had nothing to judge", () => {
    const { objects, rules, notEvaluated } = assess(given, options);
    expect(objects).to.equal(1);
    const ids = rules.map(({ id }) => id);
    expect(new Set(ids).size).to.equal(ids.length);
    expect(ids).to.include.members(["pss-privileged", "config-exists", "meta-coverage", "netpol-flow"]);
    expect(notEvaluated).to.include("mesh-injected");
  });

  it("fewest workloads are as many as they were told", () => {
    expect(about("meta-coverage", { minimum: 1 })).to.equal(undefined);
    expect(about("meta-coverage", { minimum: 2 })?.subject).to.equal("deployment");
  });

  it("accept what an exception of the repository names", () => {
    const exporter = pod({ "spec.hostNetwork": true });
    const daemonSet = {
      apiVersion: "apps/v1",
      kind: "DaemonSet",
      metadata: { name: "prometheus-prometheus-node-exporter", namespace: "monitoring-agents" },
      spec: { template: { metadata: exporter.metadata, spec: exporter.spec } },
    };
    const { findings } = assess([{ manifest: daemonSet, source: "s" }], { ...options, stack: "production" });
    const found = findings.find((each) => each.rule.id === "pss-host-namespaces");
    expect(found?.exception?.rules).to.include("pss-host-namespaces");
    expect(found && isBlocking(found)).to.equal(false);
    const late = assess([{ manifest: daemonSet, source: "s" }], {
      ...options,
      stack: "production",
      today: "9999-01-01",
    });
    expect(late.findings.find((each) => each.rule.id === "pss-host-namespaces")?.exception).to.equal(
      undefined,
    );
  });
});

describe("a finding fails a gate", () => {
  const exception = {
    object: "x",
    rules: ["a-rule"],
    reason: "r",
    owner: "o",
    expires: "2027-01-31",
    ticket: "t",
  };
  const judged: Judged = {
    ...{ rule, level: "mandatory", subject: "x", source: "s", path: "", found: "a", wanted: "b" },
    exception: undefined,
  };

  it("where it is mandatory, known and accepted by nobody", () => {
    expect(isBlocking(judged)).to.equal(true);
    expect(isBlocking({ ...judged, level: "advisory" })).to.equal(false);
    expect(isBlocking({ ...judged, notEvaluated: true })).to.equal(false);
    expect(isBlocking({ ...judged, exception })).to.equal(false);
  });

  it("and what is accepted says until when, by whom and why", () => {
    expect(accepted(exception)).to.equal("Accepted until 2027-01-31 (o, t): r.");
  });
});
