import { readFileSync } from "node:fs";

import { expect } from "chai";

import type { Chart } from "../../../components/platform/charts/chart.ts";
import { bench } from "./bench.ts";
import { ChartHost, chartArchive, digestOf, login, token, user } from "./chartHosts.ts";

describe("charts from an OCI registry", () => {
  const shop = bench();
  const archive = chartArchive("loki", "18.11.0");
  const blob = `blobs/sha256:${digestOf(archive)}`;
  const loki = (): Chart => ({ name: "loki", version: "18.11.0", repository: shop.host.registry });
  const logIn = (): void => {
    shop.dockerConfig({ auths: { [shop.host.origin.replace("http://", "")]: { auth: login } } });
  };
  const taken = async (): Promise<boolean> => {
    const paths = await shop.archives([loki()]);
    return readFileSync(paths.loki ?? "").equals(archive);
  };
  beforeEach(() => {
    shop.host.push("loki", "18.11.0", archive);
  });

  it("are taken anonymously where nothing is asked for, though there is a login", async () => {
    logIn();
    expect(await taken()).to.be.true;
    expect(shop.host.asked.map(({ authorization }) => authorization)).to.deep.equal([undefined, undefined]);
  });

  it("are taken with a token that anybody gets", async () => {
    shop.host.protection = "token";
    expect(await taken()).to.be.true;
    const asked = shop.host.asked.find(({ path }) => path.startsWith("/token"));
    expect(asked?.path).to.equal("/token?service=charts&scope=repository%3Acharts%3Apull");
    expect(asked?.authorization).to.equal(undefined);
  });

  it("are taken with a token for the login of Docker", async () => {
    shop.host.protection = "token for login";
    logIn();
    expect(await taken()).to.be.true;
  });

  for (const key of ["", "https://"]) {
    it(`are taken with user and password under ${key}host`, async () => {
      shop.host.protection = "login";
      const host = `${key}${shop.host.origin.replace("http://", "")}`;
      shop.dockerConfig({ auths: { [host]: { username: user.name, password: user.password } } });
      expect(await taken()).to.be.true;
    });
  }

  it("of a version with build metadata have a tag with an underscore", async () => {
    shop.host.push("loki", "1.0.0_b7", chartArchive("loki", "1.0.0+b7"));
    const paths = await shop.archives([{ ...loki(), version: "1.0.0+b7" }]);
    expect(Object.keys(paths)).to.deep.equal(["loki"]);
  });

  it("are taken from where the registry sends on to, which does not get the token", async () => {
    const other = await ChartHost.start();
    try {
      other.push("loki", "18.11.0", archive);
      shop.host.protection = "token";
      shop.host.blobsAt = other.origin;
      expect(await taken()).to.be.true;
      expect(other.asked.map(({ authorization }) => authorization)).to.deep.equal([undefined]);
    } finally {
      await other.stop();
    }
  });

  it("with another digest than the manifest says are refused", async () => {
    shop.host.serve(`/v2/charts/loki/${blob}`, chartArchive("loki", "18.11.0", "another"));
    expect((await shop.failure([loki()])).message).to.contain("has the SHA-256");
  });

  for (const [what, manifest] of [
    ["is a page", "<html>sign in</html>"],
    ["holds no chart", JSON.stringify({ layers: [{ mediaType: "text/plain", digest: "sha256:x" }] })],
  ] as const) {
    it(`whose manifest ${what} are refused`, async () => {
      shop.host.serve("/v2/charts/loki/manifests/18.11.0", manifest);
      expect((await shop.failure([loki()])).message).to.match(/is no manifest|names no chart's archive/);
    });
  }

  for (const [fault, words] of [
    ["answers 404", "answered 404"],
    ["stalls", "sent nothing for 1 s"],
    ["truncates", blob],
  ] as const) {
    it(`whose archive ${fault} are named with the address`, async () => {
      shop.host.faults.set(blob, fault);
      expect((await shop.failure([loki()])).message).to.contain(words);
    });
  }

  describe("that wants a login", () => {
    const secrets = [user.password, login, token];

    it("says that there is none, and where it was looked for", async () => {
      shop.host.protection = "login";
      const { message } = await shop.failure([loki()]);
      expect(message)
        .to.contain("answered 401")
        .and.to.contain(`${shop.folder}/docker/config.json has no user`);
    });

    for (const protection of ["login", "token for login"] as const) {
      it(`does not see a wrong one (${protection}) in the error`, async () => {
        shop.host.protection = protection;
        const wrong = Buffer.from(`${user.name}:${user.password}x`).toString("base64");
        shop.dockerConfig({ auths: { [shop.host.origin.replace("http://", "")]: { auth: wrong } } });
        const { message } = await shop.failure([loki()]);
        expect(message).to.contain("answered 401");
        for (const secret of [...secrets, wrong]) expect(message).not.to.contain(secret);
      });
    }

    it("does not see one that works in the error of what comes after", async () => {
      shop.host.protection = "token for login";
      logIn();
      shop.host.faults.set(blob, "answers 404");
      const { message } = await shop.failure([loki()]);
      expect(message).to.contain("answered 404");
      for (const secret of secrets) expect(message).not.to.contain(secret);
    });

    it("does not see a configuration of Docker that is no JSON in the error", async () => {
      shop.host.protection = "login";
      shop.dockerConfig(`{"auths": ${login}`);
      const { message } = await shop.failure([loki()]);
      expect(message).to.contain("is no configuration of Docker");
      for (const secret of secrets) expect(message).not.to.contain(secret);
    });
  });
});
