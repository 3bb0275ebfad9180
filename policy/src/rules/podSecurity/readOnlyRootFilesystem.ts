import { demand, oneOf } from "../../finding.ts";
import { at } from "../../k8s/field.ts";
import { isWindows } from "../../k8s/podSpec.ts";
import { holds } from "../../rule.ts";
import { eachContainer, podRule } from "./podRule.ts";

/** Stricter than the standard; part of the hardening guides and of what every workload here is built with. */
export const readOnlyRootFilesystem = podRule(
  {
    id: "pod-readonly-rootfs",
    frameworks: [
      "KSV-0014",
      "C-0017",
      "kube-linter no-read-only-root-fs",
      "Polaris notReadOnlyRootFilesystem",
      "Kyverno require-ro-rootfs",
    ],
    item: 1,
    description: "Containers cannot change their own programs.",
    severity: "medium",
    levels: holds.inProduction,
    fix: "set securityContext.readOnlyRootFilesystem to true; mount an emptyDir where the process writes.",
    url: "https://kubernetes.io/docs/tasks/configure-pod-container/security-context/",
  },
  (pod) => {
    // The API server refuses the field on Windows pods.
    if (isWindows(pod)) return [];
    return eachContainer(pod, (container) =>
      demand(at(container, "securityContext", "readOnlyRootFilesystem"), {
        allows: oneOf(true),
        wanted: "true",
      }),
    );
  },
);
