/** Secrets that stand where they can be read, in CEL; the rules' patterns, in the words of RE2. */
import { about, forms, phrase, reference, words } from "../../rules/secrets/patterns.ts";
import { type Twin, literal, ofContainers, ofObjects } from "../twin.ts";

/** Longest text, in characters, that is looked at as a phrase: 24 words of eight letters, and some white space. */
const longestPhrase = 400;

/** Characters of a ConfigMap above which it is passed: beyond, patterns would use up what the API server grants them. */
const scanned = 200_000;

/** RE2 has the flag in the pattern, and knows no escaped slash. */
const re2 = ({ source, flags }: RegExp): string =>
  literal(`${flags === "i" ? "(?i)" : ""}${source.replaceAll("\\/", "/")}`);

function looksSecret(text: string): string {
  const one = forms.map(
    ([part, form]) => `(${text}.contains(${literal(part)}) && ${text}.matches(${re2(form)}))`,
  );
  return [`(${text}.size() < ${longestPhrase} && ${text}.matches(${re2(phrase)}))`, ...one].join(" || ");
}

/** `jwtSecret` is read as `jwt_Secret`: cut where a capital follows a small letter or a digit. */
function namesSecret(name: string): string {
  const parts = `${name}.findAll(${literal("(?:[^a-z0-9]|[a-z0-9]+[^a-zA-Z0-9])*[a-z0-9]*")}).join("_")`;
  const not = [about, reference].map((pattern) => ` && !${parts}.matches(${re2(pattern)})`);
  return `(${parts}.matches(${re2(words)})${not.join("")})`;
}

/** True where neither the text nor its name gives a secret away. */
export const innocent = (name: string, text: string): string =>
  `${text} == "" || !(${namesSecret(name)} || ${looksSecret(text)})`;

const value = 'variable.?value.orValue("")';

const innocentMap = (map: string): string =>
  `dyn(object).?${map}.orValue({}).all(key, ${innocent("key", `dyn(object).${map}[key]`)})`;

export const secrets: Readonly<Record<string, Twin>> = {
  "secret-literal": ofObjects(
    "secrets",
    'object.?type.orValue("") in ["kubernetes.io/service-account-token", "helm.sh/release.v1"] || ' +
      "object.?data.orValue({}).size() == 0",
  ),
  "env-literal": ofContainers(`c.?env.orValue([]).all(variable, ${innocent("variable.name", value)})`),
  "configmap-literal": {
    on: ["configMaps"],
    variables: {
      characters:
        '["data", "binaryData"].map(part, dyn(object)[?part].orValue({}).map(key, ' +
        "size(dyn(object)[part][key])).sum()).sum()",
    },
    checks: [
      {
        holds: `variables.characters > ${scanned} || (${innocentMap("data")} && ${innocentMap("binaryData")})`,
      },
    ],
  },
};
