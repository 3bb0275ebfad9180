/** How the objects of other projects are read, on a small repository of our own (issue 6, precision). */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

import { expect } from "chai";

import { agrees, explains, judged } from "../../precision/case.ts";
import { kyvernoCases } from "../../precision/kyverno.ts";
import { polarisCases } from "../../precision/polaris.ts";
import { snapshotOf } from "../../precision/snapshot.ts";

const pod = (name: string, privileged: boolean): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name },
    spec: { containers: [{ name: "c", securityContext: { privileged } }] },
  });

const files = {
  "p/one/.kyverno-test/kyverno-test.yaml": JSON.stringify({
    resources: ["../objects.yaml"],
    results: [
      { kind: "Pod", rule: "first", resources: ["good", "ns/bad"], result: "pass" },
      { kind: "Pod", rule: "second", resources: ["bad"], result: "fail" },
      { kind: "Pod", rule: "second", resources: ["spared"], result: "skip" },
    ],
  }),
  "p/one/objects.yaml": [pod("good", false), pod("bad", true), pod("spared", true)].join("\n---\n"),
  "p/one/.chainsaw-test/chainsaw-test.yaml": JSON.stringify({
    spec: {
      steps: [
        { try: [{ apply: { file: "policy.yaml" } }, { apply: { file: "good-ones.yaml" } }] },
        { try: [{ apply: { file: "bad.yaml", expect: [{ check: { "($error != null)": true } }] } }] },
      ],
    },
  }),
  "p/one/.chainsaw-test/good-ones.yaml": [pod("good", false), pod("other", false)].join("\n---\n"),
  "p/one/.chainsaw-test/bad.yaml": pod("refused", true),
  "p/one/.chainsaw-test/policy.yaml": "kind: none",
  "test/checks/two/success.a.yaml": pod("a", false),
  "test/checks/two/failure.yaml": pod("b", true),
  "test/checks/two/mutated.yaml": pod("c", true),
};

describe("objects of other projects", () => {
  let directory = "";
  const git = (...args: string[]): void => {
    const who = ["-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false"];
    execFileSync("git", ["-C", directory, ...who, ...args], { stdio: "ignore" });
  };

  before(() => {
    directory = mkdtempSync(join(tmpdir(), "paw-corpus-"));
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), text);
    }
    git("init", "-q");
    git("add", ".");
    git("commit", "-q", "-m", "all");
  });
  after(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  const short = (cases: ReturnType<typeof kyvernoCases>): string[] =>
    cases.map(({ name, expected }) => `${name} ${expected}`);

  it("are what kyverno's two tests say of them, one that stands in both once", () => {
    const snapshot = snapshotOf(directory, ["p"]);
    expect(short(kyvernoCases(snapshot, "p/one"))).to.deep.equal([
      "Pod/good pass",
      "Pod/bad fail",
      "Pod/spared pass",
      "Pod/other pass",
      "Pod/refused fail",
    ]);
    expect(short(kyvernoCases(snapshot, "p/one#first"))).to.deep.equal(["Pod/good pass", "Pod/bad pass"]);
    expect(short(kyvernoCases(snapshot, "p/one#applied"))).to.deep.equal([
      "Pod/good pass",
      "Pod/other pass",
      "Pod/refused fail",
    ]);
  });

  it("are what the names of Polaris's files say", () => {
    const cases = polarisCases(snapshotOf(directory, ["test/checks"]), "two");
    expect(short(cases)).to.have.members(["success.a pass", "failure fail"]);
  });

  it("agree with a rule or not, and a reason is about one side", () => {
    const check = { check: "p/one", rules: ["pss-privileged"] };
    const outcomes = kyvernoCases(snapshotOf(directory, ["p"]), "p/one").map((each) => judged(each, check));
    const different = outcomes.filter((each) => !agrees(each));
    expect(different.map(({ name }) => name)).to.deep.equal(["Pod/spared"]);
    const reason = { check: "p/one", cases: ["Pod/sp*"], because: "design", reason: "r" } as const;
    expect(different.map((each) => explains({ ...reason, ours: "stricter" }, each))).to.deep.equal([true]);
    expect(different.map((each) => explains({ ...reason, ours: "laxer" }, each))).to.deep.equal([false]);
  });

  it("are missed with an error that says where", () => {
    expect(() => snapshotOf(join(directory, "nowhere"), ["p"])).to.throw("nowhere");
    expect(() => snapshotOf(directory, ["absent"])).to.throw("absent");
  });
});
