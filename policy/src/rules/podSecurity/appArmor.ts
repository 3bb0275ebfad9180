import { demand, oneOf } from "../../finding.ts";
import { type Field, at, entries } from "../../k8s/field.ts";
import { type Finding, holds } from "../../rule.ts";
import { eachSecurityContext, podRule, standards } from "./podRule.ts";

/** How a profile was chosen before Kubernetes 1.30; still obeyed. The container's name follows. */
const annotation = "container.apparmor.security.beta.kubernetes.io/";

const ofAnnotation = {
  allows: (value: unknown) =>
    value === "" ||
    value === "runtime/default" ||
    (typeof value === "string" && value.startsWith("localhost/")),
  wanted: "runtime/default, localhost/... or no such annotation",
  mayShow: oneOf("unconfined"),
};

const ofField = {
  allows: oneOf("RuntimeDefault", "Localhost"),
  wanted: "RuntimeDefault, Localhost or no appArmorProfile",
  mayShow: oneOf("Unconfined"),
};

export const appArmor = podRule(
  {
    id: "pss-apparmor",
    frameworks: ["KSV-0002", "Kyverno restrict-apparmor-profiles"],
    item: 1,
    description: "No container is taken out of its AppArmor profile.",
    severity: "high",
    levels: holds.beforeUsers,
    fix: "set appArmorProfile.type to RuntimeDefault or remove it, and remove the beta annotations.",
    url: `${standards}#baseline`,
  },
  (pod) => [
    ...eachSecurityContext(pod, (context) => {
      const profile = at(context, "appArmorProfile");
      return profile.value === undefined ? [] : demand(at(profile, "type"), ofField);
    }),
    ...annotations(at(pod.template, "metadata", "annotations")),
  ],
);

/** Annotations that are not known as a whole could name a profile. */
function annotations(all: Field): readonly Finding[] {
  return entries(all)
    .filter(({ key }) => key === undefined || key.startsWith(annotation))
    .flatMap((entry) => demand(entry, ofAnnotation));
}
