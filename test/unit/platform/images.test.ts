import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { type Signer, imagePolicies } from "../../../components/platform/admission/imagePolicies.ts";
import { policyControllerValues } from "../../../components/platform/admission/values.ts";
import { imageVerification } from "../../../config/admission.ts";
import { ConfigError, type PawConfig, parseConfig } from "../../../config.ts";
import { type KubernetesObject, render, stackConfig } from "../../support/rendered.ts";

const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
const signer: Signer = { key: "PEM" };
const identity: Signer = { issuer: "https://issuer.example", subject: "https://ci.example/release" };
const facts = {
  mode: "deny" as const,
  signed: {
    "paw-chain": { image: `registry.example.com:5000/paw/pawd:v1@${digest}`, signer },
    "paw-bizra": { image: "ghcr.io/bizra/node:v2", signer: identity },
  },
  pinned: [`docker.io/library/busybox:1.37@${digest}`, `quay.io/x/y@${digest}`],
};

describe("B8: what images are held against", () => {
  const policies = imagePolicies(facts);
  const globs = (name: string): string[] => policies[name]?.images.map(({ glob }) => glob) ?? [];

  it("every tag and digest of a system's own repository, and of no other", () => {
    const matches = (image: string): boolean =>
      globs("paw-bizra").some((glob) => new RegExp(`^${glob.replace("*", "[^/]*")}$`).test(image));
    expect(matches("ghcr.io/bizra/node:v3")).to.equal(true);
    expect(matches(`ghcr.io/bizra/node@${digest}`)).to.equal(true);
    for (const other of [
      "ghcr.io/bizra/node-of-others:v2",
      "ghcr.io/bizra/node/x:v2",
      "ghcr.io/other/node:v2",
    ]) {
      expect(matches(other), other).to.equal(false);
    }
    expect(globs("paw-chain")[0]).to.equal("registry.example.com:5000/paw/pawd@*");
  });

  it("other images by the one digest that is configured, under the name that the controller gives Docker's", () => {
    expect(globs("paw-others").slice(0, 2)).to.deep.equal([
      `index.docker.io/library/busybox@${digest}`,
      `quay.io/x/y@${digest}`,
    ]);
  });

  it("a key, or an identity whose signature is in the public log, in the format that the controller finds", () => {
    expect(policies["paw-chain"]?.authorities).to.deep.equal([
      { name: "key", key: { data: "PEM", hashAlgorithm: "sha256" }, signatureFormat: "legacy" },
    ]);
    const [authority] = policies["paw-bizra"]?.authorities ?? [];
    expect(authority).to.have.nested.property("keyless.identities[0].subject", identity.subject);
    expect(authority).to.have.nested.property("ctlog.url", "https://rekor.sigstore.dev");
  });

  it("denies or warns, also what nobody spoke of; fetches Sigstore's roots for identities alone", () => {
    const modes = (mode: "warn" | "deny"): unknown[] =>
      Object.values(imagePolicies({ ...facts, mode })).map((each) => each.mode);
    expect(new Set(modes("deny"))).to.deep.equal(new Set(["enforce"]));
    expect(new Set(modes("warn"))).to.deep.equal(new Set(["warn"]));
    const values = (changed: object): unknown =>
      policyControllerValues({ highlyAvailable: true } as never, { ...facts, ...changed });
    expect(values({})).to.have.nested.property("webhook.configData.no-match-policy", "deny");
    expect(values({})).to.have.nested.property("webhook.extraArgs.disable-tuf", "false");
    const keysAlone = { signed: { "paw-chain": facts.signed["paw-chain"] } };
    expect(values(keysAlone)).to.have.nested.property("webhook.extraArgs.disable-tuf", "true");
  });
});

describe("B8: signers in a stack file", () => {
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), "paw-keys-"));
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    writeFileSync(join(folder, "good.pub"), publicKey.export({ type: "spki", format: "pem" }));
    writeFileSync(join(folder, "private.pem"), privateKey.export({ type: "pkcs8", format: "pem" }));
    writeFileSync(join(folder, "text.pub"), "no key");
  });
  after(() => {
    rmSync(folder, { recursive: true });
  });

  function parse(chain: object): PawConfig {
    const admission = {
      policies: "deny",
      images: { mode: "deny", chain, bizra: { key: join(folder, "good.pub") } },
    };
    return parseConfig("production", {
      ...stackConfig("production"),
      "paw:admission": JSON.stringify(admission),
    });
  }
  function fault(chain: object): string {
    try {
      parse(chain);
    } catch (error) {
      if (error instanceof ConfigError) return error.message;
    }
    return "accepted";
  }

  it("a key is read from its file; an identity is taken as it is", () => {
    const found = imageVerification(parse(identity))?.signed;
    expect(found?.["paw-bizra"]?.signer).to.have.property("key").that.contains("BEGIN PUBLIC KEY");
    expect(found?.["paw-chain"]?.signer).to.deep.equal(identity);
    const pattern = { issuer: identity.issuer, subjectRegExp: "^https://ci\\.example/.*$" };
    expect(imageVerification(parse(pattern))?.signed["paw-chain"]?.signer).to.deep.equal(pattern);
  });

  for (const [what, chain, says] of [
    ["nobody", {}, "either key, or issuer"],
    ["two at once", { key: "x", ...identity }, "either key, or issuer"],
    ["an issuer for anybody", { issuer: "https://issuer.example" }, "either key, or issuer"],
    ["an issuer without https", { ...identity, issuer: "http://issuer.example" }, "https://"],
    ["a file that is not there", { key: "nowhere.pub" }, "chain.key"],
    ["a part of a name", { issuer: identity.issuer, subjectRegExp: "ci.example" }, "from ^ to $"],
    ["no regular expression", { issuer: identity.issuer, subjectRegExp: "^($" }, "from ^ to $"],
  ] as const) {
    it(`${what} is a fault with its key`, () => {
      expect(fault(chain)).to.contain("paw:admission.images.chain").and.to.contain(says);
    });
  }

  it("a private key, and text that is no key, are faults, and nothing of them is shown", () => {
    for (const file of ["private.pem", "text.pub"]) {
      const text = fault({ key: join(folder, file) });
      expect(text).to.contain("one public key (PEM)");
      expect(text).not.to.contain("BEGIN").and.not.to.contain("no key\n");
    }
  });
});

describe("B8: where images are verified", () => {
  const include = ({ metadata }: KubernetesObject): unknown =>
    metadata.labels?.["policy.sigstore.dev/include"];

  for (const stack of ["staging", "production"]) {
    it(`${stack}: both systems' namespaces ask for it, and no other does`, async () => {
      const objects = await render({ stack });
      const asking = objects.filter((each) => include(each) === "true").map(({ metadata }) => metadata.name);
      expect(asking).to.have.members(["paw", stack === "staging" ? "testnet" : "bizra"]);
    });
  }

  it("without the charts nobody would answer, so nobody asks", async () => {
    const overrides = JSON.stringify({ production: { charts: { source: "crds" } } });
    const objects = await render({ stack: "production", overrides, embedded: true });
    expect(objects.filter((each) => include(each) !== undefined)).to.deep.equal([]);
    expect(objects.filter(({ apiVersion }) => apiVersion.startsWith("policy.sigstore.dev"))).to.deep.equal(
      [],
    );
  });
});
