/** What is open is open on purpose (item 2). */
import { demand, oneOf } from "../../finding.ts";
import { type Field, MALFORMED, UNKNOWN, at, entries, items } from "../../k8s/field.ts";
import { type Manifest, baseKind, groupOf, isPatch, root } from "../../k8s/manifest.ts";
import { type Finding, type Rule, holds } from "../../rule.ts";
import { exposedServices, openPorts } from "../../site.ts";

const policyDocs = "https://kubernetes.io/docs/concepts/services-networking/network-policies/";

function isPolicy(manifest: Manifest): boolean {
  return groupOf(manifest) === "networking.k8s.io" && baseKind(manifest) === "NetworkPolicy";
}

/** Whether a peer stands for every address. */
function isEverywhere(peer: Field): boolean {
  const cidr = at(peer, "ipBlock", "cidr").value;
  const block = at(peer, "ipBlock").value;
  if (peer.value === UNKNOWN || cidr === UNKNOWN || cidr === MALFORMED) return true;
  if (typeof cidr === "string")
    return cidr.endsWith("/0") && items(at(peer, "ipBlock", "except")).length === 0;
  // A peer without any selector, and a block without a network, stand for nothing that one would write on purpose.
  return block !== undefined || entries(peer).length === 0;
}

function openRule(direction: "ingress" | "egress"): Rule {
  const peers = direction === "ingress" ? "from" : "to";
  return {
    id: `netpol-open-${direction}`,
    item: 2,
    description: `No NetworkPolicy opens ${direction} to every address, but on ports that are meant to be.`,
    severity: "high",
    levels: holds.beforeUsers,
    fix: "name the pods, namespaces or networks, or add the port to openPorts in policy/src/site.ts with its reason.",
    url: policyDocs,
    frameworks: [direction === "ingress" ? "KUBE-0001" : "KUBE-0002"],
    judges: isPolicy,
    check: (manifest) =>
      items(at(root(manifest), "spec", direction)).flatMap((rule): Finding[] => {
        const list = items(at(rule, peers));
        const open = list.length === 0 ? [at(rule, peers)] : list.filter(isEverywhere);
        if (open.length === 0 || onlyMeant(rule, direction)) return [];
        return open.map(({ path }) => ({
          path,
          found: "every address",
          wanted: "named peers, or a port that is meant to be open",
        }));
      }),
  };
}

function onlyMeant(rule: Field, direction: "ingress" | "egress"): boolean {
  const ports = items(at(rule, "ports"));
  const meant = openPorts.filter((each) => each.direction === direction).map(({ port }) => port);
  return (
    ports.length > 0 &&
    ports.every(
      (port) => at(port, "endPort").value === undefined && meant.includes(at(port, "port").value as number),
    )
  );
}

const explicitTypes: Rule = {
  id: "netpol-explicit-types",
  frameworks: ["KSV-0038"],
  item: 2,
  description:
    "A NetworkPolicy says which directions it closes: left out, egress is closed only where it has rules.",
  severity: "medium",
  levels: holds.inProduction,
  fix: "set policyTypes, and podSelector ({} for all pods).",
  url: policyDocs,
  judges: (manifest) => isPolicy(manifest) && !isPatch(manifest),
  check: (manifest) => {
    const spec = at(root(manifest), "spec");
    const types = at(spec, "policyTypes");
    const valid = oneOf("Ingress", "Egress");
    return [
      ...demand(types, {
        allows: (value) => Array.isArray(value) && value.length > 0 && value.every(valid),
        wanted: "Ingress, Egress or both",
        mayShow: valid,
      }),
      ...demand(at(spec, "podSelector"), { allows: (value) => value !== undefined, wanted: "a selector" }),
    ];
  },
};

/** Services that only the cluster reaches. */
const inside = oneOf(undefined, "ClusterIP", "ExternalName");

const exposure: Rule = {
  id: "svc-exposure",
  frameworks: [
    "KSV-0108",
    "kube-linter exposed-services",
    "Kyverno restrict-node-port",
    "Kyverno restrict-service-external-ips",
  ],
  item: 2,
  description: "Only what is meant for the outside is reachable from there.",
  severity: "high",
  levels: holds.beforeUsers,
  fix: "use ClusterIP behind an Ingress, or add the Service to exposedServices in policy/src/site.ts with its reason.",
  url: "https://kubernetes.io/docs/concepts/services-networking/service/",
  judges: (manifest) => groupOf(manifest) === "" && baseKind(manifest) === "Service",
  check: (manifest) => {
    const name = at(root(manifest), "metadata", "name").value;
    if (typeof name === "string" && exposedServices.some(({ pattern }) => pattern.test(name))) return [];
    const spec = at(root(manifest), "spec");
    return [
      ...demand(at(spec, "type"), {
        allows: inside,
        wanted: "ClusterIP",
        mayShow: oneOf("NodePort", "LoadBalancer"),
      }),
      ...items(at(spec, "externalIPs")).map(({ path }) => ({ path, found: "an address", wanted: "nothing" })),
    ];
  },
};

const risky = [
  "configuration-snippet",
  "server-snippet",
  "stream-snippet",
  "auth-snippet",
  "modsecurity-snippet",
  "http-snippet",
];

const snippets: Rule = {
  id: "ingress-snippets",
  frameworks: ["C-0059"],
  item: 2,
  description:
    "No Ingress brings configuration for the controller's own server: it would run with its rights.",
  severity: "high",
  levels: holds.beforeUsers,
  fix: "use the controller's own annotations for what the snippet does.",
  url: "https://kubernetes.io/docs/concepts/services-networking/ingress/",
  judges: (manifest) =>
    ["networking.k8s.io", "extensions"].includes(groupOf(manifest)) && baseKind(manifest) === "Ingress",
  check: (manifest) =>
    entries(at(root(manifest), "metadata", "annotations"))
      .filter(({ key }) => key === undefined || risky.some((name) => key.endsWith(`/${name}`)))
      .map(({ path, blockedAt }) => ({
        path: blockedAt ?? path,
        found: "a snippet, or what a preview does not show",
        wanted: "nothing",
      })),
};

export const network: readonly Rule[] = [
  openRule("ingress"),
  openRule("egress"),
  explicitTypes,
  exposure,
  snippets,
];
