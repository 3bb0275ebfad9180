import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import type { Chart } from "../../../components/platform/charts/chart.ts";
import type { ChartSource } from "../../../components/platform/charts/source.ts";
import { bench } from "./bench.ts";
import { chartArchive, digestOf } from "./chartHosts.ts";

describe("charts from a mirror directory", () => {
  const shop = bench();
  const archive = chartArchive("vault", "0.34.1");
  const vault: Chart = { name: "vault", version: "0.34.1", repository: "https://charts.invalid" };
  const mirror = (): ChartSource & { location: string } => ({
    kind: "mirror",
    location: join(shop.folder, "mirror"),
  });
  const put = (file: string, content: Buffer | string): void => {
    mkdirSync(mirror().location, { recursive: true });
    writeFileSync(join(mirror().location, file), content);
  };
  const record = (version: string, sha256: string): void => {
    const charts = [{ name: "vault", version, source: "https://charts.invalid", sha256, size: 1 }];
    put("paw-charts.json", JSON.stringify({ charts }));
  };
  const fault = async (): Promise<string> => (await shop.failure([vault], mirror())).message;

  for (const [what, prepare] of [
    [
      "with the recorded digest",
      (): void => {
        record("0.34.1", digestOf(archive));
      },
    ],
    ["that can be read, where nothing is recorded", (): void => undefined],
  ] as const) {
    it(`are taken where they are: an archive ${what}`, async () => {
      put("vault-0.34.1.tgz", archive);
      prepare();
      expect(await shop.archives([vault], mirror())).to.deep.equal({
        vault: join(mirror().location, "vault-0.34.1.tgz"),
      });
    });
  }

  for (const [what, content, words] of [
    ["is not gzip", Buffer.from("PK not this"), "no whole gzip tar archive"],
    ["is cut off", archive.subarray(0, archive.length - 20), "no whole gzip tar archive"],
    ["is another version under its name", chartArchive("vault", "0.30.0"), "is the chart vault 0.30.0"],
  ] as const) {
    it(`are refused where nothing is recorded and the archive ${what}`, async () => {
      put("vault-0.34.1.tgz", content);
      expect(await fault())
        .to.contain(words)
        .and.to.contain(join(mirror().location, "vault-0.34.1.tgz"));
    });
  }

  it("are refused with another digest than the recorded one, though they can be read", async () => {
    const other = chartArchive("vault", "0.34.1", "other");
    put("vault-0.34.1.tgz", other);
    record("0.34.1", digestOf(archive));
    expect(await fault())
      .to.contain(digestOf(archive))
      .and.to.contain(digestOf(other));
  });

  it("are refused with a byte changed", async () => {
    const changed = Buffer.from(archive);
    changed[50] = (changed[50] ?? 0) ^ 1;
    put("vault-0.34.1.tgz", changed);
    record("0.34.1", digestOf(archive));
    expect(await fault()).to.contain(digestOf(changed));
  });

  it("are refused where only another version is recorded", async () => {
    put("vault-0.34.1.tgz", archive);
    record("0.34.0", digestOf(archive));
    expect(await fault()).to.contain("has no digest in paw-charts.json");
  });

  it("of another version are not taken for the pinned one", async () => {
    put("vault-0.30.0.tgz", chartArchive("vault", "0.30.0"));
    expect(await fault()).to.contain("vault-0.34.1.tgz is not there");
  });

  it("are refused where the records are damaged", async () => {
    put("vault-0.34.1.tgz", archive);
    put("paw-charts.json", '{"charts": [');
    expect(await fault()).to.contain('is no record of "paw charts pull"');
  });
});
