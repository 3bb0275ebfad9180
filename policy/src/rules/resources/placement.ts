/** Where pods run, and which of them give way. */
import { demand } from "../../finding.ts";
import { type Field, at, items } from "../../k8s/field.ts";
import { type Manifest, baseKind, root } from "../../k8s/manifest.ts";
import { type Rule, holds } from "../../rule.ts";
import { notOfPatches, podRule } from "../podSecurity/podRule.ts";

/** Kinds that keep a number of equal pods. */
const replicated = ["Deployment", "StatefulSet", "ReplicaSet", "ReplicationController", "Rollout"];

/** Whether several pods of it are wanted; a number that is not known could be any. */
function isMany(manifest: Manifest): boolean {
  const { value } = at(root(manifest), "spec", "replicas");
  return value !== undefined && !(typeof value === "number" && value <= 1);
}

function isSpread(spec: Field): boolean {
  const apart = at(spec, "affinity", "podAntiAffinity");
  return [
    at(spec, "topologySpreadConstraints"),
    at(apart, "requiredDuringSchedulingIgnoredDuringExecution"),
    at(apart, "preferredDuringSchedulingIgnoredDuringExecution"),
  ].some((list) => Array.isArray(list.value) && items(list).length > 0);
}

const spreadOfPods = notOfPatches(
  podRule(
    {
      id: "spread",
      item: 6,
      description: "Several pods of one kind do not stand on one machine.",
      severity: "low",
      levels: holds.asAdvice,
      fix: "set topologySpreadConstraints, or affinity.podAntiAffinity.",
      url: "https://kubernetes.io/docs/concepts/scheduling-eviction/topology-spread-constraints/",
      frameworks: [
        "kube-linter no-anti-affinity",
        "Polaris topologySpreadConstraint",
        "Kyverno spread-pods-across-topology",
      ],
    },
    ({ spec }) =>
      isSpread(spec)
        ? []
        : demand(at(spec, "topologySpreadConstraints"), {
            allows: () => false,
            wanted: "a constraint, or podAntiAffinity",
          }),
  ),
);

export const spread: Rule = {
  ...spreadOfPods,
  judges: (manifest) => replicated.includes(baseKind(manifest)) && spreadOfPods.judges(manifest),
  check: (manifest) => (isMany(manifest) ? spreadOfPods.check(manifest) : []),
};

export const priorityClass: Rule = notOfPatches(
  podRule(
    {
      id: "priority-class",
      item: 6,
      description: "A pod says how important it is: without a word, all are equally unimportant.",
      severity: "low",
      levels: holds.asAdvice,
      fix: "set priorityClassName.",
      url: "https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/",
      frameworks: [
        "kube-linter priority-class-name",
        "Polaris priorityClassNotSet",
        "Kyverno require-pod-priorityclassname",
      ],
    },
    ({ spec }) =>
      demand(at(spec, "priorityClassName"), {
        allows: (value) => typeof value === "string" && value !== "",
        wanted: "the name of a PriorityClass",
      }),
  ),
);
