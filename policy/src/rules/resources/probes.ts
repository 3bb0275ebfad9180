import { type Demand, demand } from "../../finding.ts";
import { type Field, at, isHidden, isRecord, items } from "../../k8s/field.ts";
import { baseKind } from "../../k8s/manifest.ts";
import type { Pod } from "../../k8s/podSpec.ts";
import { type Finding, type Rule, holds } from "../../rule.ts";
import { slowStarters } from "../../site.ts";
import { notOfPatches, podRule } from "../podSecurity/podRule.ts";

const handlers = ["httpGet", "tcpSocket", "grpc", "exec"];

const probe: Demand = {
  allows: (value) => isRecord(value) && handlers.some((handler) => isRecord(value[handler])),
  wanted: `a probe by ${handlers.join(", ")}`,
};

/** What runs as long as its pod: the main containers, and init containers that are sidecars. */
function lasting({ spec }: Pod): readonly Field[] {
  return [
    ...items(at(spec, "initContainers")).filter((container) => {
      const policy = at(container, "restartPolicy");
      return policy.value === "Always" || isHidden(policy);
    }),
    ...items(at(spec, "containers")),
  ];
}

/** Whether the container needs longer to start than a liveness probe has patience. */
function startsSlowly({ template }: Pod, container: string): boolean {
  const labels = at(template, "metadata", "labels");
  return slowStarters.some(
    (each) =>
      each.container === container &&
      at(labels, "app.kubernetes.io/part-of").value === each.partOf &&
      each.components.includes(at(labels, "app.kubernetes.io/component").value as string),
  );
}

function findings(pod: Pod): readonly Finding[] {
  // Jobs, and whatever else comes to an end.
  if (["Never", "OnFailure"].includes(at(pod.spec, "restartPolicy").value as string)) return [];
  return lasting(pod).flatMap((container) => {
    const { value } = at(container, "name");
    const name = typeof value === "string" ? value : undefined;
    const probes = ["readinessProbe", "livenessProbe"];
    if (name !== undefined && startsSlowly(pod, name)) probes.push("startupProbe");
    return probes.flatMap((each) =>
      demand(at(container, each), probe).map((finding) => ({ ...finding, container: name })),
    );
  });
}

const lastingPods = notOfPatches(
  podRule(
    {
      id: "probes",
      item: 6,
      description:
        "Every container that is to last can be asked whether it lives and whether it serves; a chain's node, also whether it has started.",
      severity: "medium",
      levels: holds.inProduction,
      note: "Jobs, and pods that are not restarted for ever, need none; nor do init containers, but those that stay (`restartPolicy: Always`). Which nodes start slowly is said in `slowStarters` of `policy/src/site.ts`.",
      fix: "set readinessProbe and livenessProbe, and startupProbe on a node of the chain.",
      url: "https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/",
      frameworks: [
        "C-0018",
        "C-0056",
        "kube-linter no-liveness-probe",
        "kube-linter no-readiness-probe",
        "Polaris livenessProbeMissing",
        "Polaris readinessProbeMissing",
        "Kyverno require-probes",
      ],
    },
    findings,
  ),
);

export const probes: Rule = {
  ...lastingPods,
  judges: (manifest) => !["Job", "CronJob"].includes(baseKind(manifest)) && lastingPods.judges(manifest),
};
