import { demand, show } from "../../finding.ts";
import { type Field, at, entries, items } from "../../k8s/field.ts";
import { type Manifest, baseKind, groupOf, isPatch, root } from "../../k8s/manifest.ts";
import { bearsPod, podOf } from "../../k8s/podSpec.ts";
import { type Finding, type Rule, holds } from "../../rule.ts";
import { eachContainer } from "../podSecurity/podRule.ts";

/** Vault's own image, from whatever registry. */
const image = /(^|\/)vault(:|@|$)/;

function isVaultConfig(manifest: Manifest): boolean {
  if (groupOf(manifest) !== "" || baseKind(manifest) !== "ConfigMap") return false;
  return at(root(manifest), "metadata", "labels", "app.kubernetes.io/name").value === "vault";
}

/** A server's container: it does not run with `-dev`, nor with the variables that `-dev` reads. */
function checkContainer(container: Field): readonly Finding[] {
  const { value } = at(container, "image");
  // One that a preview does not show may be Vault's.
  if (typeof value === "string" && !image.test(value)) return [];
  const words = ["command", "args"].flatMap((list) => items(at(container, list)));
  return [
    ...words
      .filter((word) => typeof word.value !== "string" || /(^|\s)-{1,2}dev(\b|-)/.test(word.value))
      .map(({ path, value: word, blockedAt }) => ({
        path: blockedAt ?? path,
        found: typeof word === "string" ? "the flag -dev" : show(word),
        wanted: "a server with a configuration",
      })),
    ...items(at(container, "env")).flatMap((variable) =>
      demand(at(variable, "name"), {
        allows: (name) => typeof name === "string" && !name.startsWith("VAULT_DEV_"),
        wanted: "no VAULT_DEV_ variable",
        mayShow: (name) => name.startsWith("VAULT_DEV_"),
      }),
    ),
  ];
}

/** One of these unseals Vault by itself after a restart; `shamir` needs people. */
const seals = "alicloudkms|awskms|azurekeyvault|gcpckms|kmip|ocikms|pkcs11|transit";

/** What a configuration has to say, in HCL or in the JSON that Vault takes as well. */
const demands: readonly { readonly holds: (text: string) => boolean; readonly wanted: string }[] = [
  {
    holds: (text) => !/\btls_disable"?\s*[=:]\s*"?(1|t|true)\b/i.test(text) && /\btls_cert_file\b/.test(text),
    wanted: "a listener with tls_cert_file, and no tls_disable",
  },
  {
    holds: (text) =>
      new RegExp(`(\\bseal\\s+"?(${seals})\\b)|("seal"\\s*:\\s*[{[][\\s{]*"(${seals})")`).test(text),
    wanted: "a seal stanza of a key service, which unseals Vault by itself",
  },
];

const withoutComments = (text: string): string => text.replace(/^\s*(#|\/\/).*$/gm, "");

/** A server's configuration; other files of the chart are not named so. */
function checkConfig(manifest: Manifest): readonly Finding[] {
  return entries(at(root(manifest), "data"))
    .filter(({ key }) => key === undefined || /\.(hcl|json)$/.test(key))
    .flatMap(({ path, value, blockedAt }) => {
      const text = typeof value === "string" ? withoutComments(value) : undefined;
      return demands
        .filter((each) => text === undefined || !each.holds(text))
        .map(({ wanted }) => ({
          path: blockedAt ?? path,
          found: text === undefined ? show(value) : "a configuration without",
          wanted,
        }));
    });
}

export const vaultHardened: Rule = {
  id: "vault-hardened",
  item: 4,
  description: "Vault keeps what it is given, speaks TLS, and unseals itself by a key service.",
  severity: "critical",
  // Dev mode is what `local` has (spec A4).
  levels: holds.beforeUsers,
  fix: "run the server with a configuration: a listener with a certificate, a seal stanza, no -dev.",
  note: "Looks at containers of an image `…/vault`, and at files `*.hcl` and `*.json` of ConfigMaps labelled `app.kubernetes.io/name: vault`, in HCL or JSON.",
  url: "https://developer.hashicorp.com/vault/docs/concepts/production-hardening",
  frameworks: [],
  judges: (manifest) => !isPatch(manifest) && (bearsPod(manifest) || isVaultConfig(manifest)),
  check: (manifest) => {
    if (isVaultConfig(manifest)) return checkConfig(manifest);
    const pod = podOf(manifest);
    return pod === undefined ? [] : eachContainer(pod, checkContainer);
  },
};
