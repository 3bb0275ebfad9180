import { demand, oneOf } from "../../finding.ts";
import { at } from "../../k8s/field.ts";
import { holds } from "../../rule.ts";
import { eachContainer, podRule, standards } from "./podRule.ts";

export const privileged = podRule(
  {
    id: "pss-privileged",
    frameworks: [
      "CIS 5.2.2",
      "KSV-0017",
      "C-0057",
      "kube-linter privileged-container",
      "Polaris runAsPrivileged",
      "Kyverno disallow-privileged-containers",
    ],
    item: 1,
    description: "No container is privileged.",
    severity: "critical",
    levels: holds.everywhere,
    fix: "remove securityContext.privileged, and name the one capability or volume that is really needed.",
    url: `${standards}#baseline`,
  },
  (pod) =>
    eachContainer(pod, (container) =>
      demand(at(container, "securityContext", "privileged"), {
        allows: oneOf(undefined, false),
        wanted: "false or nothing",
      }),
    ),
);
