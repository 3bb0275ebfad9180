/** Where objects live, and whose they are. */
import { type Demand, demand } from "../../finding.ts";
import { at } from "../../k8s/field.ts";
import { type Manifest, baseKind, groupOf, isPatch, root, clusterKinds } from "../../k8s/manifest.ts";
import { bearsPod } from "../../k8s/podSpec.ts";
import { type Rule, holds } from "../../rule.ts";

/** Kinds that live in a namespace, beside those that bear pods, by API group; custom kinds could be either. */
const namespaced: Readonly<Record<string, readonly string[]>> = {
  "": [
    "ConfigMap",
    "Endpoints",
    "LimitRange",
    "PersistentVolumeClaim",
    "ResourceQuota",
    "Secret",
    "Service",
    "ServiceAccount",
  ],
  autoscaling: ["HorizontalPodAutoscaler"],
  "networking.k8s.io": ["Ingress", "NetworkPolicy"],
  policy: ["PodDisruptionBudget"],
  "rbac.authorization.k8s.io": ["Role", "RoleBinding"],
};

function isNamespaced(manifest: Manifest): boolean {
  return bearsPod(manifest) || (namespaced[groupOf(manifest)]?.includes(baseKind(manifest)) ?? false);
}

/** Helm's own objects have their name and namespace at the top. */
const isRelease = (manifest: Manifest): boolean => groupOf(manifest) === "helm.sh";

const ownNamespace: Demand = {
  allows: (value) => typeof value === "string" && value !== "" && value !== "default",
  wanted: "a namespace other than default",
  mayShow: (text) => text === "default",
};

export const namespaceDefault: Rule = {
  id: "ns-default",
  item: "integrity",
  description:
    "Nothing lives in the namespace default, which has no quota, no policies, and everybody's leftovers.",
  severity: "medium",
  levels: holds.beforeUsers,
  fix: "set metadata.namespace.",
  note: "An object without a namespace is taken for one in `default` where its kind is known to have one.",
  url: "https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/",
  frameworks: [
    "CIS 5.7.4",
    "KSV-0110",
    "C-0061",
    "C-0212",
    "kube-linter use-namespace",
    "Kyverno disallow-default-namespace",
  ],
  judges: () => true,
  check: (manifest) => {
    // Before its definition is installed, the provider takes a kind for one with namespaces; a chart is no object.
    if (clusterKinds.has(baseKind(manifest)) || manifest.apiVersion === "helm.sh/v4") return [];
    const ofObject = at(root(manifest), "metadata", "namespace");
    const ofRelease = at(root(manifest), "namespace");
    const field = isRelease(manifest) && ofObject.value === undefined ? ofRelease : ofObject;
    const needed = isNamespaced(manifest) || isRelease(manifest) || field.value !== undefined;
    return needed ? demand(field, ownNamespace) : [];
  },
};

/** Which labels say whose an object is: what it is, and what it is a part or an instance of. */
const recommended = ["name", "managed-by"];
const belonging = ["part-of", "instance"];

const labelled: Demand = {
  allows: (value) => typeof value === "string" && value !== "",
  wanted: "a label",
};

const labelledKinds = ["Namespace", "PersistentVolumeClaim", "Service"];

export const ownLabels: Rule = {
  id: "labels-owner",
  item: "integrity",
  description:
    "Workloads, Services, claims and namespaces say what they are, what they belong to, and who made them.",
  severity: "low",
  levels: holds.asAdvice,
  fix: "set the labels app.kubernetes.io/name, part-of (or instance) and managed-by.",
  url: "https://kubernetes.io/docs/concepts/overview/working-with-objects/common-labels/",
  frameworks: ["C-0076", "C-0077", "kube-linter required-label-owner", "Kyverno require-labels"],
  judges: (manifest) =>
    !isPatch(manifest) &&
    (bearsPod(manifest) || (groupOf(manifest) === "" && labelledKinds.includes(baseKind(manifest)))),
  check: (manifest) => {
    const label = (name: string): ReturnType<typeof at> =>
      at(root(manifest), "metadata", "labels", `app.kubernetes.io/${name}`);
    const [partOf = label("part-of"), ...others] = belonging.map(label);
    const owner = [partOf, ...others].find(({ value }) => value !== undefined) ?? partOf;
    return [...recommended.map(label), owner].flatMap((field) => demand(field, labelled));
  },
};
