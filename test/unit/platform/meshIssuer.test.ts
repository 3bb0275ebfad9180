import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { parseConfig } from "../../../config.ts";
import { type KubernetesObject, render, stackConfig } from "../../support/rendered.ts";

describe("A6: who signs the mesh's issuer", () => {
  let folder: string;
  const file = (name: string): string => join(folder, name);

  before(() => {
    folder = mkdtempSync(join(tmpdir(), "paw-anchors-"));
    const curve = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-x509", "-days", "1"];
    const make = (name: string, extension: string): void => {
      const out = [
        "-subj",
        `/CN=${name}`,
        "-addext",
        extension,
        "-keyout",
        file(`${name}.key`),
        "-out",
        file(`${name}.pem`),
      ];
      execFileSync("openssl", ["req", ...curve, ...out], { stdio: "ignore" });
    };
    make("anchor", "basicConstraints=critical,CA:TRUE");
    make("leaf", "basicConstraints=critical,CA:FALSE");
    writeFileSync(file("empty.pem"), "");
    writeFileSync(
      file("both.pem"),
      readFileSync(file("anchor.pem"), "utf8") + readFileSync(file("anchor.key"), "utf8"),
    );
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  const production = (mesh: object): Record<string, string> => ({
    ...stackConfig("production"),
    "paw:mesh": JSON.stringify(mesh),
  });
  const named = (objects: KubernetesObject[], kind: string, name: string): KubernetesObject | undefined =>
    objects.find((each) => each.kind === kind && each.metadata.name === name);

  it("cert-manager: an anchor in the cluster signs it, and is what proxies trust", async () => {
    const objects = await render({ stack: "production" });
    const issuer = named(objects, "Certificate", "linkerd-identity-issuer");
    expect(issuer?.spec.issuerRef).to.deep.equal({ name: "linkerd-trust-anchor", kind: "ClusterIssuer" });
    expect(named(objects, "Bundle", "linkerd-identity-trust-roots")?.spec.sources).to.deep.equal([
      { secret: { name: "linkerd-trust-anchor", key: "tls.crt" } },
    ]);
    expect(named(objects, "ClusterIssuer", "linkerd-vault")).to.equal(undefined);
  });

  it("while one moves, proxies trust both anchors", async () => {
    const config = production({ issuer: "cert-manager", anchors: file("anchor.pem") });
    const sources = named(
      await render({ stack: "production", config }),
      "Bundle",
      "linkerd-identity-trust-roots",
    )?.spec.sources;
    expect(sources).to.have.length(2);
    expect(sources[1].inLine).to.equal(readFileSync(file("anchor.pem"), "utf8"));
  });

  it("vault: no key of an anchor is in the cluster, and cert-manager may ask for the tokens of one account", async () => {
    const config = production({ issuer: "vault", anchors: file("anchor.pem") });
    const objects = await render({ stack: "production", config });
    expect(named(objects, "Certificate", "linkerd-trust-anchor")).to.equal(undefined);
    expect(named(objects, "Bundle", "linkerd-identity-trust-roots")?.spec.sources).to.have.length(1);
    const issuer = named(objects, "ClusterIssuer", "linkerd-vault")?.spec.vault;
    expect(issuer.path).to.equal("pki-mesh/root/sign-intermediate");
    expect(issuer.server).to.equal("https://vault.vault.svc:8200");
    const account = issuer.auth.kubernetes.serviceAccountRef.name as string;
    expect(named(objects, "ServiceAccount", account)?.metadata.namespace).to.equal("cert-manager");
    expect(named(objects, "Role", account)?.rules).to.deep.equal([
      { apiGroups: [""], resources: ["serviceaccounts/token"], resourceNames: [account], verbs: ["create"] },
    ]);
    expect(named(objects, "Certificate", "linkerd-identity-issuer")?.spec.issuerRef.name).to.equal(
      "linkerd-vault",
    );
  });

  for (const [what, mesh, wanted] of [
    ["vault without its anchor", () => ({ issuer: "vault" }), "paw:mesh.anchors: is required"],
    [
      "no such file",
      () => ({ issuer: "cert-manager", anchors: file("none.pem") }),
      "must be a file with certificates",
    ],
    ["an empty file", () => ({ issuer: "cert-manager", anchors: file("empty.pem") }), "at least one"],
    [
      "a certificate that may sign nothing",
      () => ({ issuer: "cert-manager", anchors: file("leaf.pem") }),
      "of authorities",
    ],
    ["a private key", () => ({ issuer: "cert-manager", anchors: file("both.pem") }), "holds a private key"],
    ["an unknown issuer", () => ({ issuer: "step" }), "paw:mesh.issuer"],
  ] as const) {
    it(`refused: ${what}`, () => {
      const parse = (): unknown => parseConfig("production", production(mesh()));
      expect(parse).to.throw(wanted);
      expect(parse).not.to.throw("BEGIN");
    });
  }

  it("refused: vault as issuer with a throw-away Vault", () => {
    const config = production({ issuer: "vault", anchors: file("anchor.pem") });
    const platform = JSON.parse(config["paw:platform"] ?? "{}") as Record<string, unknown>;
    delete platform.vaultSeal;
    expect(() => parseConfig("production", { ...config, "paw:platform": JSON.stringify(platform) })).to.throw(
      "would lose the anchor",
    );
  });
});
