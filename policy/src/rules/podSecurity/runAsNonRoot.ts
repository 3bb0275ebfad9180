import { demand, oneOf } from "../../finding.ts";
import { at } from "../../k8s/field.ts";
import { hasUserNamespace } from "../../k8s/podSpec.ts";
import { holds } from "../../rule.ts";
import { eachContainer, podRule, standards } from "./podRule.ts";

/** Judged like upstream: the pod or all containers say true, and nobody says false, even where others overrule it. */
export const runAsNonRoot = podRule(
  {
    id: "pss-run-as-non-root",
    frameworks: [
      "CIS 5.2.7",
      "KSV-0012",
      "C-0013",
      "kube-linter run-as-non-root",
      "Polaris runAsRootAllowed",
      "Kyverno require-run-as-nonroot",
    ],
    item: 7,
    description: "Containers are required to run as a user other than root.",
    severity: "high",
    levels: holds.beforeUsers,
    fix: "set securityContext.runAsNonRoot to true on the pod, and false nowhere.",
    url: `${standards}#restricted`,
  },
  (pod) => {
    if (hasUserNamespace(pod)) return [];
    const ofPod = at(pod.spec, "securityContext", "runAsNonRoot");
    // Containers inherit; what is wrong with the pod's own value is said once, at the pod.
    const inherited = ofPod.value !== undefined;
    return [
      ...demand(ofPod, { allows: oneOf(undefined, true), wanted: "true" }),
      ...eachContainer(pod, (container) =>
        demand(at(container, "securityContext", "runAsNonRoot"), {
          allows: inherited ? oneOf(undefined, true) : oneOf(true),
          wanted: "true, here or on the pod",
        }),
      ),
    ];
  },
);
