import { type Demand, demand } from "../../finding.ts";
import { at, items } from "../../k8s/field.ts";
import { hasUserNamespace, isWindows } from "../../k8s/podSpec.ts";
import { holds } from "../../rule.ts";
import { eachContainer, podRule } from "./podRule.ts";

/** The first number that distributions give to nobody (the customary bound of other catalogues). */
const first = 10_000;

const high: Demand = {
  allows: (id) => typeof id === "number" && id >= first,
  wanted: `a number from ${first} on`,
};
const notRoot: Demand = {
  allows: (id) => id === undefined || (typeof id === "number" && id !== 0),
  wanted: "a number other than 0",
};

export const highUid = podRule(
  {
    id: "pod-high-uid",
    item: 7,
    description: "Processes run as a user and a group that nobody on the node is, and in no group 0.",
    severity: "low",
    levels: holds.asAdvice,
    fix: `set securityContext.runAsUser and .runAsGroup of the pod to ${first} or more.`,
    url: "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",
    frameworks: ["KSV-0020", "KSV-0021", "KSV-0116"],
  },
  (pod) => {
    // In a user namespace no number of the container is a user of the node.
    if (isWindows(pod) || hasUserNamespace(pod)) return [];
    const context = at(pod.spec, "securityContext");
    return [
      ...["runAsUser", "runAsGroup"].flatMap((name) => {
        const inherited = at(context, name);
        return [
          ...(inherited.value === undefined ? [] : demand(inherited, high)),
          ...eachContainer(pod, (container) => {
            const own = at(container, "securityContext", name);
            return own.value === undefined && inherited.value !== undefined ? [] : demand(own, high);
          }),
        ];
      }),
      ...demand(at(context, "fsGroup"), notRoot),
      ...items(at(context, "supplementalGroups")).flatMap((group) => demand(group, notRoot)),
    ];
  },
);
