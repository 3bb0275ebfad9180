import { mkdtempSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";
import { execa } from "execa";
import { stringify } from "yaml";

import { assess } from "../../../policy/src/assess.ts";
import type { Given } from "../../../policy/src/graph/graph.ts";
import { namespace, pod } from "../../policy/fixtures.ts";

const paw = fileURLToPath(new URL("../../../ops/bin/paw.js", import.meta.url));

describe("A29: paw policy check, on files", () => {
  let folder: string;
  const file = (name: string): string => join(folder, name);
  const check = (args: readonly string[], input?: string) =>
    execa(process.execPath, [paw, "policy", "check", ...args], {
      reject: false,
      env: { NO_COLOR: "1" },
      ...(input === undefined ? {} : { input }),
    });

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "paw-policy-"));
    const secret = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "s", namespace: "shop" },
      stringData: { a: "hunter2-kV9" },
    };
    mkdirSync(file("manifests/deep"), { recursive: true });
    writeFileSync(
      file("manifests/bad.yaml"),
      `# a comment\n---\n${stringify(namespace())}---\n${stringify(secret)}`,
    );
    const list = { apiVersion: "v1", kind: "List", items: [pod({ "spec.hostPID": true })] };
    writeFileSync(file("manifests/deep/list.json"), JSON.stringify(list));
    writeFileSync(file("manifests/notes.txt"), "kind: nothing");
    writeFileSync(file("good.yaml"), stringify(namespace()));
    writeFileSync(file("broken.yaml"), "kind: [");
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  it("finds what is wrong in folders, documents and lists, with file, line, field and fix, and exits with 1", async () => {
    const { stdout, exitCode } = await check([file("manifests")]);
    expect(exitCode).to.equal(1);
    expect(stdout).to.match(/failed +pss-host-namespaces +Pod shop\/web +\(.*deep\/list\.json:1\)/);
    expect(stdout).to.contain("spec.hostPID: found true, wanted");
    expect(stdout).to.match(/failed +secret-literal +Secret shop\/s +\(.*bad\.yaml:15\)/);
    expect(stdout).to.contain("fix: ").and.not.to.contain("hunter2");
    expect(stdout).to.match(/3 objects, \d+ rules: \d+ failed/);
  });

  it("exits with 0 where nothing fails, and says which rules had nothing to judge", async () => {
    const { stdout, exitCode } = await check([file("good.yaml")]);
    expect(exitCode, stdout).to.equal(0);
    expect(stdout).to.contain("0 failed").and.to.contain("mesh-injected");
  });

  it("reads standard input", async () => {
    const { stdout, exitCode } = await check(["-"], stringify(pod({ "spec.hostIPC": true })));
    expect(exitCode).to.equal(1);
    expect(stdout).to.contain("standard input:1");
  });

  it("takes the levels of another stack", async () => {
    const { exitCode, stdout } = await check(["--levels", "local", file("manifests/deep")]);
    expect(stdout).to.match(/warning +pss-host-namespaces/);
    expect(exitCode).to.equal(0);
  });

  it("json: each finding by itself", async () => {
    const { stdout } = await check(["--format", "json", file("manifests")]);
    const { findings, notEvaluated } = JSON.parse(stdout) as {
      findings: Record<string, unknown>[];
      notEvaluated: string[];
    };
    const found = findings.find(({ rule }) => rule === "pss-host-namespaces");
    expect(found).to.include({
      status: "failed",
      object: "Pod shop/web",
      path: "spec.hostPID",
      found: "true",
      item: 1,
    });
    expect(notEvaluated).to.include("vault-audit");
    expect(stdout).not.to.contain("hunter2");
  });

  it("sarif: results with rule, level and place", async () => {
    await check(["--format", "sarif", "--output", file("out.sarif"), file("manifests")]);
    const text = readFileSync(file("out.sarif"), "utf8");
    const { version, runs } = JSON.parse(text) as {
      version: string;
      runs: {
        tool: { driver: { rules: { id: string }[] } };
        results: {
          ruleId: string;
          level: string;
          locations: {
            physicalLocation?: { artifactLocation: { uri: string }; region: { startLine: number } };
          }[];
        }[];
      }[];
    };
    expect(version).to.equal("2.1.0");
    const result = runs[0]?.results.find(({ ruleId }) => ruleId === "secret-literal");
    expect(result?.level).to.equal("error");
    expect(result?.locations[0]?.physicalLocation?.artifactLocation.uri).to.match(/manifests\/bad\.yaml$/);
    expect(result?.locations[0]?.physicalLocation?.region.startLine).to.equal(15);
    expect(runs[0]?.tool.driver.rules.map(({ id }) => id)).to.include("secret-literal");
  });

  it("junit: a test for each rule, which fails, passes or is skipped", async () => {
    const { stdout } = await check(["--format", "junit", file("manifests")]);
    const cases = [...stdout.matchAll(/<testcase [^>]*name="([^"]+)">(.*?)<\/testcase>/gs)];
    const content = new Map(cases.map(([, name, inner]) => [name, inner]));
    expect(content.get("pss-host-namespaces")).to.contain("<failure");
    expect(content.get("pss-privileged")).to.equal("");
    expect(content.get("mesh-injected")).to.contain("<skipped");
    const [, tests, failures, skipped] = /tests="(\d+)" failures="(\d+)" skipped="(\d+)"/.exec(stdout) ?? [];
    expect(Number(tests)).to.equal(cases.length);
    expect(Number(failures)).to.equal(cases.filter(([, , inner]) => inner?.includes("<failure")).length);
    expect(Number(skipped)).to.equal(cases.filter(([, , inner]) => inner?.includes("<skipped")).length);
  });

  for (const [what, args, words] of [
    ["no file", () => [], "either files, or a stack"],
    ["both files and a stack", () => ["--stack", "local", file("good.yaml")], "either files, or a stack"],
    ["a file that is not there", () => [file("none.yaml")], "none.yaml: ENOENT"],
    ["a file that is no YAML", () => [file("good.yaml"), file("broken.yaml")], "broken.yaml: "],
    ["a file without objects", () => [file("manifests/notes.txt")], "no Kubernetes object"],
  ] as const) {
    it(`refused: ${what}`, async () => {
      const { stderr, exitCode } = await check([...args()]);
      expect(exitCode).to.equal(1);
      expect(stderr).to.contain(words);
    });
  }

  it("refused: a format that there is not", async () => {
    const { stderr, exitCode } = await check(["--format", "xml", file("good.yaml")]);
    expect(exitCode).to.equal(2);
    expect(stderr).to.contain("table, json, sarif, junit");
  });

  /** Pods in fifty namespaces. */
  const many = (count: number): Given[] =>
    Array.from({ length: count }, (_, index) => ({
      manifest: pod({ "metadata.name": `p${index}`, "metadata.namespace": `n${index % 50}` }),
      source: "many",
    }));

  it("1,000 objects take under 5 s, start included", async () => {
    writeFileSync(
      file("many.yaml"),
      many(1_000)
        .map(({ manifest }) => stringify(manifest))
        .join("---\n"),
    );
    // Time of the processor, which other work on the machine does not lengthen as it does that of the clock.
    const command = 'TIMEFORMAT="%U %S"; time "$0" "$@" >/dev/null';
    const args = [
      paw,
      "policy",
      "check",
      "--format",
      "json",
      "--output",
      file("many.json"),
      file("many.yaml"),
    ];
    const { stderr } = await execa("bash", ["-c", command, process.execPath, ...args], { reject: false });
    const [user = NaN, system = NaN] = (stderr.trim().split("\n").at(-1) ?? "").split(" ").map(Number);
    console.info(`      policy check of 1,000 objects: ${(user + system).toFixed(1)} s of CPU`);
    expect(user + system).to.be.lessThan(5);
  }).timeout(60_000);

  it("time grows no faster than the number of objects, to 10,000", () => {
    const milliseconds = (count: number): number => {
      const given = many(count);
      const begun = process.cpuUsage();
      assess(given, { stack: "production", minimum: 0, today: "2026-11-24" });
      const { user, system } = process.cpuUsage(begun);
      return (user + system) / 1000;
    };
    milliseconds(200);
    const [few, most] = [milliseconds(1_000), milliseconds(10_000)];
    console.info(
      `      judged: 1,000 objects in ${few.toFixed(0)} ms of CPU, 10,000 in ${most.toFixed(0)} ms`,
    );
    // A third more than linear is left to the garbage collector.
    expect(most).to.be.lessThan(13 * few);
  }).timeout(60_000);
}).timeout(60_000);
