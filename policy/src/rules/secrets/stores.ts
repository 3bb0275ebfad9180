/** External Secrets: what is fetched, and from where. */
import { type Demand, demand, oneOf, show } from "../../finding.ts";
import { type Field, at, entries, isRecord, items } from "../../k8s/field.ts";
import { type Manifest, baseKind, groupOf, isPatch, root } from "../../k8s/manifest.ts";
import { type Finding, type Rule, holds } from "../../rule.ts";
import { keptSecrets } from "../../site.ts";
import { literal } from "./literal.ts";
import { keysOf } from "./references.ts";

const docs = "https://external-secrets.io/latest/api/";

function isKind(manifest: Manifest, ...kinds: readonly string[]): boolean {
  return groupOf(manifest) === "external-secrets.io" && kinds.includes(baseKind(manifest));
}

/** A Go duration above zero, such as `1h` or `1h30m`. */
const duration = /^(?=.*[1-9])(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/;

/** The operator's default is an hour. */
const refresh: Demand = {
  allows: (value) => value === undefined || (typeof value === "string" && duration.test(value)),
  wanted: "a time above zero, such as 1h",
  mayShow: (text) => /^[\d.]+[a-zµ]*$/.test(text),
};
const storeKind: Demand = {
  allows: oneOf(undefined, "SecretStore", "ClusterSecretStore"),
  wanted: "SecretStore or ClusterSecretStore",
};
const named: Demand = {
  allows: (value) => typeof value === "string" && value !== "",
  wanted: "a name",
};
const policies = ["Owner", "Orphan", "Merge", "None", "CreateOrMerge"];

/** What the values come from: stores, and generators, which draw them in the cluster. */
function sources(spec: Field): { readonly stores: readonly Field[]; readonly generators: readonly Field[] } {
  const entriesOf = ["data", "dataFrom"].flatMap((list) => items(at(spec, list)));
  const own = entriesOf.map((entry) => at(entry, "sourceRef"));
  const stores = own.map((source) => at(source, "storeRef"));
  const generators = own
    .map((source) => at(source, "generatorRef"))
    .filter(({ value }) => value !== undefined);
  const general = at(spec, "secretStoreRef");
  const needsGeneral = own.some(({ value }) => value === undefined) || entriesOf.length === 0;
  return {
    stores: [
      ...stores.filter(({ value }) => value !== undefined),
      ...(needsGeneral || general.value !== undefined ? [general] : []),
    ],
    generators,
  };
}

function checkExternalSecret(spec: Field): readonly Finding[] {
  const { stores, generators } = sources(spec);
  const target = at(spec, "target");
  const policy = at(spec, "refreshPolicy");
  const drawn = stores.length === 0 && generators.length > 0;
  const kept = keptSecrets.some(({ names }) => names.includes(at(target, "name").value as string));
  return [
    ...demand(policy, {
      // What is drawn in the cluster is drawn once; what is fetched has to be fetched again when it is changed.
      allows: oneOf(undefined, "Periodic", ...(drawn ? ["CreatedOnce"] : [])),
      wanted: "Periodic",
      mayShow: oneOf("OnChange", "CreatedOnce"),
    }),
    ...demand(at(spec, "refreshInterval"), drawn ? { ...refresh, allows: () => true } : refresh),
    ...demand(at(target, "creationPolicy"), {
      allows: oneOf(undefined, "Owner", ...(kept ? ["Orphan"] : [])),
      wanted: kept ? "Owner or Orphan" : "Owner, or a Secret listed in keptSecrets of policy/src/site.ts",
      mayShow: oneOf(...policies),
    }),
    ...stores.flatMap((store) => [
      ...demand(at(store, "kind"), storeKind),
      ...demand(at(store, "name"), named),
    ]),
    ...generators.flatMap((generator) => demand(at(generator, "kind"), { ...named, wanted: "a kind" })),
    ...entries(at(target, "template", "data"))
      .filter(({ value }) => typeof value !== "string" || !value.includes("{{"))
      .flatMap((entry) => literal(entry.key, entry)),
  ];
}

export const externalSecretSpec: Rule = {
  id: "eso-spec",
  item: 4,
  description:
    "A fetched Secret is fetched again as time goes by, belongs to its ExternalSecret, and comes from a store.",
  severity: "high",
  levels: holds.beforeUsers,
  fix: "set refreshInterval above zero, creationPolicy Owner and a secretStoreRef; leave values out of the template.",
  note: "What a generator draws in the cluster may be drawn once (`refreshPolicy: CreatedOnce`); what comes from a store is looked up again. Secrets that have to outlive their ExternalSecret are listed in `keptSecrets` of `policy/src/site.ts`. A template may hold values of the store, such as `{{ .password }}`, and no secret of its own.",
  url: `${docs}externalsecret/`,
  frameworks: [],
  judges: (manifest) => isKind(manifest, "ExternalSecret", "ClusterExternalSecret") && !isPatch(manifest),
  check: (manifest) => {
    const spec = at(root(manifest), "spec");
    return checkExternalSecret(
      baseKind(manifest) === "ClusterExternalSecret" ? at(spec, "externalSecretSpec") : spec,
    );
  },
};

/** Logins that prove who asks by a short-lived token of the cluster. */
const logins = ["kubernetes", "jwt"];

/** A token in a Secret lives as long as the Secret; External Secrets asks for one of ten minutes by itself. */
const staticToken: Demand = { allows: oneOf(undefined), wanted: "serviceAccountRef instead" };

function checkVault(vault: Field): readonly Finding[] {
  const auth = at(vault, "auth");
  const unusual = entries(auth).filter(
    ({ key }) => key === undefined || ![...logins, "namespace"].includes(key),
  );
  const authorities = ["caBundle", "caProvider"].map((name) => at(vault, name));
  const known = authorities.some(({ value }) => typeof value === "string" || isRecord(value));
  return [
    ...demand(at(vault, "server"), {
      allows: (value) => typeof value === "string" && value.startsWith("https://"),
      wanted: "an address that begins with https://",
    }),
    ...(known
      ? []
      : demand(at(vault, "caProvider"), { allows: () => false, wanted: "caProvider or caBundle" })),
    ...unusual.map(({ path, blockedAt, value }) => ({
      path: blockedAt ?? path,
      found: blockedAt === undefined ? "a login by something that is kept" : show(value),
      wanted: "kubernetes or jwt",
    })),
    ...(logins.some((login) => keysOf(auth).includes(login)) || unusual.length > 0
      ? []
      : [{ path: auth.path, found: show(undefined), wanted: "kubernetes or jwt" }]),
    ...logins.flatMap((login) => demand(at(auth, login, "secretRef"), staticToken)),
  ];
}

export const storeSpec: Rule = {
  id: "store-spec",
  item: 4,
  description:
    "Secrets come from Vault, over TLS that is checked against a named authority, by a login that nobody has to keep.",
  severity: "critical",
  // Vault is in dev mode in `local`, without TLS.
  levels: holds.beforeUsers,
  fix: "use provider.vault with an https:// server, caProvider, and auth.kubernetes with serviceAccountRef.",
  note: "The authority is `caProvider` or `caBundle`; without one, any authority that the operator's image trusts could vouch for Vault. `tokenSecretRef`, `appRole`, `userPass`, `ldap`, `cert` and `iam` are logins by something that is kept.",
  url: "https://external-secrets.io/latest/provider/hashicorp-vault/",
  frameworks: [],
  judges: (manifest) => isKind(manifest, "SecretStore", "ClusterSecretStore") && !isPatch(manifest),
  check: (manifest) => {
    const provider = at(root(manifest), "spec", "provider");
    const vault = at(provider, "vault");
    const others = entries(provider).filter(({ key }) => key !== "vault");
    if (others.length > 0 || vault.value === undefined) {
      return others.length === 0
        ? demand(vault, { allows: () => false, wanted: "Vault" })
        : others.map(({ path, blockedAt, value }) => ({
            path: blockedAt ?? path,
            found: blockedAt === undefined ? "another provider" : show(value),
            wanted: "vault",
          }));
    }
    return checkVault(vault);
  },
};
