/** Where rules about Vault and what is fetched from it say yes, and where no. */
import { type Boundaries, externalSecret, store, vaultConfig, vaultServer } from "./objectFixtures.ts";

const hcl = 'listener "tcp" {\n  tls_cert_file = "/x"\n}\nseal "gcpckms" {}';
const hclPath = 'data["vault.hcl"]';

export const boundariesSecrets: Boundaries = {
  "vault-hardened": [
    [
      "a server of another image with -dev",
      vaultServer({
        "spec.template.spec.containers[0].image": "x/vaultwarden:1",
        "spec.template.spec.containers[0].args": ["-dev"],
      }),
    ],
    [
      "two dashes",
      vaultServer({ "spec.template.spec.containers[0].args": ["server", "--dev"] }),
      "spec.template.spec.containers[0].args[1]",
    ],
    [
      "a word with -dev in it",
      vaultServer({ "spec.template.spec.containers[0].args": ["server -config=/x-dev"] }),
    ],
    [
      "a command",
      vaultServer({
        "spec.template.spec.containers[0].command": ["vault", "server", "-dev-root-token-id=x"],
      }),
      "spec.template.spec.containers[0].command[2]",
    ],
    [
      "another variable",
      vaultServer({ "spec.template.spec.containers[0].env": [{ name: "VAULT_ADDR", value: "https://v" }] }),
    ],
    ["a configuration of somebody else", { ...vaultConfig("x"), metadata: { name: "c", namespace: "n" } }],
    ["a file that is no configuration", { ...vaultConfig("x"), data: { "init.sh": "x" } }],
    ["TLS that is switched off in a comment", vaultConfig(`# tls_disable = 1\n${hcl}`)],
    [
      "a seal in a comment",
      vaultConfig('listener "tcp" {\n  tls_cert_file = "/x"\n}\n// seal "gcpckms" {}'),
      hclPath,
    ],
    ["a seal that needs people", vaultConfig(hcl.replace("gcpckms", "shamir")), hclPath],
    ["a listener without a certificate", vaultConfig('seal "awskms" {}'), hclPath],
    ["TLS that is switched off", vaultConfig(`${hcl}\ntls_disable = "true"`), hclPath],
  ],
  "store-spec": [
    [
      "a token in a Secret",
      store({ "spec.provider.vault.auth": { kubernetes: { role: "r", secretRef: { name: "t" } } } }),
      "spec.provider.vault.auth.kubernetes.secretRef",
    ],
    ["another provider", store({ "spec.provider": { aws: {} } }), "spec.provider.aws"],
    [
      "a login by a token",
      store({ "spec.provider.vault.auth": { tokenSecretRef: { name: "t" } } }),
      "spec.provider.vault.auth.tokenSecretRef",
    ],
    [
      "a login by jwt in a namespace",
      store({ "spec.provider.vault.auth": { namespace: "n", jwt: { role: "r" } } }),
    ],
    ["no login", store({ "spec.provider.vault.auth": {} }), "spec.provider.vault.auth"],
    [
      "an authority as a text",
      store({ "spec.provider.vault.caProvider": undefined, "spec.provider.vault.caBundle": "LS0t" }),
    ],
    [
      "no authority",
      store({ "spec.provider.vault.caProvider": undefined }),
      "spec.provider.vault.caProvider",
    ],
    ["plain HTTP", store({ "spec.provider.vault.server": "http://vault" }), "spec.provider.vault.server"],
    ["no provider", store({ "spec.provider": {} }), "spec.provider.vault"],
  ],
  "eso-spec": [
    [
      "an empty name of the store",
      externalSecret({ "spec.secretStoreRef.name": "" }),
      "spec.secretStoreRef.name",
    ],
    ["never again", externalSecret({ "spec.refreshInterval": "0s" }), "spec.refreshInterval"],
    [
      "once, though it is fetched",
      externalSecret({ "spec.refreshPolicy": "CreatedOnce" }),
      "spec.refreshPolicy",
    ],
    [
      "once, of what is half drawn and half fetched",
      externalSecret({
        "spec.refreshPolicy": "CreatedOnce",
        "spec.dataFrom": [
          { sourceRef: { generatorRef: { kind: "Password", name: "p" } } },
          { extract: { key: "web" } },
        ],
      }),
      "spec.refreshPolicy",
    ],
    [
      "one of two entries without a store",
      externalSecret({
        "spec.secretStoreRef": undefined,
        "spec.dataFrom": [{ sourceRef: { storeRef: { name: "s" } } }, { extract: { key: "web" } }],
      }),
      "spec.secretStoreRef.name",
    ],
    [
      "no entries and no store",
      externalSecret({ "spec.secretStoreRef": undefined, "spec.dataFrom": undefined }),
      "spec.secretStoreRef.name",
    ],
    [
      "an orphan that is none of the chain's",
      externalSecret({ "spec.target.creationPolicy": "Orphan" }),
      "spec.target.creationPolicy",
    ],
    [
      "a bad store beside good entries",
      externalSecret({
        "spec.secretStoreRef.kind": "Vault",
        "spec.dataFrom": [{ sourceRef: { storeRef: { name: "s" } } }],
      }),
      "spec.secretStoreRef.kind",
    ],
    [
      "of all namespaces",
      {
        apiVersion: "external-secrets.io/v1",
        kind: "ClusterExternalSecret",
        metadata: { name: "c" },
        spec: { externalSecretSpec: { secretStoreRef: { name: "s" }, refreshInterval: "soon" } },
      },
      "spec.externalSecretSpec.refreshInterval",
    ],
  ],
};
