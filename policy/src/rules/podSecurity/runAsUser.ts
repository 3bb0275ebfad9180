import { demand } from "../../finding.ts";
import { at } from "../../k8s/field.ts";
import { hasUserNamespace } from "../../k8s/podSpec.ts";
import { holds } from "../../rule.ts";
import { eachSecurityContext, podRule, standards } from "./podRule.ts";

export const runAsUser = podRule(
  {
    id: "pss-run-as-user",
    frameworks: ["KSV-0105", "Kyverno require-run-as-non-root-user"],
    item: 7,
    description: "Neither a pod nor a container asks for user 0.",
    severity: "high",
    levels: holds.beforeUsers,
    fix: "set securityContext.runAsUser to the number of a user that is not root.",
    url: `${standards}#restricted`,
  },
  (pod) => {
    if (hasUserNamespace(pod)) return [];
    return eachSecurityContext(pod, (context) =>
      demand(at(context, "runAsUser"), {
        allows: (user) => user === undefined || (typeof user === "number" && user !== 0),
        wanted: "a number other than 0, or nothing",
      }),
    );
  },
);
