/** What is fetched from Vault, and how, in CEL. */
import { keptSecrets } from "../../site.ts";
import { type Twin, literal, ofObjects } from "../twin.ts";
import { innocent } from "./secrets.ts";

/** Where values come from: stores, and generators, which draw them in the cluster. */
const variables = {
  spec: 'object.kind == "ClusterExternalSecret" ? dyn(object).?spec.?externalSecretSpec.orValue({}) : dyn(object).?spec.orValue({})',
  sources: "variables.spec.?data.orValue([]) + variables.spec.?dataFrom.orValue([])",
  general:
    "variables.spec.?secretStoreRef.hasValue() || variables.sources.size() == 0 || " +
    "variables.sources.exists(each, !each.?sourceRef.hasValue())",
  stores:
    "variables.sources.filter(each, each.?sourceRef.?storeRef.hasValue()).map(each, each.sourceRef.storeRef) + " +
    "(variables.general ? [variables.spec.?secretStoreRef.orValue({})] : [])",
  generators:
    "variables.sources.filter(each, each.?sourceRef.?generatorRef.hasValue()).map(each, each.sourceRef.generatorRef)",
  drawn: "variables.stores.size() == 0 && variables.generators.size() > 0",
};

const interval = "variables.spec.?refreshInterval";
const duration = `${interval}.value().matches("[1-9]") && ${interval}.value().matches(${literal(
  "^([0-9]+([.][0-9]+)?(ns|us|\u00b5s|ms|s|m|h))+$",
)})`;
const outliving = keptSecrets.flatMap(({ names }) => names);
const template = "variables.spec.?target.?template.?data.orValue({})";

const externalSecret: Twin = {
  on: ["externalSecrets"],
  variables,
  checks: [
    {
      holds:
        'variables.spec.?refreshPolicy.orValue("Periodic") in (variables.drawn ? ["Periodic","CreatedOnce"] : ["Periodic"])',
    },
    { holds: `variables.drawn || !${interval}.hasValue() || (${duration})` },
    {
      holds:
        'variables.spec.?target.?creationPolicy.orValue("Owner") in ' +
        `(variables.spec.?target.?name.orValue("") in ${literal(outliving)} ? ["Owner","Orphan"] : ["Owner"])`,
    },
    {
      holds:
        'variables.stores.all(store, store.?kind.orValue("SecretStore") in ["SecretStore","ClusterSecretStore"] && ' +
        'store.?name.orValue("") != "")',
    },
    { holds: 'variables.generators.all(generator, generator.?kind.orValue("") != "")' },
    {
      holds: `${template}.all(key, ${template}[key].contains("{{") || ${innocent("key", `${template}[key]`)})`,
    },
  ],
};

const provider = "dyn(object).?spec.?provider.orValue({})";
const vault = "dyn(object).?spec.?provider.?vault";
const logins = ["kubernetes", "jwt"];

const store = ofObjects(
  "secretStores",
  [
    `${vault}.hasValue()`,
    `${provider}.all(key, key == "vault")`,
    `${vault}.?server.orValue("").startsWith("https://")`,
    `(${vault}.?caBundle.hasValue() || ${vault}.?caProvider.hasValue())`,
    `${vault}.?auth.orValue({}).all(key, key in ${literal([...logins, "namespace"])})`,
    `(${logins.map((login) => `${vault}.?auth.?${login}.hasValue()`).join(" || ")})`,
    ...logins.map((login) => `!${vault}.?auth.?${login}.?secretRef.hasValue()`),
  ].join(" && "),
);

export const externalSecrets: Readonly<Record<string, Twin>> = {
  "eso-spec": externalSecret,
  "store-spec": store,
};
