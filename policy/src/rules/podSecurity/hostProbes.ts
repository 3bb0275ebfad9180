import { demand, oneOf } from "../../finding.ts";
import { at } from "../../k8s/field.ts";
import { holds } from "../../rule.ts";
import { eachContainer, podRule, standards } from "./podRule.ts";

const handlers = [
  ["livenessProbe"],
  ["readinessProbe"],
  ["startupProbe"],
  ["lifecycle", "postStart"],
  ["lifecycle", "preStop"],
].flatMap((handler) => ["httpGet", "tcpSocket"].map((action) => [...handler, action, "host"]));

export const hostProbes = podRule(
  {
    id: "pss-host-probes",
    frameworks: ["Gatekeeper host-probes-lifecycle"],
    item: 1,
    description: "Probes and lifecycle hooks call the pod itself; the kubelet is nobody's proxy.",
    severity: "high",
    levels: holds.beforeUsers,
    fix: "remove host from the probe or hook; a name for the request goes into httpHeaders.",
    url: `${standards}#baseline`,
  },
  (pod) =>
    eachContainer(pod, (container) =>
      handlers.flatMap((path) =>
        demand(at(container, ...path), { allows: oneOf(undefined, ""), wanted: "nothing" }),
      ),
    ),
);
