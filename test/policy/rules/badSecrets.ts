/** Objects that break the rules about secrets: releases, stores, Vault, signing keys. */
import { UNKNOWN } from "../../../policy/src/k8s/field.ts";
import {
  type BadObject,
  externalSecret,
  goodPod,
  keyed,
  release,
  store,
  vaultConfig,
  vaultServer,
} from "./objectFixtures.ts";

const server = "spec.provider.vault";
const token = `hvs.${"a".repeat(24)}`;

export const badSecrets: readonly BadObject[] = [
  [
    "chart-values-literal",
    "a password",
    release({ "values.db.adminPassword": "hunter22" }),
    "values.db.adminPassword",
  ],
  ["chart-values-literal", "a token in a list", release({ "values.extra[1]": token }), "values.extra[1]"],
  [
    "chart-values-literal",
    "a variable with a secret's name",
    release({ "values.env": [{ name: "API_TOKEN", value: "hunter22" }] }),
    "values.env[0].value",
  ],
  ["chart-values-literal", "unknown", release({ "values.db": UNKNOWN }), "values.db"],
  [
    "chart-values-literal",
    "a file of values",
    release({ valueYamlFiles: [{ path: "v.yaml" }] }),
    "valueYamlFiles[0]",
  ],
  [
    "secret-env-ref",
    "one key",
    goodPod({
      "spec.initContainers[0].env": [{ name: "X", valueFrom: { secretKeyRef: { name: "s", key: "k" } } }],
    }),
    "spec.initContainers[0].env[0].valueFrom.secretKeyRef",
  ],
  [
    "secret-env-ref",
    "a whole Secret",
    goodPod({
      "spec.containers[1].envFrom": [{ configMapRef: { name: "c" } }, { secretRef: { name: "s" } }],
    }),
    "spec.containers[1].envFrom[1].secretRef",
  ],
  ["secret-env-ref", "unknown", goodPod({ "spec.containers[0].env": UNKNOWN }), "spec.containers[0].env"],
  ["eso-spec", "never again", externalSecret({ "spec.refreshInterval": "0" }), "spec.refreshInterval"],
  [
    "eso-spec",
    "only when it is changed itself",
    externalSecret({ "spec.refreshPolicy": "OnChange" }),
    "spec.refreshPolicy",
  ],
  ["eso-spec", "fetched once", externalSecret({ "spec.refreshPolicy": "CreatedOnce" }), "spec.refreshPolicy"],
  [
    "eso-spec",
    "written into somebody else's",
    externalSecret({ "spec.target.creationPolicy": "Merge" }),
    "spec.target.creationPolicy",
  ],
  [
    "eso-spec",
    "left behind",
    externalSecret({ "spec.target.creationPolicy": "Orphan" }),
    "spec.target.creationPolicy",
  ],
  ["eso-spec", "no store", externalSecret({ "spec.secretStoreRef": undefined }), "spec.secretStoreRef.name"],
  [
    "eso-spec",
    "a store of another kind",
    externalSecret({ "spec.secretStoreRef.kind": "Secret" }),
    "spec.secretStoreRef.kind",
  ],
  [
    "eso-spec",
    "a value in the template",
    externalSecret({ "spec.target.template.data": { password: "hunter22" } }),
    "spec.target.template.data.password",
  ],
  ["eso-spec", "unknown", externalSecret({ "spec.target": UNKNOWN }), "spec.target"],
  ["store-spec", "another provider", store({ "spec.provider": { fake: {} } }), "spec.provider.fake"],
  ["store-spec", "no provider", store({ "spec.provider": undefined }), "spec.provider.vault"],
  ["store-spec", "no TLS", store({ [`${server}.server`]: "http://vault:8200" }), `${server}.server`],
  ["store-spec", "whoever signed", store({ [`${server}.caProvider`]: undefined }), `${server}.caProvider`],
  [
    "store-spec",
    "a token",
    store({ [`${server}.auth`]: { tokenSecretRef: { name: "t" } } }),
    `${server}.auth.tokenSecretRef`,
  ],
  ["store-spec", "no login", store({ [`${server}.auth`]: {} }), `${server}.auth`],
  [
    "store-spec",
    "a token that is kept",
    store({ [`${server}.auth.kubernetes`]: { secretRef: { name: "t" } } }),
    `${server}.auth.kubernetes.secretRef`,
  ],
  ["store-spec", "unknown", store({ [`${server}.server`]: UNKNOWN }), `${server}.server`],
  ["store-spec", "an unknown provider", store({ "spec.provider": UNKNOWN }), "spec.provider"],
  [
    "vault-hardened",
    "dev mode",
    vaultServer({ "spec.template.spec.containers[0].args": ["/entrypoint.sh vault server -dev"] }),
    "spec.template.spec.containers[0].args[0]",
  ],
  [
    "vault-hardened",
    "dev mode of an init container",
    vaultServer({
      "spec.template.spec.initContainers[0].image": "hashicorp/vault:1.20.0",
      "spec.template.spec.initContainers[0].command": ["vault", "server", "-dev-listen-address=0.0.0.0:8200"],
    }),
    "spec.template.spec.initContainers[0].command[2]",
  ],
  [
    "vault-hardened",
    "dev mode by a variable",
    vaultServer({
      "spec.template.spec.containers[0].env": [{ name: "VAULT_DEV_ROOT_TOKEN_ID", value: "root" }],
    }),
    "spec.template.spec.containers[0].env[0].name",
  ],
  [
    "vault-hardened",
    "no TLS",
    vaultConfig('listener "tcp" { tls_disable = 1\n tls_cert_file = "x" }\nseal "awskms" {}'),
    'data["vault.hcl"]',
  ],
  [
    "vault-hardened",
    "no seal",
    vaultConfig('listener "tcp" { tls_cert_file = "x" }\n# seal "awskms" {}'),
    'data["vault.hcl"]',
  ],
  [
    "vault-hardened",
    "a seal that needs people",
    vaultConfig('{"tls_cert_file": "x", "seal": {"shamir": {}}}'),
    'data["vault.hcl"]',
  ],
  ["vault-hardened", "unknown", vaultConfig(UNKNOWN), 'data["vault.hcl"]'],
  [
    "vault-hardened",
    "unknown arguments",
    vaultServer({ "spec.template.spec.containers[0].args": UNKNOWN }),
    "spec.template.spec.containers[0].args",
  ],
  [
    "validator-own-key",
    "everybody's keys",
    keyed({ "spec.template.spec.containers[0].volumeMounts[0].subPathExpr": undefined }),
    "spec.template.spec.containers[0].volumeMounts[0].subPathExpr",
  ],
  [
    "validator-own-key",
    "one key for all, in an init container",
    keyed({
      "spec.template.spec.initContainers[0].volumeMounts": [
        { name: "keys", mountPath: "/k", subPathExpr: "paw-validator-0.json", readOnly: true },
      ],
    }),
    "spec.template.spec.initContainers[0].volumeMounts[0].subPathExpr",
  ],
  [
    "validator-own-key",
    "a name that is not the pod's",
    keyed({ "spec.template.spec.containers[0].env[0].valueFrom.fieldRef.fieldPath": "spec.nodeName" }),
    "spec.template.spec.containers[0].volumeMounts[0].subPathExpr",
  ],
  [
    "validator-own-key",
    "a key that can be written",
    keyed({ "spec.template.spec.containers[0].volumeMounts[0].readOnly": false }),
    "spec.template.spec.containers[0].volumeMounts[0].readOnly",
  ],
  ["validator-own-key", "pods without names of their own", { ...keyed(), kind: "Deployment" }, "kind"],
  [
    "validator-own-key",
    "no time to write",
    keyed({ "spec.template.spec.terminationGracePeriodSeconds": 30 }),
    "spec.template.spec.terminationGracePeriodSeconds",
  ],
  [
    "validator-own-key",
    "among others in a projected volume",
    keyed({
      "spec.template.spec.volumes[0]": {
        name: "keys",
        projected: { sources: [{ configMap: { name: "c" } }, { secret: { name: "paw-validator-keys" } }] },
      },
      "spec.template.spec.containers[0].volumeMounts[0].subPathExpr": undefined,
    }),
    "spec.template.spec.containers[0].volumeMounts[0].subPathExpr",
  ],
  [
    "validator-own-key",
    "a variable",
    goodPod({ "spec.containers[0].envFrom": [{ secretRef: { name: "paw-validator-keys" } }] }),
    "spec.containers[0].envFrom[0].secretRef.name",
  ],
  [
    "validator-own-key",
    "unknown",
    goodPod({ "spec.volumes[1]": { name: "v", secret: { secretName: UNKNOWN } } }),
    "spec.volumes[1].secret.secretName",
  ],
];
