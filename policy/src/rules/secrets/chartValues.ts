import { show } from "../../finding.ts";
import { type Entry, type Field, MALFORMED, UNKNOWN, at, entries, isRecord, items } from "../../k8s/field.ts";
import { baseKind, groupOf, root } from "../../k8s/manifest.ts";
import { type Finding, type Rule, holds } from "../../rule.ts";
import { literal } from "./literal.ts";

/**
 * The texts in values, under the name that each has: its own key, that of the list it stands in, or what the `name` beside
 * a `value` says, as in lists of variables.
 */
function leaves(field: Field, name: string | undefined): readonly Entry[] {
  if (Array.isArray(field.value)) return items(field).flatMap((item) => leaves(item, name));
  if (!isRecord(field.value)) return [{ ...field, key: name }];
  const called = at(field, "name").value;
  return entries(field).flatMap((entry) =>
    leaves(entry, entry.key === "value" && typeof called === "string" ? called : entry.key),
  );
}

export const chartValuesLiteral: Rule = {
  id: "chart-values-literal",
  item: 4,
  description:
    "No Helm release has a secret among its values: whoever may read the state, or Helm's own record, may read them.",
  severity: "critical",
  levels: holds.everywhere,
  fix: "give the chart the name of a Secret that an ExternalSecret fills (existingSecret or the like).",
  note: "Looks at every text in `values`, under its own key or under the `name` beside a `value`. Files of values are findings, since a policy sees their names alone; so is whatever a preview does not know. Of charts that are rendered (`helm.v4.Chart`) the objects are judged instead.",
  url: "https://kubernetes.io/docs/concepts/security/secrets-good-practices/",
  frameworks: [],
  judges: (manifest) => groupOf(manifest) === "helm.sh" && baseKind(manifest) === "Release",
  check: (manifest) => {
    const files = items(at(root(manifest), "valueYamlFiles"));
    return [
      ...leaves(at(root(manifest), "values"), undefined).flatMap((leaf): readonly Finding[] =>
        leaf.value === UNKNOWN || leaf.value === MALFORMED
          ? [{ path: leaf.blockedAt ?? leaf.path, found: show(leaf.value), wanted: "plain values" }]
          : literal(leaf.key, leaf),
      ),
      ...files.map(({ path }) => ({
        path,
        found: "a file, which a policy does not see",
        wanted: "values in the program",
      })),
    ];
  },
};
