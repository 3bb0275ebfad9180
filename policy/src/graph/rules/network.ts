/** Who may talk to whom, over all objects (item 2). */
import { type Field, at, items } from "../../k8s/field.ts";
import { root } from "../../k8s/manifest.ts";
import { holds } from "../../rule.ts";
import type { Graph, Item } from "../graph.ts";
import { type GraphFinding, type GraphRule, findingAt } from "../rule.ts";
import { isMade } from "../secrets.ts";
import { selects, selectsAll } from "../selector.ts";
import { type Direction, closes, passes, policiesOn, rulesOf } from "../traffic.ts";
import type { Workload } from "../workload.ts";

const docs = "https://kubernetes.io/docs/concepts/services-networking/network-policies/";
const directions = ["ingress", "egress"] as const;

/** Workloads that NetworkPolicies can hold: the node's own network is not theirs to close. */
function guardable(graph: Graph): readonly Workload[] {
  return graph.workloads.filter(({ hostNetwork }) => !hostNetwork);
}

function policiesIn(graph: Graph, namespace?: string): readonly Item[] {
  return graph.ofKind("networking.k8s.io", "NetworkPolicy", namespace);
}

/** Whether a policy lets nothing through and chooses every pod. */
function deniesAll(policy: Item, direction: Direction): boolean {
  return (
    selectsAll(at(root(policy.manifest), "spec", "podSelector")) &&
    closes(policy, direction) &&
    rulesOf(policy, direction).length === 0
  );
}

const defaultDeny: GraphRule = {
  id: "netpol-default-deny",
  item: 2,
  description: "In a namespace with pods, what no policy allows is denied, in both directions.",
  severity: "high",
  levels: holds.beforeUsers,
  frameworks: ["CIS 5.3.2", "C-0206", "kyverno add-networkpolicy"],
  fix: "add a NetworkPolicy with podSelector {}, policyTypes Ingress and Egress, and no rules.",
  url: docs,
  check: (graph) =>
    [...new Set(guardable(graph).map(({ namespace }) => namespace))].flatMap((namespace) => {
      const open = directions.filter(
        (direction) => !policiesIn(graph, namespace).some((policy) => deniesAll(policy, direction)),
      );
      if (open.length === 0) return [];
      const item =
        graph.find({ group: "", kind: "Namespace", namespace: "", name: namespace }) ??
        graph.workloadsIn(namespace)[0];
      return findingAt(item, "", [
        `no policy that denies all ${open.join(" and ")}`,
        "a default deny of ingress and egress",
      ]);
    }),
};

const covered: GraphRule = {
  id: "netpol-covered",
  item: 2,
  description: "Every workload has a NetworkPolicy that says what it needs: denied all, it could not work.",
  severity: "medium",
  levels: holds.beforeUsers,
  frameworks: [
    "kube-linter non-isolated-pod",
    "kube-score pod-networkpolicy",
    "polaris missingNetworkPolicy",
  ],
  fix: "add the workload's flows to components/security/flows.ts.",
  url: docs,
  check: (graph) =>
    guardable(graph)
      .filter((workload) =>
        policiesOn(graph, workload).every((policy) =>
          directions.every((direction) => rulesOf(policy, direction).length === 0),
        ),
      )
      .map((item) => findingAt(item, "", ["no policy with a rule", "a policy that allows what it needs"])),
};

/** The cluster's name service, as most clusters label it. */
const dns = { kind: "pods", namespace: "kube-system", labels: { "k8s-app": "kube-dns" } } as const;

const nameService: GraphRule = {
  id: "netpol-dns",
  item: 2,
  description: "Every workload may ask the cluster's name service, over UDP and TCP.",
  severity: "medium",
  levels: holds.beforeUsers,
  frameworks: ["kyverno add-networkpolicy-dns"],
  fix: "allow egress to kube-dns in kube-system on port 53, UDP and TCP.",
  url: docs,
  check: (graph) =>
    guardable(graph).flatMap((workload) => {
      const closed = (["UDP", "TCP"] as const).filter(
        (protocol) =>
          !passes(graph, workload, { direction: "egress", peer: dns, port: 53, protocol, named: [] }),
      );
      return closed.length === 0
        ? []
        : findingAt(workload, "", [
            `no way to kube-dns over ${closed.join(" and ")}`,
            "port 53, UDP and TCP",
          ]);
    }),
};

const dangling: GraphRule = {
  id: "netpol-dangling",
  item: 2,
  description: "A NetworkPolicy chooses pods that there are; a misspelt label protects nobody.",
  severity: "medium",
  levels: holds.inProduction,
  frameworks: ["kube-linter dangling-networkpolicy", "kube-linter dangling-networkpolicypeer-podselector"],
  fix: "correct the labels, or remove the policy.",
  url: docs,
  check: (graph) =>
    // Where charts are not rendered, the pods of their namespaces are not to be seen.
    policiesIn(graph)
      .filter(({ namespace }) => graph.chartsRendered || graph.workloadsIn(namespace).length > 0)
      .flatMap((policy) => {
        const chosen = at(root(policy.manifest), "spec", "podSelector");
        const peers = directions.flatMap((direction) =>
          rulesOf(policy, direction).flatMap((rule) =>
            items(at(rule, direction === "ingress" ? "from" : "to")),
          ),
        );
        return [
          ...(choosesSomebody(graph, chosen, [policy.namespace])
            ? []
            : [findingAt(policy, chosen.path, ["labels that no pod has", "labels of a workload"])]),
          ...peers.flatMap((peer) => danglingPeer(graph, policy, peer)),
        ];
      }),
};

/** A peer in a namespace of this deployment has to be one of its workloads; of other namespaces nothing is known. */
function danglingPeer(graph: Graph, policy: Item, peer: Field): readonly GraphFinding[] {
  const pods = at(peer, "podSelector");
  if (pods.value === undefined) return [];
  const elsewhere = at(peer, "namespaceSelector");
  const namespaces =
    elsewhere.value === undefined
      ? [policy.namespace]
      : graph.workloadNamespaces.filter((name) => selects(elsewhere, graph.namespaceLabels(name)));
  if (namespaces.length === 0 || choosesSomebody(graph, pods, namespaces)) return [];
  return [findingAt(policy, pods.path, ["labels that no pod has", "labels of a workload"])];
}

function choosesSomebody(graph: Graph, selector: Field, namespaces: readonly string[]): boolean {
  return (
    selectsAll(selector) ||
    namespaces.some((name) => graph.workloadsIn(name).some(({ podLabels }) => selects(selector, podLabels)))
  );
}

const ingressTls: GraphRule = {
  id: "ingress-tls",
  item: 2,
  description:
    "Every host of an Ingress is served over TLS, with a certificate that cert-manager or Vault provides.",
  severity: "high",
  levels: holds.beforeUsers,
  frameworks: ["polaris tlsSettingsMissing", "kyverno require-ingress-https", "KSV-0117"],
  fix: "list the host in spec.tls with the secretName of a Certificate or an ExternalSecret, or annotate the Ingress for cert-manager.",
  url: "https://kubernetes.io/docs/concepts/services-networking/ingress/#tls",
  check: (graph) =>
    graph.ofKind("networking.k8s.io", "Ingress").flatMap((ingress) => tlsFaults(graph, ingress)),
};

function tlsFaults(graph: Graph, ingress: Item): readonly GraphFinding[] {
  const spec = at(root(ingress.manifest), "spec");
  const blocks = items(at(spec, "tls"));
  const secured = blocks.flatMap((block) => items(at(block, "hosts")).map(({ value }) => value));
  const hosts = items(at(spec, "rules")).map((rule) => at(rule, "host"));
  const annotations = at(root(ingress.manifest), "metadata", "annotations");
  const issued = ["cert-manager.io/cluster-issuer", "cert-manager.io/issuer"].some(
    (name) => typeof at(annotations, name).value === "string",
  );
  return [
    ...hosts
      .filter(({ value }) => typeof value !== "string" || !secured.includes(value))
      .map(({ path }) => findingAt(ingress, path, ["a host without TLS", "the same host in spec.tls"])),
    ...blocks
      .map((block) => at(block, "secretName"))
      .filter(
        ({ value }) => typeof value !== "string" || !(issued || isMade(graph, ingress.namespace, value)),
      )
      .map(({ path }) =>
        findingAt(ingress, path, [
          "a Secret that nothing makes",
          "that of a Certificate or an ExternalSecret",
        ]),
      ),
  ];
}

export const networkGraph: readonly GraphRule[] = [defaultDeny, covered, nameService, dangling, ingressTls];
