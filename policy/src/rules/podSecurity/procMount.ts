import { demand, oneOf } from "../../finding.ts";
import { at } from "../../k8s/field.ts";
import { holds } from "../../rule.ts";
import { eachContainer, podRule, standards } from "./podRule.ts";

/** A user namespace does not relax this one: only the baseline level knows that exception. */
export const procMount = podRule(
  {
    id: "pss-proc-mount",
    frameworks: [
      "KSV-0027",
      "kube-linter unsafe-proc-mount",
      "Polaris procMount",
      "Kyverno disallow-proc-mount",
    ],
    item: 1,
    description: "Containers see /proc with the default masks.",
    severity: "high",
    levels: holds.beforeUsers,
    fix: "remove securityContext.procMount.",
    url: `${standards}#baseline`,
  },
  (pod) =>
    eachContainer(pod, (container) =>
      demand(at(container, "securityContext", "procMount"), {
        allows: oneOf(undefined, "Default"),
        wanted: "Default or nothing",
        mayShow: oneOf("Unmasked"),
      }),
    ),
);
