/** What is recorded, where images are verified, and what can be restored (items 8, 9 and 10). */
import { type Field, at, items } from "../../k8s/field.ts";
import { root } from "../../k8s/manifest.ts";
import { holds } from "../../rule.ts";
import { registries } from "../../site.ts";
import { backedUp } from "../backups.ts";
import type { Graph, Item } from "../graph.ts";
import { type GraphFinding, type GraphRule, findingAt } from "../rule.ts";
import type { Workload } from "../workload.ts";

/** Days that log lines are kept (spec A9). */
const leastRetentionHours = 168;

const shipping: GraphRule = {
  id: "audit-shipping",
  item: 8,
  description: "Log lines of all pods are collected and kept for seven days or more.",
  severity: "high",
  levels: holds.beforeUsers,
  frameworks: ["C-0067"],
  fix: "keep the chart alloy, and paw:platform.logsRetention at 168h or more.",
  url: "https://grafana.com/docs/loki/latest/operations/storage/retention/",
  needs: "charts",
  check: (graph) => {
    const collector = graph.workloads.some(({ labels }) => labels["app.kubernetes.io/name"] === "alloy");
    const config = lokiConfig(graph);
    const retention = /retention_period:\s*"?(\d+)h"?/.exec(config?.text ?? "")?.[1];
    return [
      ...(collector ? [] : [{ path: "", found: "no collector of logs", wanted: "Grafana Alloy" }]),
      ...(retention !== undefined && Number(retention) >= leastRetentionHours
        ? []
        : [
            {
              ...(config ? { item: config.item } : {}),
              path: "",
              found: retention === undefined ? "no retention of logs" : `${retention} hours`,
              wanted: `${leastRetentionHours} hours or more`,
            },
          ]),
    ];
  },
};

function lokiConfig(graph: Graph): { item: Item; text: string } | undefined {
  for (const item of graph.ofKind("", "ConfigMap")) {
    const text = at(root(item.manifest), "data", "config.yaml").value;
    if (item.labels["app.kubernetes.io/name"] === "loki" && typeof text === "string") return { item, text };
  }
  return undefined;
}

/** Servers of Vault that keep what they hold; the one of development mode keeps nothing. */
function vaultServers(graph: Graph): readonly Workload[] {
  return graph.workloads.filter(
    ({ kind, podLabels }) =>
      kind === "StatefulSet" &&
      podLabels["app.kubernetes.io/name"] === "vault" &&
      podLabels.component === "server",
  );
}

const vaultAudit: GraphRule = {
  id: "vault-audit",
  item: 8,
  description: "Vault has a volume of its own for its audit log: who read which secret.",
  severity: "high",
  levels: holds.beforeUsers,
  frameworks: ["NSA audit logging"],
  fix: "keep server.auditStorage.enabled in components/platform/vault/values.ts; paw:vault.configure switches the device on.",
  url: "https://developer.hashicorp.com/vault/docs/audit",
  needs: "charts",
  check: (graph) =>
    vaultServers(graph)
      .filter(
        ({ manifest }) =>
          !items(at(root(manifest), "spec", "volumeClaimTemplates")).some(
            (template) => at(template, "metadata", "name").value === "audit",
          ),
      )
      .map((item) =>
        findingAt(item, "spec.volumeClaimTemplates", ["no claim named audit", "a volume for the audit log"]),
      ),
};

const verifier: GraphRule = {
  id: "img-verifier",
  item: 9,
  description: "Images of this project are verified at admission, in every namespace that runs them.",
  severity: "high",
  levels: holds.beforeUsers,
  frameworks: ["kyverno verify-image"],
  fix: "add a ClusterImagePolicy for the registry, and label the namespace policy.sigstore.dev/include: true.",
  url: "https://docs.sigstore.dev/policy-controller/overview/",
  needs: "charts",
  check: (graph) => {
    const globs = graph
      .ofKind("policy.sigstore.dev", "ClusterImagePolicy")
      .flatMap(({ manifest }) => items(at(root(manifest), "spec", "images")))
      .map((image) => at(image, "glob").value);
    return graph.workloads.flatMap((workload) => unverified(graph, workload, globs));
  },
};

/** Registries of our own systems; tools and charts are pinned by digest or by their chart. */
const verifiedPrefixes = registries.filter(({ verified }) => verified === true).map(({ prefix }) => prefix);

function unverified(graph: Graph, workload: Workload, globs: readonly unknown[]): readonly GraphFinding[] {
  if (workload.pod === undefined) return [];
  const images = ["initContainers", "containers"].flatMap((list) =>
    items(at(workload.pod?.spec ?? root(workload.manifest), list)).map((container) => at(container, "image")),
  );
  const ours = images.filter(
    ({ value }) => typeof value === "string" && verifiedPrefixes.some((prefix) => value.startsWith(prefix)),
  );
  if (ours.length === 0) return [];
  const optedIn = graph.namespaceLabels(workload.namespace)["policy.sigstore.dev/include"] === "true";
  return [
    ...(optedIn
      ? []
      : [
          findingAt(workload, "metadata.namespace", [
            "a namespace where nothing is verified",
            "the label policy.sigstore.dev/include: true",
          ]),
        ]),
    ...ours
      .filter(
        ({ value }) => !globs.some((glob) => typeof glob === "string" && matches(glob, value as string)),
      )
      .map(({ path }) =>
        findingAt(workload, path, [
          "an image that no ClusterImagePolicy covers",
          "a policy for its registry",
        ]),
      ),
  ];
}

/** `ghcr.io/bizra/**`: two stars for any path, one for a part of it. */
function matches(glob: string, image: string): boolean {
  const pattern = glob
    .replace(/[.+?^${}()|[\]\\]/g, "\\$&")
    .replaceAll("**", "\u0000")
    .replaceAll("*", "[^/]*")
    .replaceAll("\u0000", ".*");
  return (
    new RegExp(`^${pattern}$`).test(image.replace(/(:[^/@]+)?(@.+)?$/, "")) ||
    new RegExp(`^${pattern}$`).test(image)
  );
}

const canary: GraphRule = {
  id: "canary-wired",
  item: 9,
  description: "A Rollout refers to the workload, Services, routes and analyses that there are.",
  severity: "high",
  levels: holds.beforeUsers,
  frameworks: [],
  fix: "correct the reference; a canary without its analysis is promoted whatever it does.",
  url: "https://argo-rollouts.readthedocs.io/en/stable/features/specification/",
  check: (graph) =>
    graph.ofKind("argoproj.io", "Rollout").flatMap((rollout) =>
      referencesOfRollout(rollout)
        .filter(
          ({ group, kind, name }) =>
            typeof name !== "string" ||
            graph.find({ group, kind, namespace: rollout.namespace, name }) === undefined,
        )
        .map(({ path }) => findingAt(rollout, path, ["what is not deployed", "an object of this namespace"])),
    ),
};

function referencesOfRollout(
  rollout: Item,
): readonly { group: string; kind: string; name: unknown; path: string }[] {
  const spec = at(root(rollout.manifest), "spec");
  const steps = at(spec, "strategy", "canary");
  const analyses = [
    at(steps, "analysis"),
    ...items(at(steps, "steps")).map((step) => at(step, "analysis")),
  ].flatMap((analysis) => items(at(analysis, "templates")).map((template) => at(template, "templateName")));
  const services = ["canaryService", "stableService"].map((name) => at(steps, name));
  const workload = at(spec, "workloadRef");
  return [
    ...(workload.value === undefined
      ? []
      : [
          {
            group: "apps",
            kind: String(at(workload, "kind").value),
            name: at(workload, "name").value,
            path: workload.path,
          },
        ]),
    ...analyses.map(({ value, path }) => ({
      group: "argoproj.io",
      kind: "AnalysisTemplate",
      name: value,
      path,
    })),
    ...services
      .filter(({ value }) => value !== undefined)
      .map(({ value, path }) => ({ group: "", kind: "Service", name: value, path })),
    ...routesOfRollout(at(steps, "trafficRouting")),
  ];
}

/** What a Rollout weighs: HTTPRoutes through the plugin for the Gateway API, or Istio's VirtualService. */
function routesOfRollout(
  routing: Field,
): readonly { group: string; kind: string; name: unknown; path: string }[] {
  const http = items(at(routing, "plugins", "argoproj-labs/gatewayAPI", "httpRoutes")).map((route) => ({
    group: "gateway.networking.k8s.io",
    kind: "HTTPRoute",
    field: at(route, "name"),
  }));
  const virtual = at(routing, "istio", "virtualService", "name");
  const istio =
    virtual.value === undefined
      ? []
      : [{ group: "networking.istio.io", kind: "VirtualService", field: virtual }];
  return [...http, ...istio].map(({ group, kind, field: { value, path } }) => ({
    group,
    kind,
    name: value,
    path,
  }));
}

export const claims: GraphRule = {
  id: "pvc-backup",
  item: 10,
  description: "Every claim is backed up, or somebody said why it need not be.",
  severity: "high",
  levels: holds.beforeUsers,
  frameworks: ["kyverno backup-all-volumes"],
  fix: "back it up, or add it to policy/src/graph/backups.ts with the reason why it can be made again.",
  url: "https://kubernetes.io/docs/concepts/storage/persistent-volumes/",
  check: (graph) => [
    ...graph.ofKind("", "PersistentVolumeClaim").flatMap((claim) => unsaved(graph, claim, claim.name)),
    ...graph.workloads.flatMap((workload) =>
      claimTemplates(workload).flatMap((template) =>
        unsaved(graph, workload, `${template}-${workload.name}-0`),
      ),
    ),
  ],
};

/** Names of a workload's claim templates. An operator's servers have one that it names itself. */
function claimTemplates({ manifest, pod }: Workload): readonly string[] {
  const spec = at(root(manifest), "spec");
  if (pod === undefined) return at(spec, "storage").value === undefined ? [] : ["data"];
  return items(at(spec, "volumeClaimTemplates")).map((template) => {
    const { value } = at(template, "metadata", "name");
    return typeof value === "string" ? value : "";
  });
}

function unsaved(graph: Graph, item: Item, claim: string): readonly GraphFinding[] {
  const entry = backedUp.find(
    ({ namespace, pattern }) => namespace === item.namespace && pattern.test(claim),
  );
  const found =
    entry === undefined
      ? "a claim that nobody spoke of"
      : entry.by !== undefined && graph.find(entry.by) === undefined
        ? `no ${entry.by.kind} ${entry.by.namespace}/${entry.by.name}, which should back it up`
        : undefined;
  return found === undefined ? [] : [findingAt(item, "", [found, "a backup, or a reason to need none"])];
}

const vaultSnapshot: GraphRule = {
  id: "vault-snapshot",
  item: 10,
  description: "What Vault holds is saved on a schedule.",
  severity: "high",
  levels: holds.beforeUsers,
  frameworks: [],
  fix: "run a CronJob labelled app.kubernetes.io/component: vault-snapshot in the namespace vault.",
  url: "https://developer.hashicorp.com/vault/docs/commands/operator/raft",
  needs: "charts",
  check: (graph) =>
    vaultServers(graph)
      // In development mode it holds nothing that could be saved.
      .filter(({ manifest }) => items(at(root(manifest), "spec", "volumeClaimTemplates")).length > 0)
      .filter(
        ({ namespace }) =>
          !graph
            .workloadsIn(namespace)
            .some(
              ({ kind, podLabels }) =>
                kind === "CronJob" && podLabels["app.kubernetes.io/component"] === "vault-snapshot",
            ),
      )
      .map((item) =>
        findingAt(item, "", ["no CronJob that takes snapshots", "one, encrypted and on a schedule"]),
      ),
};

export const evidenceGraph: readonly GraphRule[] = [shipping, vaultAudit, verifier, canary, vaultSnapshot];
