import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { type AddressInfo, type Server, createServer } from "node:net";
import { join } from "node:path";

import { expect } from "chai";

import {
  MissingChartsError,
  archivesOf,
  chartArchives,
} from "../../../components/platform/charts/archives.ts";
import type { Chart } from "../../../components/platform/charts/chart.ts";
import { Transfers } from "../../../components/platform/charts/transfers.ts";
import { bench, errorOf } from "./bench.ts";
import { chartArchive } from "./chartHosts.ts";

const names = ["alloy", "argo-rollouts", "cert-manager", "loki", "vault", "linkerd-viz"];

describe("archives of charts", () => {
  const shop = bench();
  const charts = (): Chart[] =>
    names.map((name) => ({ name, version: "1.2.3", repository: shop.host.registry }));
  const cached = (): string[] => readdirSync(join(shop.folder, "cache"));
  beforeEach(() => {
    for (const name of names) shop.host.push(name, "1.2.3", chartArchive(name, "1.2.3"));
  });

  it("come from a mirror registry in place of each chart's own repository", async () => {
    const elsewhere = charts().map((chart) => ({ ...chart, repository: "https://charts.invalid" }));
    const paths = await shop.archives(elsewhere, { kind: "mirror", location: shop.host.registry });
    expect(Object.keys(paths)).to.have.members(names);
  });

  it("are asked for once: the second call needs no network and gives the same", async () => {
    const first = await shop.archives(charts());
    await shop.host.stop();
    expect(await shop.archives(charts())).to.deep.equal(first);
    for (const path of Object.values(first))
      expect(path).to.match(/^\/.*\/cache\/[\w-]+-1\.2\.3-[0-9a-f]{12}\.tgz$/);
    expect(cached().filter((file) => file.startsWith("."))).to.deep.equal([]);
  });

  it("of two sources do not get mixed up", async () => {
    const [chart] = charts();
    const paths = await shop.archives(chart ? [chart] : []);
    await shop.host.stop();
    const other = { kind: "mirror", location: "oci://127.0.0.1:1/other" } as const;
    expect((await shop.failure(charts().slice(0, 1), other)).message).to.contain(
      "127.0.0.1:1 cannot be reached",
    );
    expect(Object.keys(paths)).to.deep.equal(["alloy"]);
  });

  for (const [what, damage] of [
    [
      "was damaged",
      (file: string) => {
        writeFileSync(file, "damaged");
      },
    ],
    [
      "lost its digest",
      (file: string) => {
        rmSync(`${file}.sha256`);
      },
    ],
    [
      "was removed",
      (file: string) => {
        rmSync(file);
      },
    ],
  ] as const) {
    it(`that ${what} in the cache is fetched again, and no other`, async () => {
      const { vault = "" } = await shop.archives(charts());
      const before = readFileSync(vault);
      shop.host.asked.length = 0;
      damage(vault);
      await shop.archives(charts());
      expect(readFileSync(vault).equals(before)).to.be.true;
      expect(shop.host.asked.every(({ path }) => path.includes("/vault/"))).to.be.true;
      expect(shop.host.asked).to.have.length(2);
    });
  }

  it("are whole for everybody who asks at the same time", async () => {
    const all = await Promise.all([1, 2, 3].map(() => shop.archives(charts())));
    await shop.host.stop();
    for (const paths of all) expect(paths).to.deep.equal(all[0]);
    await shop.archives(charts());
    expect(cached()).to.have.length(2 * names.length);
  });

  it("that cannot be had come in one error: each one, where it was looked for, and what to do", async () => {
    shop.host.faults.set("manifests/1.2.3", "answers 404");
    const other = chartArchive("vault", "1.2.4");
    shop.host.push("vault", "2.0.0", other);
    const vault = { name: "vault", version: "2.0.0", repository: shop.host.registry };
    const wanted = [...charts().slice(0, 2), vault];
    const error = await shop.failure(wanted);
    if (!(error instanceof MissingChartsError)) throw error;
    expect(error.missing.map(({ name }) => name)).to.deep.equal(["alloy", "argo-rollouts", "vault"]);
    for (const words of [
      "3 charts cannot be had",
      `alloy 1.2.3\n    ${shop.host.registry}: ${shop.host.origin}/v2/charts/alloy/manifests/1.2.3 answered 404`,
      "argo-rollouts 1.2.3",
      "is the chart vault 1.2.4, and not vault 2.0.0",
      "paw:charts.mirror",
      "npx paw charts pull --to DIR",
      "paw:charts.source to crds",
    ]) {
      expect(error.message).to.contain(words);
    }
    expect(cached().filter((file) => !file.startsWith("alloy"))).to.deep.equal([]);
  });

  it("of a host that refuses connections are given up at once", async () => {
    await shop.host.stop();
    const begun = Date.now();
    const { message } = await shop.failure(charts());
    expect(Date.now() - begun).to.be.lessThan(1000);
    expect(message.match(/cannot be reached: connect ECONNREFUSED/g)).to.have.length(names.length);
  });

  describe("of a host that takes connections and says nothing", () => {
    let silent: Server;
    let connections = 0;
    beforeEach(async () => {
      silent = createServer(() => (connections += 1));
      await new Promise<void>((resolve) => silent.listen(0, "127.0.0.1", resolve));
    });
    afterEach(() => silent.close());

    it("cost its time-out once, not once for each chart", async () => {
      const repository = `oci://127.0.0.1:${(silent.address() as AddressInfo).port}/charts`;
      const begun = Date.now();
      const { message } = await shop.failure(charts().map((chart) => ({ ...chart, repository })));
      expect(Date.now() - begun).to.be.lessThan(6000);
      // The second one is Node's own, made ready when the first was given up.
      expect(connections).to.be.at.most(2);
      expect(message.match(/no answer within 4 s/g)).to.have.length(names.length);
    });
  });

  it("are fetched four at a time", async () => {
    let most = 0;
    let now = 0;
    class Counting extends Transfers {
      override async file(...args: Parameters<Transfers["file"]>): Promise<string> {
        now += 1;
        most = Math.max(most, now);
        return super.file(...args).finally(() => (now -= 1));
      }
    }
    const cacheFolder = join(shop.folder, "cache");
    await archivesOf(charts(), { kind: "upstream" }, { cacheFolder, transfers: new Counting() });
    expect(most).to.be.within(2, 4);
  });

  it("of the pins are found by their names in a mirror directory", async () => {
    const location = join(shop.folder, "empty");
    const error = await errorOf(
      chartArchives(["gateway-api", "vault"], { kind: "mirror", location }, shop.folder),
    );
    if (!(error instanceof MissingChartsError)) throw error;
    expect(error.missing.map(({ name }) => name)).to.deep.equal(["gateway-api", "vault"]);
    expect(error.message).to.contain("Fill the mirror");
  });
});
