import { demand, oneOf } from "../../finding.ts";
import { at } from "../../k8s/field.ts";
import { type Manifest, baseKind, groupOf, isPatch, root } from "../../k8s/manifest.ts";
import { type Finding, type Rule, holds } from "../../rule.ts";
import { standardMinor } from "./podRule.ts";

const prefix = "pod-security.kubernetes.io/";
const levels = ["privileged", "baseline", "restricted"];

const isVersion = (text: string): boolean => /^v1\.\d{1,3}$/.test(text);

/** A version is pinned so that an upgrade of the cluster does not change the verdict on a running pod. */
const version = {
  allows: (value: unknown) =>
    typeof value === "string" && isVersion(value) && Number(value.slice("v1.".length)) >= standardMinor,
  wanted: `a version from v1.${standardMinor} on`,
  mayShow: (text: string) => text === "latest" || isVersion(text),
};

export const namespaceLabels: Rule = {
  id: "ns-psa-labels",
  frameworks: ["CIS 5.2.1", "C-0192", "Kyverno add-psa-labels", "Kyverno deny-privileged-profile"],
  item: 1,
  description: "Namespaces have the cluster enforce, warn about and audit the level restricted.",
  severity: "high",
  levels: holds.beforeUsers,
  fix: `label the namespace ${prefix}enforce, warn and audit = restricted, and -version of each = v1.${standardMinor}.`,
  url: "https://kubernetes.io/docs/concepts/security/pod-security-admission/#pod-security-admission-labels-for-namespaces",
  judges: (manifest) => groupOf(manifest) === "" && baseKind(manifest) === "Namespace",
  check,
};

function check(manifest: Manifest): readonly Finding[] {
  const labels = at(root(manifest), "metadata", "labels");
  return ["enforce", "warn", "audit"].flatMap((mode) => {
    const level = at(labels, prefix + mode);
    const pinned = at(labels, `${prefix}${mode}-version`);
    // A patch answers for the labels it sets; the others belong to whoever made the namespace.
    const judged = (field: typeof level): boolean => !isPatch(manifest) || field.value !== undefined;
    return [
      ...(judged(level)
        ? demand(level, { allows: oneOf("restricted"), wanted: "restricted", mayShow: oneOf(...levels) })
        : []),
      ...(judged(pinned) ? demand(pinned, version) : []),
    ];
  });
}
