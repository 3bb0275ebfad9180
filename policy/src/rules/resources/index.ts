/** Every container says what it needs, and has an end (item 6). */
import { demand } from "../../finding.ts";
import { at } from "../../k8s/field.ts";
import { isPatch } from "../../k8s/manifest.ts";
import { type Rule, holds } from "../../rule.ts";
import { eachContainer, podRule } from "../podSecurity/podRule.ts";

const quantity = /^\d+(\.\d+)?([eE]-?\d+|m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei)?$/;

/** Above zero, as a number or as text. */
function isAmount(value: unknown): boolean {
  if (typeof value === "number") return value > 0;
  return typeof value === "string" && quantity.test(value) && !/^0+(\.0+)?\D*$/.test(value);
}

function resourceRule(
  kind: "requests" | "limits",
  about: Pick<Rule, "description" | "fix" | "severity" | "frameworks">,
): Rule {
  return podRule(
    {
      ...about,
      id: `res-${kind}`,
      item: 6,
      levels: holds.beforeUsers,
      url: "https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/",
    },
    (pod) =>
      eachContainer(pod, (container) => {
        // The API server refuses resources of ephemeral containers.
        if (container.path.includes("ephemeralContainers")) return [];
        return ["cpu", "memory"].flatMap((resource) =>
          demand(at(container, "resources", kind, resource), {
            allows: isAmount,
            wanted: `an amount of ${resource} above zero`,
          }),
        );
      }),
  );
}

/** A patch sets what it means to, and leaves the rest to the object's owner. */
function notOfPatches(rule: Rule): Rule {
  return { ...rule, judges: (manifest) => !isPatch(manifest) && rule.judges(manifest) };
}

export const resources: readonly Rule[] = [
  resourceRule("requests", {
    description: "Every container requests CPU and memory, so that a node is not promised twice.",
    severity: "medium",
    fix: "set resources.requests.cpu and .memory.",
    frameworks: [
      "KSV-0015",
      "KSV-0016",
      "C-0268",
      "C-0269",
      "kube-linter unset-cpu-requirements",
      "kube-linter unset-memory-requirements",
      "Polaris cpuRequestsMissing",
      "Polaris memoryRequestsMissing",
      "Kyverno require-pod-requests-limits",
    ],
  }),
  resourceRule("limits", {
    description: "Every container has limits of CPU and memory, so that one cannot starve the others.",
    severity: "medium",
    fix: "set resources.limits.cpu and .memory.",
    frameworks: [
      "KSV-0011",
      "KSV-0018",
      "C-0270",
      "C-0271",
      "kube-linter unset-cpu-requirements",
      "kube-linter unset-memory-requirements",
      "Polaris cpuLimitsMissing",
      "Polaris memoryLimitsMissing",
      "Kyverno require-pod-requests-limits",
    ],
  }),
].map(notOfPatches);
