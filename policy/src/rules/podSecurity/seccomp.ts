import { demand, oneOf } from "../../finding.ts";
import { at } from "../../k8s/field.ts";
import { isWindows } from "../../k8s/podSpec.ts";
import { holds } from "../../rule.ts";
import { eachContainer, podRule, standards } from "./podRule.ts";

const profile = {
  allows: oneOf("RuntimeDefault", "Localhost"),
  wanted: "RuntimeDefault or Localhost",
  mayShow: oneOf("Unconfined"),
};

export const seccomp = podRule(
  {
    id: "pss-seccomp",
    frameworks: [
      "CIS 5.7.2",
      "KSV-0030",
      "KSV-0104",
      "C-0210",
      "Polaris linuxHardening",
      "Kyverno restrict-seccomp-strict",
    ],
    item: 1,
    description: "Every container runs under a seccomp profile.",
    severity: "high",
    levels: holds.beforeUsers,
    fix: "set securityContext.seccompProfile.type to RuntimeDefault on the pod.",
    url: `${standards}#restricted`,
  },
  (pod) => {
    if (isWindows(pod)) return [];
    const ofPod = at(pod.spec, "securityContext", "seccompProfile");
    // Containers inherit; what is wrong with the pod's own profile is said once, at the pod.
    const inherited = ofPod.value !== undefined;
    return [
      ...(inherited ? demand(at(ofPod, "type"), profile) : []),
      ...eachContainer(pod, (container) => {
        const own = at(container, "securityContext", "seccompProfile");
        return own.value === undefined && inherited ? [] : demand(at(own, "type"), profile);
      }),
    ];
  },
);
