import { demand, oneOf } from "../../finding.ts";
import { at, items } from "../../k8s/field.ts";
import { holds } from "../../rule.ts";
import { eachContainer, podRule, standards } from "./podRule.ts";

export const hostPorts = podRule(
  {
    id: "pss-host-ports",
    frameworks: ["CIS 5.2.13", "KSV-0024", "C-0044", "Polaris hostPortSet", "Kyverno disallow-host-ports"],
    item: 1,
    description: "No container takes a port of its node.",
    severity: "high",
    levels: holds.beforeUsers,
    fix: "remove hostPort; publish the port through a Service.",
    url: `${standards}#baseline`,
  },
  (pod) =>
    eachContainer(pod, (container) =>
      items(at(container, "ports")).flatMap((port) =>
        demand(at(port, "hostPort"), { allows: oneOf(undefined, 0), wanted: "0 or nothing" }),
      ),
    ),
);
