import { type Field, at, entries } from "../../k8s/field.ts";
import { type Manifest, baseKind, groupOf, isPatch, root } from "../../k8s/manifest.ts";
import { containersOf, podOf } from "../../k8s/podSpec.ts";
import { type Finding, type Rule, holds } from "../../rule.ts";

/** Groups and kinds that decide about security as a whole. */
const groups = [
  "admissionregistration.k8s.io",
  "external-secrets.io",
  "policy.linkerd.io",
  "rbac.authorization.k8s.io",
];
const kinds = ["NetworkPolicy", "Secret", "ServiceAccount"];

/** Fields of a pod, of a container, and names of labels and annotations, that do. */
const ofPods = [
  ...["automountServiceAccountToken", "hostIPC", "hostNetwork", "hostPID", "hostUsers", "securityContext"],
  ...["serviceAccount", "serviceAccountName", "volumes"],
];
const ofContainers = ["env", "envFrom", "image", "securityContext", "volumeMounts"];
const marks = /^(pod-security\.kubernetes\.io|linkerd\.io|config\.linkerd\.io)\//;

const isSet = ({ value }: Field): boolean => value !== undefined;

function settings(manifest: Manifest): readonly Field[] {
  const object = root(manifest);
  if (groups.includes(groupOf(manifest)) || kinds.includes(baseKind(manifest))) return [at(object, "kind")];
  const pod = podOf(manifest);
  const holders = [object, ...(pod === undefined || pod.template.path === "" ? [] : [pod.template])];
  return [
    ...holders
      .flatMap((holder) => ["labels", "annotations"].flatMap((name) => entries(at(holder, "metadata", name))))
      .filter(({ key }) => key === undefined || marks.test(key)),
    ...(pod === undefined
      ? []
      : [
          ...ofPods.map((name) => at(pod.spec, name)).filter(isSet),
          ...containersOf(pod).flatMap((container) =>
            ofContainers.map((name) => at(container, name)).filter(isSet),
          ),
        ]),
  ];
}

export const patches: Rule = {
  id: "meta-patch",
  item: "meta",
  description:
    "Nothing about security is patched into an object of somebody else's: what comes of it is an object that no rule has seen.",
  severity: "high",
  levels: holds.beforeUsers,
  fix: "set the field where the object is made, or take the whole object over.",
  note: "Fields of a patch that other rules read are judged by these as well. This rule finds the ones that they would have to see the whole object for.",
  url: "https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/",
  frameworks: [],
  judges: isPatch,
  check: (manifest) =>
    settings(manifest).map(({ path, blockedAt }): Finding => ({
      path: blockedAt ?? path,
      found: "a patch of it",
      wanted: "the field in the object itself",
    })),
};
