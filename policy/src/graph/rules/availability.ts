/** What scales, scales; what may be evicted, may be (item 6). */
import { at } from "../../k8s/field.ts";
import { root } from "../../k8s/manifest.ts";
import { containersOf } from "../../k8s/podSpec.ts";
import { holds } from "../../rule.ts";
import type { Graph, Item } from "../graph.ts";
import { type GraphFinding, type GraphRule, findingAt } from "../rule.ts";
import { selects } from "../selector.ts";
import type { Workload } from "../workload.ts";

const pdbDocs = "https://kubernetes.io/docs/tasks/run-application/configure-pdb/";

function autoscalers(graph: Graph, namespace?: string): readonly Item[] {
  return graph.ofKind("autoscaling", "HorizontalPodAutoscaler", namespace);
}

/** What an autoscaler scales: what holds the number of pods, and the workload whose pods they are. */
interface Target {
  readonly scaled: Item;
  readonly workload: Workload;
}

/** What an autoscaler scales, if it is in this deployment. A Rollout may run the pods of a Deployment. */
function targetOf(graph: Graph, autoscaler: Item): Target | undefined {
  const reference = at(root(autoscaler.manifest), "spec", "scaleTargetRef");
  const [kind, name] = [at(reference, "kind").value, at(reference, "name").value];
  const find = (wantedKind: unknown, wantedName: unknown): Workload | undefined =>
    graph
      .workloadsIn(autoscaler.namespace)
      .find((workload) => workload.kind === wantedKind && workload.name === wantedName);
  const direct = find(kind, name);
  if (direct !== undefined) return { scaled: direct, workload: direct };
  const rollout = graph
    .ofKind("argoproj.io", "Rollout", autoscaler.namespace)
    .find((each) => each.kind === kind && each.name === name);
  if (rollout === undefined) return undefined;
  const referred = at(root(rollout.manifest), "spec", "workloadRef");
  const workload = find(at(referred, "kind").value, at(referred, "name").value);
  return workload && { scaled: rollout, workload };
}

const fewest = (autoscaler: Item): unknown => at(root(autoscaler.manifest), "spec", "minReplicas").value ?? 1;

const scaling: GraphRule = {
  id: "hpa-target",
  item: 6,
  description:
    "An autoscaler scales something that there is, that says what it needs, and leaves its number of pods alone.",
  severity: "medium",
  levels: holds.beforeUsers,
  frameworks: [
    "kube-linter dangling-horizontalpodautoscaler",
    "kube-linter hpa-minimum-three-replicas",
    "kube-score",
  ],
  fix: "correct scaleTargetRef, set requests on all containers, minReplicas of 2 or more, and ignoreChanges on spec.replicas.",
  url: "https://kubernetes.io/docs/concepts/workloads/autoscaling/horizontal-pod-autoscale/",
  check: (graph) =>
    autoscalers(graph).flatMap((autoscaler) => {
      const target = targetOf(graph, autoscaler);
      const least = fewest(autoscaler);
      return [
        ...(typeof least === "number" && least >= 2
          ? []
          : [
              findingAt(autoscaler, "spec.minReplicas", [
                typeof least === "number" ? String(least) : "what is not known",
                "2 or more",
              ]),
            ]),
        ...(target === undefined
          ? [
              findingAt(autoscaler, "spec.scaleTargetRef", [
                "a workload that is not deployed",
                "one of this namespace",
              ]),
            ]
          : targetFaults(target)),
      ];
    }),
};

function targetFaults({ scaled, workload }: Target): readonly GraphFinding[] {
  // Where a Rollout runs a Deployment's pods, it scales that to nothing.
  const fixed = scaled === workload ? [workload] : [scaled, workload];
  const without = (workload.pod === undefined ? [] : containersOf(workload.pod)).filter(
    (container) => at(container, "resources", "requests", "cpu").value === undefined,
  );
  return [
    ...fixed.flatMap((item) => {
      const { value, path } = at(root(item.manifest), "spec", "replicas");
      const left = item.ignored?.includes("spec.replicas") ?? true;
      return value === undefined || left
        ? []
        : [findingAt(item, path, ["a number that undoes the autoscaler's", "none, or ignoreChanges on it"])];
    }),
    ...without.map(({ path }) =>
      findingAt(workload, `${path}.resources.requests.cpu`, ["nothing", "what usage is measured against"]),
    ),
  ];
}

function budgetsOf(graph: Graph, workload: Workload): readonly Item[] {
  return graph
    .ofKind("policy", "PodDisruptionBudget", workload.namespace)
    .filter(({ manifest }) => selects(at(root(manifest), "spec", "selector"), workload.podLabels));
}

/** Fewest pods that a workload has: its autoscaler's number, or its own. */
function fewestPods(graph: Graph, workload: Workload): number | undefined {
  const autoscaler = autoscalers(graph, workload.namespace).find((each) => {
    const target = targetOf(graph, each);
    return target?.workload.name === workload.name && target.workload.kind === workload.kind;
  });
  const least = autoscaler === undefined ? workload.replicas : fewest(autoscaler);
  return typeof least === "number" ? least : undefined;
}

const budgets: GraphRule = {
  id: "pdb-required",
  item: 6,
  description: "A workload of several pods has a budget that lets an eviction take one at a time.",
  severity: "medium",
  levels: holds.beforeUsers,
  frameworks: [
    "kube-score pod-disruption-budget",
    "polaris missingPodDisruptionBudget",
    "kyverno require-pdb",
  ],
  fix: "add a PodDisruptionBudget with maxUnavailable: 1.",
  url: pdbDocs,
  check: (graph) =>
    graph.workloads
      .filter(({ replicas }) => replicas !== undefined && replicas > 1)
      .filter((workload) => budgetsOf(graph, workload).length === 0)
      .map((item) => findingAt(item, "", ["no PodDisruptionBudget", "one that allows an eviction"])),
};

const evictable: GraphRule = {
  id: "pdb-hpa",
  item: 6,
  description:
    "A budget allows one eviction at the fewest pods that there may be; else no node can be drained.",
  severity: "medium",
  levels: holds.beforeUsers,
  frameworks: ["polaris pdbMinAvailableGreaterThanHPAMinReplicas", "kube-linter pdb-min-available"],
  fix: "use maxUnavailable: 1, or a minAvailable below the fewest replicas.",
  url: pdbDocs,
  check: (graph) =>
    graph.workloads.flatMap((workload) => {
      const pods = fewestPods(graph, workload);
      return pods === undefined
        ? []
        : budgetsOf(graph, workload)
            .filter((budget) => !allowsOne(budget, pods))
            .map((budget) =>
              findingAt(budget, "spec", [`no eviction at ${pods} pods`, "at least one pod that may go"]),
            );
    }),
};

/** Whether a budget lets one of so many pods go. What is not known does not. */
function allowsOne({ manifest }: Item, pods: number): boolean {
  const spec = at(root(manifest), "spec");
  const [most, least] = [at(spec, "maxUnavailable").value, at(spec, "minAvailable").value];
  if (most !== undefined) return (amount(most, pods) ?? 0) >= 1;
  return pods - (amount(least ?? 0, pods) ?? pods) >= 1;
}

/** A number, or a share of all pods, which Kubernetes rounds up. */
function amount(value: unknown, pods: number): number | undefined {
  if (typeof value === "number") return value;
  const share = typeof value === "string" ? /^(\d+)%$/.exec(value)?.[1] : undefined;
  return share === undefined ? undefined : Math.ceil((Number(share) * pods) / 100);
}

const quotas: GraphRule = {
  id: "ns-quota",
  item: 6,
  description: "A namespace of our own workloads has a quota, and limits for what names none.",
  severity: "medium",
  levels: holds.inProduction,
  frameworks: ["KSV-0039", "KSV-0040", "kyverno require-ns-quota"],
  fix: "add a ResourceQuota and a LimitRange; components/platform/workloadNamespace.ts makes both.",
  url: "https://kubernetes.io/docs/concepts/policy/resource-quotas/",
  check: (graph) =>
    graph.workloadNamespaces
      // Charts bring the others, with limits on every container of their own (res-limits).
      .filter((namespace) =>
        graph
          .workloadsIn(namespace)
          .some(
            ({ labels }) =>
              labels["helm.sh/chart"] === undefined &&
              ["paw", "bizra"].includes(labels["app.kubernetes.io/part-of"] ?? ""),
          ),
      )
      .flatMap((namespace) => {
        const missing = ["ResourceQuota", "LimitRange"].filter(
          (kind) => graph.ofKind("", kind, namespace).length === 0,
        );
        const item =
          graph.find({ group: "", kind: "Namespace", namespace: "", name: namespace }) ??
          graph.workloadsIn(namespace)[0];
        return missing.length === 0 ? [] : [findingAt(item, "", [`no ${missing.join(" and no ")}`, "both"])];
      }),
};

export const availabilityGraph: readonly GraphRule[] = [scaling, budgets, evictable, quotas];
