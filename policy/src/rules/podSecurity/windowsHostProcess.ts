import { demand, oneOf } from "../../finding.ts";
import { at } from "../../k8s/field.ts";
import { holds } from "../../rule.ts";
import { eachSecurityContext, podRule, standards } from "./podRule.ts";

export const windowsHostProcess = podRule(
  {
    id: "pss-windows-hostprocess",
    frameworks: ["CIS 5.2.11", "KSV-0103", "C-0202", "Polaris hostProcess", "Kyverno disallow-host-process"],
    item: 1,
    description: "No Windows container runs as a process of its node.",
    severity: "high",
    levels: holds.beforeUsers,
    fix: "remove securityContext.windowsOptions.hostProcess.",
    url: `${standards}#baseline`,
  },
  (pod) =>
    eachSecurityContext(pod, (context) =>
      demand(at(context, "windowsOptions", "hostProcess"), {
        allows: oneOf(undefined, false),
        wanted: "false or nothing",
      }),
    ),
);
