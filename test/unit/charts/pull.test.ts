import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { expect } from "chai";

import type { Chart } from "../../../components/platform/charts/chart.ts";
import { placed } from "../../../components/platform/charts/archives.ts";
import { type PullOptions, pull } from "../../../ops/src/charts/pull.ts";
import { verify } from "../../../ops/src/charts/verify.ts";
import { UserError } from "../../../ops/src/errors.ts";
import { bench, errorOf } from "./bench.ts";
import { chartArchive, digestOf } from "./chartHosts.ts";

describe("a mirror directory", () => {
  const shop = bench();
  const names = ["loki", "alloy", "vault"];
  const charts = (): Chart[] =>
    names.map((name) => ({ name, version: "1.2.3", repository: shop.host.registry }));
  const notes: string[] = [];
  const mirror = (): string => join(shop.folder, "mirror");
  const fill = (more: Partial<PullOptions> = {}): Promise<number> =>
    pull({
      charts: charts(),
      to: mirror(),
      from: { kind: "upstream" },
      acceptChanged: false,
      signal: new AbortController().signal,
      note: (text) => notes.push(text),
      patience: 300,
      ...more,
    });
  const put = (name: string, content: string | Buffer): void => {
    writeFileSync(join(mirror(), name), content);
  };
  const recordsText = (): string => readFileSync(join(mirror(), "paw-charts.json"), "utf8");
  const push = (name: string, filler = "x"): Buffer => {
    const archive = chartArchive(name, "1.2.3", filler);
    shop.host.push(name, "1.2.3", archive);
    return archive;
  };
  const verdicts = async (): Promise<Record<string, string>> => {
    const { charts: checked } = await verify(charts(), mirror());
    return Object.fromEntries(checked.map(({ name, verdict }) => [name, verdict]));
  };
  const hintedErrorOf = async (work: Promise<unknown>): Promise<UserError> => {
    const error = await errorOf(work);
    if (error instanceof UserError) return error;
    throw error;
  };
  const allOk = { alloy: "ok", loki: "ok", vault: "ok" };
  beforeEach(() => {
    notes.length = 0;
    for (const name of names) push(name);
  });

  describe("that is pulled", () => {
    it("holds every chart, and what each of them is, sorted by name", async () => {
      const archive = push("alloy");
      expect(await fill()).to.equal(3);
      const { charts: records } = JSON.parse(recordsText()) as { charts: { name: string }[] };
      expect(records.map(({ name }) => name)).to.deep.equal(["alloy", "loki", "vault"]);
      expect(records[0]).to.deep.equal({
        name: "alloy",
        version: "1.2.3",
        source: shop.host.registry,
        sha256: digestOf(archive),
        size: archive.length,
      });
      expect(await verdicts()).to.deep.equal(allOk);
      expect(notes.map((note) => note.split(" ")[0])).to.have.members(names);
    });

    it("is not changed by a second pull, which asks nobody", async () => {
      await fill();
      const before = recordsText();
      const written = statSync(join(mirror(), "vault-1.2.3.tgz")).mtimeMs;
      await shop.host.stop();
      expect(await fill()).to.equal(0);
      expect(recordsText()).to.equal(before);
      expect(statSync(join(mirror(), "vault-1.2.3.tgz")).mtimeMs).to.equal(written);
    });

    it("gets a damaged archive again, and no other", async () => {
      await fill();
      put("vault-1.2.3.tgz", "damaged");
      expect(await fill()).to.equal(1);
      expect(await verdicts()).to.deep.equal(allOk);
    });

    it("keeps what could be had where something could not, and goes on from there", async () => {
      shop.host.faults.set("vault/manifests/1.2.3", "answers 404");
      const error = await hintedErrorOf(fill());
      expect(error.message).to.contain("1 of 3 charts").and.to.contain("vault 1.2.3").and.to.contain("404");
      expect(await verdicts()).to.deep.equal({ ...allOk, vault: "missing" });
      shop.host.faults.clear();
      expect(await fill()).to.equal(1);
    });

    it("refuses an archive that changed under the same version, with both digests", async () => {
      const old = push("vault");
      await fill();
      rmSync(join(mirror(), "vault-1.2.3.tgz"));
      const records = recordsText();
      const changed = push("vault", "changed");
      const error = await hintedErrorOf(fill());
      expect(error.message).to.contain(digestOf(old)).and.to.contain(digestOf(changed));
      expect(error.hints.join()).to.contain("--accept-changed");
      expect(existsSync(join(mirror(), "vault-1.2.3.tgz"))).to.be.false;
      expect(recordsText()).to.equal(records);
    });

    it("takes a changed archive where one says so", async () => {
      await fill();
      rmSync(join(mirror(), "vault-1.2.3.tgz"));
      const changed = push("vault", "changed");
      expect(await fill({ acceptChanged: true })).to.equal(1);
      expect(recordsText()).to.contain(digestOf(changed));
      expect(await verdicts()).to.deep.equal(allOk);
    });

    it("holds only whole files when it is interrupted, and tells what took long", async () => {
      shop.host.faults.set(`blobs/sha256:${digestOf(push("vault"))}`, "stalls");
      const stop = new AbortController();
      const outcome = errorOf(fill({ signal: stop.signal, patience: 30_000 }));
      while (!notes.some((note) => note.startsWith("still at"))) await sleep(50);
      expect(notes.at(-1)).to.equal("still at vault");
      stop.abort(new UserError("Interrupted."));
      expect((await outcome).message).to.equal("Interrupted.");
      expect(readdirSync(mirror())).to.have.members(["alloy-1.2.3.tgz", "loki-1.2.3.tgz", "paw-charts.json"]);
      shop.host.faults.clear();
      expect(await fill()).to.equal(1);
    });

    it("is cleared of what a killed pull left half written", async () => {
      mkdirSync(mirror());
      put(".vault-1.2.3.tgz.0c1d.part", "half");
      await fill();
      expect(readdirSync(mirror()).filter((file) => file.startsWith("."))).to.deep.equal([]);
    });

    it("by two at once is fetched by one of them", async () => {
      const fetched = await Promise.all([fill(), fill()]);
      expect(fetched).to.have.members([0, 3]);
    });

    it("keeps records that cannot be read, and says so", async () => {
      mkdirSync(mirror());
      put("paw-charts.json", "half");
      expect((await errorOf(fill())).message).to.contain("paw-charts.json is no record");
      expect(recordsText()).to.equal("half");
    });

    it("that cannot be made is named", async () => {
      writeFileSync(join(shop.folder, "file"), "");
      const error = await hintedErrorOf(fill({ to: join(shop.folder, "file", "mirror") }));
      expect(error.message).to.contain(join(shop.folder, "file", "mirror"));
    });
  });

  describe("that is copied", () => {
    const copy = (more: Partial<PullOptions> = {}): Promise<number> =>
      fill({ to: join(shop.folder, "copy"), from: { kind: "mirror", location: mirror() }, ...more });

    it("from a directory is the same, with the sources that were recorded there", async () => {
      await fill();
      await shop.host.stop();
      expect(await copy()).to.equal(3);
      const copied = readFileSync(join(shop.folder, "copy", "paw-charts.json"), "utf8");
      expect(copied).to.equal(recordsText());
    });

    it("from a directory without records holds no path of this machine", async () => {
      await fill();
      rmSync(join(mirror(), "paw-charts.json"));
      await copy();
      expect(readFileSync(join(shop.folder, "copy", "paw-charts.json"), "utf8")).not.to.contain(shop.folder);
    });

    it("from a directory does not take a damaged archive", async () => {
      await fill();
      put("loki-1.2.3.tgz", "damaged");
      expect((await errorOf(copy())).message).to.contain("loki-1.2.3.tgz has the SHA-256");
      expect(readdirSync(join(shop.folder, "copy"))).to.not.include("loki-1.2.3.tgz");
    });

    it("from a registry holds that registry as the source", async () => {
      const from = { kind: "mirror", location: shop.host.registry } as const;
      const upstream = charts().map((chart) => ({ ...chart, repository: "https://charts.invalid" }));
      await fill({ charts: upstream.map((chart) => placed(chart, from)), from });
      expect(recordsText()).to.contain(shop.host.registry).and.not.to.contain("charts.invalid");
    });
  });

  describe("that is verified", () => {
    it("shows what is missing, damaged, or not readable, all at once", async () => {
      await fill();
      rmSync(join(mirror(), "alloy-1.2.3.tgz"));
      put("loki-1.2.3.tgz", "damaged");
      expect(await verdicts()).to.deep.equal({ alloy: "missing", loki: "failed", vault: "ok" });
      rmSync(join(mirror(), "paw-charts.json"));
      expect(await verdicts()).to.deep.equal({ alloy: "missing", loki: "failed", vault: "ok" });
    });

    it("only notes archives that no pin asks for", async () => {
      await fill();
      put("vault-1.2.2.tgz", "old");
      put("other-1.0.0.tgz", "other");
      const { charts: checked, extra } = await verify(charts(), mirror());
      expect(checked.every(({ verdict }) => verdict === "ok")).to.be.true;
      expect(extra).to.deep.equal([
        { file: "other-1.0.0.tgz", found: "no chart of this program" },
        { file: "vault-1.2.2.tgz", found: "another version than the pinned 1.2.3" },
      ]);
    });

    it("and does not exist is an error that says how to fill it", async () => {
      const error = await hintedErrorOf(verify(charts(), mirror()));
      expect(error.hints.join()).to.contain("npx paw charts pull --to");
    });
  });
});
