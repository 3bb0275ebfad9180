import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";
import { execa } from "execa";

import { judgeScan, parseReport } from "../../../ops/src/suites/security/scan.ts";
import { parseWaivers } from "../../../ops/src/suites/security/waivers.ts";

/* eslint-disable @typescript-eslint/no-explicit-any -- JSON as the command prints it */

const paw = fileURLToPath(new URL("../../../ops/bin/paw.js", import.meta.url));
const now = new Date("2026-11-25T12:00:00Z");
const image = "ghcr.io/example/node:v1";

/** A report as Trivy's documentation shows its JSON, with two findings. */
const trivy = (created = "2026-11-24T08:00:00Z"): string =>
  JSON.stringify({
    SchemaVersion: 2,
    CreatedAt: created,
    ArtifactName: image,
    ArtifactType: "container_image",
    Results: [
      {
        Target: `${image} (debian 13.1)`,
        Class: "os-pkgs",
        Type: "debian",
        Vulnerabilities: [
          {
            ...{ VulnerabilityID: "CVE-2026-11111", PkgName: "libexample", InstalledVersion: "1.0" },
            ...{ FixedVersion: "1.1", Severity: "CRITICAL" },
          },
          { VulnerabilityID: "CVE-2026-22222", PkgName: "libother", Severity: "HIGH" },
        ],
      },
      { Target: "no findings", Class: "lang-pkgs" },
    ],
  });

/** The same in SARIF, as Trivy writes it. */
const sarif = JSON.stringify({
  version: "2.1.0",
  runs: [
    {
      tool: {
        driver: {
          name: "Trivy",
          rules: [
            {
              id: "CVE-2026-11111",
              properties: { "security-severity": "9.8", tags: ["vulnerability", "security", "CRITICAL"] },
            },
            {
              id: "CVE-2026-22222",
              properties: { "security-severity": "7.5", tags: ["vulnerability", "security", "HIGH"] },
            },
          ],
        },
      },
      results: ["CVE-2026-11111", "CVE-2026-22222"].map((ruleId) => ({
        ruleId,
        message: { text: `Package: libexample\nInstalled Version: 1.0\nFixed Version: 1.1` },
      })),
      properties: { imageName: image },
    },
  ],
});

const waiver = (expires: string, rest = ""): string =>
  `- id: CVE-2026-11111\n  reason: not reachable\n  owner: platform\n  expires: "${expires}"\n${rest}`;

const faults = (text: string, waivers = "", images: readonly string[] = [image]): string[] =>
  judgeScan({
    ...{ reports: [parseReport(text, "report.json")], waivers: parseWaivers(waivers, now), now, images },
  }).faults.map(({ found }) => found);

describe("A25: the gate on a scan for vulnerabilities", () => {
  for (const [form, text] of Object.entries({ JSON: trivy(), SARIF: sarif })) {
    it(`${form}: a critical finding fails, a high one does not`, () => {
      expect(faults(text)).to.deep.equal([`CVE-2026-11111 in libexample of ${image}`]);
    });

    it(`${form}: with a waiver it passes, and after its end it fails again and says so`, () => {
      expect(faults(text, waiver("2026-11-25"))).to.deep.equal([]);
      expect(faults(text, waiver("2026-11-24"))).to.deep.equal([
        `CVE-2026-11111 in libexample of ${image}: its waiver ended on 2026-11-24 (platform)`,
      ]);
    });
  }

  it("a waiver for one package is none for another, and of two the longer one counts", () => {
    expect(faults(trivy(), waiver("2027-01-31", "  packages: [libother]\n"))).to.have.length(1);
    expect(faults(trivy(), waiver("2027-01-31", "  packages: [libexample]\n"))).to.deep.equal([]);
    expect(faults(trivy(), waiver("2026-11-01") + waiver("2026-12-31"))).to.deep.equal([]);
  });

  it("a report that is more than seven days old says nothing of today", () => {
    expect(faults(trivy("2026-11-18T11:00:00Z"), waiver("2026-12-31"))).to.deep.equal([]);
    expect(faults(trivy("2026-11-17T11:00:00Z"), waiver("2026-12-31"))).to.deep.equal([
      "report.json is 8 days old, more than 7",
    ]);
  });

  it("without a report, or with none of an image, it is not evaluated", () => {
    const nothing = judgeScan({ reports: [], waivers: [], now, images: [image] });
    expect(nothing.notEvaluated).to.match(/^no report: --scan-report FILE/);
    const reports = [parseReport(trivy(), "a.json")];
    const waivers = parseWaivers(waiver("2026-12-31"), now);
    const some = judgeScan({ reports, waivers, now, images: [image, "ghcr.io/example/other:v2"] });
    expect(some.faults).to.deep.equal([]);
    expect(some.notEvaluated).to.include("no report of ghcr.io/example/other:v2");
    const all = judgeScan({ reports, waivers, now, images: [image] });
    expect(all.notEvaluated).to.be.undefined;
  });

  it("what is no report is refused by name", () => {
    for (const text of ["", "{}", "[]", '{"SchemaVersion": 1, "ArtifactName": "x"}', '{"runs": []}'])
      expect(() => parseReport(text, "odd.json"), text).to.throw("odd.json is no report of Trivy");
  });

  it("a waiver has to be whole, and to end within a year: every fault is listed", () => {
    const read = (text: string): unknown[] => parseWaivers(text, now);
    expect(read("")).to.deep.equal([]);
    expect(() => read("a: b")).to.throw("must be a list");
    expect(() => read('- id: CVE-1\n  owner: x\n  expires: "2027-13"\n  why: x')).to.throw(
      /reason must be a text[\s\S]*expires must be a day[\s\S]*why is not a field/,
    );
    expect(() => read(waiver("2028-01-01"))).to.throw("expires must be within a year: 2027-11-26");
    expect(() => read(waiver("2027-01-01", "  packages: x\n"))).to.throw("packages must be a list");
  });

  describe("as typed, without a cluster", () => {
    let folder: string;
    before(() => (folder = mkdtempSync(join(tmpdir(), "paw-scan-"))));
    after(() => {
      rmSync(folder, { recursive: true });
    });

    const type = async (waivers: string): Promise<{ exitCode: number | undefined; json: any }> => {
      const [report, file] = [join(folder, "report.json"), join(folder, "waivers.yaml")];
      writeFileSync(report, trivy(new Date().toISOString()));
      writeFileSync(file, waivers);
      const { exitCode, stdout } = await execa(
        process.execPath,
        [
          paw,
          "test",
          "security",
          "--only",
          "cve-scan",
          "--accept",
          "cve-scan",
          "--json",
          "--scan-report",
          report,
          "--waivers",
          file,
        ],
        { env: { NO_COLOR: "1" }, reject: false },
      );
      return { exitCode, json: JSON.parse(stdout) };
    };
    const day = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);

    it("1 for a critical finding, 0 with a waiver, 1 after its end", async () => {
      const open = await type("[]");
      expect(open.exitCode).to.equal(1);
      expect(open.json.results[0].faults[0].found).to.include("CVE-2026-11111");
      expect((await type(waiver(day(1)))).exitCode).to.equal(0);
      expect((await type(waiver(day(-1)))).exitCode).to.equal(1);
    });
  });
});
