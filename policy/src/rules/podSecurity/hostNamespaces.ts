import { demand, oneOf } from "../../finding.ts";
import { at } from "../../k8s/field.ts";
import { holds } from "../../rule.ts";
import { podRule, standards } from "./podRule.ts";

export const hostNamespaces = podRule(
  {
    id: "pss-host-namespaces",
    frameworks: [
      "CIS 5.2.3",
      "CIS 5.2.4",
      "CIS 5.2.5",
      "KSV-0008",
      "KSV-0009",
      "KSV-0010",
      "C-0038",
      "C-0041",
      "kube-linter host-ipc",
      "kube-linter host-network",
      "kube-linter host-pid",
      "Polaris hostIPCSet",
      "Polaris hostNetworkSet",
      "Polaris hostPIDSet",
      "Kyverno disallow-host-namespaces",
    ],
    item: 1,
    description: "No pod shares the node's network, process or IPC namespace.",
    severity: "high",
    levels: holds.beforeUsers,
    fix: "remove hostNetwork, hostPID and hostIPC; reach the pod through a Service.",
    url: `${standards}#baseline`,
  },
  ({ spec }) =>
    ["hostNetwork", "hostPID", "hostIPC"].flatMap((name) =>
      demand(at(spec, name), { allows: oneOf(undefined, false), wanted: "false or nothing" }),
    ),
);
