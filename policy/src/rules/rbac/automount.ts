import { demand, oneOf } from "../../finding.ts";
import { at } from "../../k8s/field.ts";
import { baseKind, groupOf, isPatch, root } from "../../k8s/manifest.ts";
import { bearsPod, podOf } from "../../k8s/podSpec.ts";
import { type Rule, holds } from "../../rule.ts";

/**
 * The pod's word is the last one, so it is asked of the pod; the account's holds for pods that somebody else makes. Whether
 * a pod that says true has an account with rights takes the graph to say.
 */
export const automount: Rule = {
  id: "sa-automount",
  item: 3,
  description: "A token of the cluster is in those pods alone that say so themselves.",
  severity: "medium",
  levels: holds.beforeUsers,
  fix: "set automountServiceAccountToken: false on the account, and on the pod; true on a pod that asks the API server.",
  note: "The pod's own field is the last word, so every pod has to have one; `false` on the account is for pods that somebody else makes with it. Whether a pod that says `true` has an account with rights is a question to the whole deployment (`rbac-orphans`, `rbac-effective`).",
  url: "https://kubernetes.io/docs/tasks/configure-pod-container/configure-service-account/#opt-out-of-api-credential-automounting",
  frameworks: [
    "CIS 5.1.6",
    "KSV-0036",
    "C-0034",
    "C-0190",
    "Polaris automountServiceAccountToken",
    "Kyverno restrict-automount-sa-token",
  ],
  judges: (manifest) =>
    !isPatch(manifest) &&
    (bearsPod(manifest) || (groupOf(manifest) === "" && baseKind(manifest) === "ServiceAccount")),
  check: (manifest) => {
    const pod = podOf(manifest);
    if (pod !== undefined) {
      return demand(at(pod.spec, "automountServiceAccountToken"), {
        allows: oneOf(true, false),
        wanted: "false, or true where the pod asks the API server",
      });
    }
    return bearsPod(manifest)
      ? []
      : demand(at(root(manifest), "automountServiceAccountToken"), { allows: oneOf(false), wanted: "false" });
  },
};
