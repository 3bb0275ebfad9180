import { expect } from "chai";

import {
  type SecretPath,
  accessName,
  consumers,
  policyText,
  readerOf,
} from "../../../components/platform/vault/access.ts";
import { render } from "../../support/rendered.ts";
import { rulesOf } from "../../support/vaultContract.ts";

describe("A4: who may read what in Vault", () => {
  it("each consumer reads its own paths and none of another's", () => {
    for (const reader of consumers) {
      const rules = rulesOf(policyText(reader));
      for (const owner of consumers) {
        for (const path of owner.paths) {
          const allowed = rules.some((rule) => rule.matches(`secret/data/${path}`));
          expect(allowed, `${reader.id} reads ${path}`).to.equal(reader.id === owner.id);
        }
      }
    }
  });

  it("a policy allows reading alone: no list, no write, no metadata, nothing of the system", () => {
    for (const consumer of consumers) {
      const rules = rulesOf(policyText(consumer));
      expect(rules).to.have.length(consumer.paths.length);
      for (const { verbs, matches } of rules) {
        expect(verbs).to.deep.equal(["read"]);
        for (const path of ["secret/metadata/paw", "sys/policies/acl", "secret/data/paw/other"]) {
          expect(matches(path), path).to.equal(false);
        }
      }
    }
  });

  it("the five paths of the specification each have one reader", () => {
    const paths: SecretPath[] = [
      "paw/validators/priv_validator_key",
      "paw/validators/node_key",
      "paw/api/jwt_secret",
      "paw/genesis/genesis_json",
      "paw/tls/certificates",
    ];
    expect(paths.map(readerOf)).to.deep.equal(["validators", "validators", "api", "genesis", "tls"]);
    const all = consumers.flatMap((consumer) => [...consumer.paths]);
    expect(new Set(all).size).to.equal(all.length);
  });

  it("in production every ExternalSecret finds a store that its namespace may use", async () => {
    const objects = await render({ stack: "production" });
    const stores = objects.filter(({ kind }) => kind === "ClusterSecretStore");
    expect(stores.map(({ metadata }) => metadata.name)).to.have.members(
      consumers.map(({ id }) => accessName(id)),
    );
    const wanting = objects.filter(
      ({ kind, spec }) => kind === "ExternalSecret" && spec.secretStoreRef !== undefined,
    );
    expect(wanting.length).to.be.at.least(6);
    for (const { metadata, spec } of wanting) {
      const store = stores.find((each) => each.metadata.name === spec.secretStoreRef.name);
      expect(store?.spec.conditions[0].namespaces, metadata.name).to.include(metadata.namespace);
      expect(store?.spec.provider.vault.server).to.match(/^https:/);
      expect(store?.spec.provider.vault.caProvider).to.be.an("object");
    }
  });
});
