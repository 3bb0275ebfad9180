import { demand, show } from "../../finding.ts";
import { type Field, at, entries, items } from "../../k8s/field.ts";
import { type Manifest, baseKind, isPatch, root } from "../../k8s/manifest.ts";
import { bearsPod, podOf } from "../../k8s/podSpec.ts";
import { type Finding, type Rule, holds } from "../../rule.ts";

/** Kinds that find their pods by a selector which they have to name themselves. */
const selecting = ["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Rollout"];

const wanted = "a label of the pod template";

function matchesExpression(expression: Field, labels: Field): readonly Finding[] {
  const key = at(expression, "key");
  const operator = at(expression, "operator");
  if (typeof key.value !== "string") return demand(key, { allows: () => false, wanted: "a label's name" });
  const label = at(labels, key.value).value;
  const values = items(at(expression, "values")).map(({ value }) => value);
  const tests: Readonly<Record<string, boolean>> = {
    In: values.includes(label),
    NotIn: !values.includes(label),
    Exists: label !== undefined,
    DoesNotExist: label === undefined,
  };
  return demand(operator, {
    allows: (value) => typeof value === "string" && tests[value] === true,
    wanted: "an expression that the pod template's labels meet",
    mayShow: (text) => Object.hasOwn(tests, text),
  });
}

function findings(manifest: Manifest): readonly Finding[] {
  const pod = podOf(manifest);
  if (pod === undefined) return [];
  const selector = at(root(manifest), "spec", "selector");
  const labels = at(pod.template, "metadata", "labels");
  const pairs = entries(at(selector, "matchLabels"));
  const expressions = items(at(selector, "matchExpressions"));
  if (pairs.length + expressions.length === 0) {
    return [{ path: selector.path, found: show(undefined), wanted: "labels of the pod template" }];
  }
  return [
    ...pairs.flatMap((pair) => {
      if (pair.key === undefined || typeof pair.value !== "string") {
        return demand(pair, { allows: () => false, wanted });
      }
      return demand(at(labels, pair.key), {
        allows: (value) => value === pair.value,
        wanted: `what ${pair.path} names`,
      });
    }),
    ...expressions.flatMap((expression) => matchesExpression(expression, labels)),
  ];
}

export const selectorMatch: Rule = {
  id: "selector-match",
  item: "integrity",
  description: "A workload's selector finds the pods that it makes.",
  severity: "high",
  levels: holds.beforeUsers,
  fix: "give the pod template every label of the selector.",
  url: "https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors",
  frameworks: ["C-0296", "kube-linter mismatching-selector"],
  judges: (manifest) => bearsPod(manifest) && selecting.includes(baseKind(manifest)) && !isPatch(manifest),
  check: findings,
};
