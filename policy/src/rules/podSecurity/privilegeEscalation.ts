import { demand, oneOf } from "../../finding.ts";
import { at } from "../../k8s/field.ts";
import { isWindows } from "../../k8s/podSpec.ts";
import { holds } from "../../rule.ts";
import { eachContainer, podRule, standards } from "./podRule.ts";

export const privilegeEscalation = podRule(
  {
    id: "pss-privilege-escalation",
    frameworks: [
      "CIS 5.2.6",
      "KSV-0001",
      "C-0016",
      "kube-linter privilege-escalation-container",
      "Polaris privilegeEscalationAllowed",
      "Kyverno disallow-privilege-escalation",
    ],
    item: 1,
    description: "No process gains more privileges than its parent; unset would mean that it may.",
    severity: "high",
    levels: holds.beforeUsers,
    fix: "set securityContext.allowPrivilegeEscalation to false on every container.",
    url: `${standards}#restricted`,
  },
  (pod) => {
    if (isWindows(pod)) return [];
    return eachContainer(pod, (container) =>
      demand(at(container, "securityContext", "allowPrivilegeEscalation"), {
        allows: oneOf(false),
        wanted: "false",
      }),
    );
  },
);
