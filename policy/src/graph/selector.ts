/** Label selectors, as Kubernetes reads them. */
import { type Field, at, entries, items } from "../k8s/field.ts";

export type Labels = Readonly<Record<string, string>>;

/** The labels of a map that are known; one that a preview does not show is not there, so that nothing selects by it. */
export function labelsOf(map: Field): Labels {
  return Object.fromEntries(
    entries(map).flatMap(({ key, value }) =>
      key !== undefined && typeof value === "string" ? [[key, value]] : [],
    ),
  );
}

/**
 * Whether a selector (`matchLabels`, `matchExpressions`) chooses something with these labels. An empty selector chooses
 * everything. One that is absent, or partly unknown, chooses nothing: what cannot be seen is not relied on.
 */
export function selects(selector: Field, labels: Labels): boolean {
  if (selector.value === undefined || selector.blockedAt !== undefined) return false;
  return (
    entries(at(selector, "matchLabels")).every(
      ({ key, value }) => key !== undefined && typeof value === "string" && labels[key] === value,
    ) && items(at(selector, "matchExpressions")).every((expression) => meets(expression, labels))
  );
}

/** Whether a selector is there and empty: it stands for everything. */
export function selectsAll(selector: Field): boolean {
  return (
    selector.value !== undefined &&
    entries(at(selector, "matchLabels")).length === 0 &&
    items(at(selector, "matchExpressions")).length === 0 &&
    typeof selector.value === "object"
  );
}

/** The older form of a selector, a plain map of labels, as Services and ReplicationControllers have it. */
export function selectsByMap(map: Field, labels: Labels): boolean {
  const wanted = entries(map);
  return (
    wanted.length > 0 &&
    wanted.every(({ key, value }) => key !== undefined && typeof value === "string" && labels[key] === value)
  );
}

function meets(expression: Field, labels: Labels): boolean {
  const key = at(expression, "key").value;
  const values = items(at(expression, "values")).map(({ value }) => value);
  if (typeof key !== "string" || values.some((value) => typeof value !== "string")) return false;
  const found = labels[key];
  switch (at(expression, "operator").value) {
    case "In":
      return found !== undefined && values.includes(found);
    case "NotIn":
      return found === undefined || !values.includes(found);
    case "Exists":
      return found !== undefined;
    case "DoesNotExist":
      return found === undefined;
    default:
      return false;
  }
}
