import { readFileSync } from "node:fs";

import { expect } from "chai";
import { stringify } from "yaml";

import type { Chart } from "../../../components/platform/charts/chart.ts";
import { bench } from "./bench.ts";
import { chartArchive, digestOf, pack } from "./chartHosts.ts";

describe("charts from a chart repository", () => {
  const shop = bench();
  const archive = chartArchive("vault", "0.34.1");
  const vault = (): Chart => ({ name: "vault", version: "0.34.1", repository: `${shop.host.origin}/repo` });

  /** Publishes an archive under what its entry of the index says. */
  const publish = (entry: Record<string, unknown> = {}, content = archive): void => {
    const whole = { version: "0.34.1", urls: ["vault-0.34.1.tgz"], digest: digestOf(content), ...entry };
    shop.host.serve(
      "/repo/index.yaml",
      stringify({ entries: { vault: [{ version: "0.9.0", urls: [] }, whole] } }),
    );
    shop.host.serve("/repo/vault-0.34.1.tgz", content);
    shop.host.serve("/elsewhere/vault.tgz", content);
  };
  const fault = async (): Promise<string> => (await shop.failure([vault()])).message;

  for (const [what, entry] of [
    ["a relative address", {}],
    ["a digest with its algorithm", { digest: `sha256:${digestOf(archive)}` }],
    ["no digest", { digest: undefined }],
    ["an empty digest", { digest: "" }],
  ] as const) {
    it(`are taken by ${what}`, async () => {
      publish(entry);
      const paths = await shop.archives([vault()]);
      expect(readFileSync(paths.vault ?? "").equals(archive)).to.be.true;
    });
  }

  it("are taken by a full address", async () => {
    publish({ urls: [`${shop.host.origin}/elsewhere/vault.tgz`] });
    await shop.archives([vault()]);
    expect(shop.host.countOf("/elsewhere/vault.tgz")).to.equal(1);
  });

  it("of the same repository need its index once", async () => {
    const other = chartArchive("vault", "0.9.0");
    publish();
    shop.host.serve("/repo/index.yaml", readIndex(other));
    shop.host.serve("/repo/vault-0.9.0.tgz", other);
    await shop.archives([vault(), { ...vault(), version: "0.9.0" }]);
    expect(shop.host.countOf("/index.yaml")).to.equal(1);
  });
  const readIndex = (other: Buffer): string =>
    stringify({
      entries: {
        vault: [
          { version: "0.34.1", urls: ["vault-0.34.1.tgz"] },
          { version: "0.9.0", urls: ["vault-0.9.0.tgz"], digest: digestOf(other) },
        ],
      },
    });

  it("are found in an index with entries that are odd", async () => {
    publish();
    const good = { version: "0.34.1", urls: ["vault-0.34.1.tgz"] };
    const odd = [{ version: 1.5 }, { version: "0.1.0", urls: null }];
    shop.host.serve("/repo/index.yaml", stringify({ entries: { empty: null, odd, vault: [...odd, good] } }));
    expect(Object.keys(await shop.archives([vault()]))).to.deep.equal(["vault"]);
  });

  it("that it does not have are named with what it has", async () => {
    publish({ version: "0.35.0" });
    expect(await fault())
      .to.contain("index.yaml has no vault 0.34.1")
      .and.to.contain("0.9.0");
  });

  it("with another digest than the index says are refused, with both", async () => {
    publish({ digest: "a".repeat(64) });
    expect(await fault())
      .to.contain(digestOf(archive))
      .and.to.contain("a".repeat(64));
  });

  for (const [what, content, words] of [
    ["is not gzip", Buffer.from("<html>sign in</html>"), "no whole gzip tar archive"],
    ["is half an archive", archive.subarray(0, 100), "no whole gzip tar archive"],
    ["is of another version", chartArchive("vault", "0.34.0"), "is the chart vault 0.34.0"],
    ["is of another name", chartArchive("consul", "0.34.1"), "holds no vault/Chart.yaml"],
    ["has no version", pack({ "vault/Chart.yaml": "name: vault\n" }), "without a name and a version"],
  ] as const) {
    it(`whose archive ${what} are refused`, async () => {
      publish({}, content);
      expect(await fault()).to.contain(words);
    });
  }

  it("whose index is something else are refused", async () => {
    shop.host.serve("/repo/index.yaml", "<html>sign in</html>");
    expect(await fault()).to.contain("is no index of a chart repository");
  });

  for (const [fault404, words] of [
    ["answers 404", "answered 404"],
    ["stalls", "sent nothing for 1 s"],
    ["truncates", "/repo/vault-0.34.1.tgz"],
  ] as const) {
    it(`whose archive ${fault404} are named with the address`, async () => {
      publish();
      shop.host.faults.set("vault-0.34.1.tgz", fault404);
      expect(await fault())
        .to.contain(words)
        .and.to.contain("vault 0.34.1");
    });
  }

  it("are not fetched over plain HTTP from another machine", async () => {
    publish({ urls: ["http://charts.invalid/vault.tgz"] });
    expect(await fault()).to.contain("http://charts.invalid/vault.tgz is not an https:// address");
  });

  it("are not fetched from an address with a password, which is not told", async () => {
    publish({ urls: ["https://me:s3cr3t@charts.invalid/vault.tgz"] });
    expect(await fault())
      .to.contain("charts.invalid holds credentials")
      .and.not.to.contain("s3cr3t");
  });
});
