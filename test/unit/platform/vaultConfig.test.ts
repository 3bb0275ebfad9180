import { readFileSync } from "node:fs";

import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";

import { accessName, consumers, policyText } from "../../../components/platform/vault/access.ts";
import { VaultConfig } from "../../../components/platform/vault/config.ts";
import { meshAuthority, meshPolicy } from "../../../components/platform/vault/meshAuthority.ts";
import { pulumiPlugins } from "../../../versions.ts";
import { rulesOf } from "../../support/vaultContract.ts";

interface Registered {
  readonly type: string;
  readonly inputs: Record<string, unknown>;
}

/** What the component registers, by Pulumi's mocks: no plugin of Vault's is asked. */
async function registered(): Promise<Registered[]> {
  const found: Registered[] = [];
  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs }) => {
        if (type.startsWith("vault:")) found.push({ type, inputs: inputs as Record<string, unknown> });
        return { id: `${name}-id`, state: inputs as object };
      },
      call: () => ({}),
    },
    "paw",
    "production",
  );
  await pulumi.runtime.runInPulumiStack(() => {
    new VaultConfig("vault-config", { protect: true });
    return Promise.resolve({});
  });
  return found;
}

describe("A4: what Vault is told", () => {
  let all: Registered[];
  const of = (type: string): Record<string, unknown>[] =>
    all.filter((each) => each.type.startsWith(`vault:${type}`)).map(({ inputs }) => inputs);

  before(async () => {
    all = await registered();
  });

  it("each consumer has one policy, which is that of the contract test, and one role that takes it and no other", () => {
    const policies = new Map(of("index/policy:").map((each) => [each.name, each.policy]));
    const roles = of("kubernetes/authBackendRole:");
    for (const consumer of consumers) {
      const name = accessName(consumer.id);
      expect(policies.get(name)).to.equal(policyText(consumer));
      expect(roles.filter(({ roleName }) => roleName === name)).to.deep.equal([
        {
          backend: "kubernetes",
          roleName: name,
          boundServiceAccountNames: [name],
          boundServiceAccountNamespaces: ["external-secrets"],
          audience: "vault",
          tokenPolicies: [name],
          tokenNoDefaultPolicy: true,
          tokenTtl: 600,
          tokenMaxTtl: 600,
        },
      ]);
    }
    // And the mesh's, and that of snapshots.
    expect(policies.size).to.equal(consumers.length + 2);
    expect(roles).to.have.length(consumers.length + 2);
  });

  it("cert-manager may have the mesh's issuer signed, by that name alone, and nothing else", () => {
    const policy = meshPolicy(meshAuthority.mount);
    expect(of("index/policy:").find(({ name }) => name === "paw-vault-mesh")?.policy).to.equal(policy);
    expect(policy.match(/path "[^"]+"/g)).to.deep.equal(['path "pki-mesh/root/sign-intermediate"']);
    expect(policy).to.contain('"common_name" = ["identity.linkerd.cluster.local"]');
    expect(policy).to.match(/denied_parameters = \{\s+"use_csr_values" = \[\]/);
    for (const consumer of consumers) {
      const rules = rulesOf(policyText(consumer));
      expect(rules.some(({ matches }) => matches("pki-mesh/root/sign-intermediate"))).to.equal(false);
    }
    const role = of("kubernetes/authBackendRole:").find(({ roleName }) => roleName === "paw-vault-mesh");
    expect(role).to.include({ audience: "vault://linkerd-vault" });
    expect(role?.boundServiceAccountNamespaces).to.deep.equal(["cert-manager"]);
  });

  it("A21: the pods that take snapshots may read one, and nothing else", () => {
    const name = "paw-vault-snapshot";
    const policy = of("index/policy:").find((each) => each.name === name)?.policy as string;
    expect(policy.replace(/\s+/g, " ").trim()).to.equal(
      'path "sys/storage/raft/snapshot" { capabilities = ["read"] }',
    );
    const [role] = of("kubernetes/authBackendRole:").filter(({ roleName }) => roleName === name);
    expect(role).to.deep.include({
      boundServiceAccountNames: ["vault-snapshot"],
      boundServiceAccountNamespaces: ["vault"],
      audience: "vault",
      tokenPolicies: [name],
      tokenNoDefaultPolicy: true,
      tokenTtl: 600,
      tokenMaxTtl: 600,
    });
  });

  it("keys stay in Vault: the anchor's and the backups' can be neither read nor deleted", () => {
    expect(of("pkiSecret/secretBackendRootCert:")).to.have.length(1);
    expect(of("pkiSecret/secretBackendRootCert:")[0]).to.include({
      type: "internal",
      keyType: "ec",
      maxPathLength: 1,
      commonName: "root.linkerd.cluster.local",
    });
    expect(of("transit/secretBackendKey:")[0]).to.include({ exportable: false, deletionAllowed: false });
  });

  it("version 2 of the store lies at secret, and every request is written down twice", () => {
    const mounts = of("index/mount:").map(({ path, type, options }) => ({ path, type, options }));
    expect(mounts).to.deep.include({ path: "secret", type: "kv", options: { version: "2" } });
    expect(mounts.map(({ path }) => path)).to.have.members(["secret", "transit", "pki-mesh"]);
    const files = of("index/audit:").map(
      ({ options }) => (options as { filePath?: string; file_path: string }).file_path,
    );
    // The first is on the volume that the chart mounts there.
    expect(files).to.deep.equal(["/vault/audit/audit.log", "stdout"]);
  });

  it("no secret and no token is among its inputs, and no provider of its own could hold one", () => {
    const keys = new Set(all.flatMap(({ inputs }) => Object.keys(inputs)));
    for (const key of keys) expect(key).not.to.match(/^(token|password|secretId|dataJson|tokenReviewerJwt)$/);
    expect(all.filter(({ type }) => type.includes("Secret:") && type.startsWith("vault:kv"))).to.deep.equal(
      [],
    );
    expect(all.filter(({ type }) => type.includes("providers"))).to.deep.equal([]);
  });

  it("the plugins that are named to the user are those of the packages", () => {
    const { dependencies } = JSON.parse(
      readFileSync(new URL("../../../package.json", import.meta.url), "utf8"),
    ) as {
      dependencies: Record<string, string>;
    };
    for (const [name, version] of Object.entries(pulumiPlugins)) {
      expect(dependencies[`@pulumi/${name}`], name).to.equal(version);
    }
  });
});
