/** Deployments by chance: workloads in three namespaces, NetworkPolicies of every form, and a mesh that says its own. */
import type { Given } from "../../../policy/src/graph/graph.ts";
import type { MeshObjects, MeshPod } from "./mesh.ts";
import type { Policy, PolicyPeer, PolicyPort, PolicyRule, Selector } from "./network.ts";
import { Chance } from "./random.ts";

export interface Running extends MeshPod {
  id: string;
}

export interface PolicySet {
  namespaces: Record<string, { labels: Record<string, string>; annotations: Record<string, string> }>;
  pods: Running[];
  policies: Policy[];
  mesh: MeshObjects;
}

const namespaces = ["shop", "bank", "lab"];
/** One that no object brings, as those of a cluster's own. */
const named = [...namespaces, "kube-system"];
const apps = ["web", "db", "cache", "job"];
const tiers = ["front", "back"];
const numbers = [53, 80, 443, 8080, 8081, 9090];
const names = ["http", "dns", "metrics"];
const accounts = ["web", "db", "default"];
const blocks = ["10.0.0.0/8", "203.0.113.0/24", "192.168.0.0/16", "0.0.0.0/0", "203.0.113.7/32", "::/0"];
const holes = ["10.1.0.0/16", "203.0.113.0/25", "192.168.0.0/16", "203.0.113.7/32"];
const inbound = [
  ...["deny", "all-unauthenticated", "all-authenticated", "cluster-authenticated", "cluster-unauthenticated"],
  "audit",
];

const nameLabel = (namespace: string): Record<string, string> => ({
  "kubernetes.io/metadata.name": namespace,
});

function selector(chance: Chance, keys: Readonly<Record<string, readonly string[]>>): Selector {
  const key = (): string => chance.of(Object.keys(keys));
  const value = (of: string): string => chance.of([...(keys[of] ?? []), "nothing-has-this"]);
  const pair = (): Record<string, string> => {
    const of = key();
    return { [of]: value(of) };
  };
  const expression = (): NonNullable<Selector["matchExpressions"]>[number] => {
    const of = key();
    const operator = chance.of(["In", "NotIn", "Exists", "DoesNotExist"]);
    const listed = operator === "In" || operator === "NotIn";
    return { key: of, operator, ...(listed ? { values: chance.times([1, 2], () => value(of)) } : {}) };
  };
  return {
    ...chance.maybe(0.5, () => ({ matchLabels: pair() })),
    ...chance.maybe(0.35, () => ({ matchExpressions: chance.times([1, 2], expression) })),
  };
}

const podSelector = (chance: Chance): Selector =>
  selector(chance, { app: apps, tier: tiers, "only-some-have-this": ["yes"] });
const namespaceSelector = (chance: Chance): Selector =>
  selector(chance, { team: ["a", "b"], "kubernetes.io/metadata.name": named, missing: ["x"] });

function peer(chance: Chance): PolicyPeer {
  if (chance.happens(0.25))
    return {
      ipBlock: { cidr: chance.of(blocks), ...chance.maybe(0.5, () => ({ except: chance.some(holes, 0.4) })) },
    };
  if (chance.happens(0.15))
    return {
      namespaceSelector: { matchLabels: nameLabel("kube-system") },
      podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
    };
  return chance.of([
    () => ({ podSelector: podSelector(chance) }),
    () => ({ namespaceSelector: namespaceSelector(chance) }),
    () => ({ namespaceSelector: namespaceSelector(chance), podSelector: podSelector(chance) }),
  ])();
}

const protocol = (chance: Chance): { protocol?: string } =>
  chance.maybe(0.5, () => ({ protocol: chance.of(["TCP", "TCP", "UDP", "SCTP"]) }));

function port(chance: Chance): PolicyPort {
  return chance.of<() => PolicyPort>([
    () => ({ port: chance.of(numbers), ...protocol(chance) }),
    () => ({ port: chance.of(names), ...protocol(chance) }),
    () => ({
      port: chance.of([80, 8000, 8080]),
      endPort: chance.of([8080, 8081, 9000]),
      ...protocol(chance),
    }),
    () => protocol(chance),
  ])();
}

function rule(chance: Chance, list: "from" | "to"): PolicyRule {
  return {
    ...chance.maybe(0.8, () => ({ [list]: chance.times([0, 3], () => peer(chance)) })),
    ...chance.maybe(0.7, () => ({ ports: chance.times([0, 3], () => port(chance)) })),
  };
}

function policy(chance: Chance, index: number): Policy {
  const denyAll = chance.happens(0.25);
  const spec = denyAll
    ? { podSelector: {}, policyTypes: chance.of([["Ingress", "Egress"], ["Ingress"], ["Egress"]]) }
    : {
        podSelector: podSelector(chance),
        ...chance.maybe(0.5, () => ({
          policyTypes: chance.of([["Ingress"], ["Egress"], ["Ingress", "Egress"], []]),
        })),
        ...chance.maybe(0.7, () => ({ ingress: chance.times([0, 2], () => rule(chance, "from")) })),
        ...chance.maybe(0.5, () => ({ egress: chance.times([0, 2], () => rule(chance, "to")) })),
      };
  return { name: `policy-${index}`, namespace: chance.of(namespaces), spec };
}

/** Annotations by which pods or a whole namespace join the mesh, and say what holds where nothing else does. */
function meshAnnotations(chance: Chance, share: number): Record<string, string> {
  return {
    ...chance.maybe(share, () => ({
      "linkerd.io/inject": chance.of(["enabled", "enabled", "ingress", "disabled"]),
    })),
    ...chance.maybe(share / 2, () => ({ "config.linkerd.io/default-inbound-policy": chance.of(inbound) })),
    ...chance.maybe(share / 3, () => ({
      "config.linkerd.io/skip-inbound-ports": chance.of(["8080", "80-443,9090"]),
    })),
    ...chance.maybe(share / 3, () => ({
      "config.linkerd.io/skip-outbound-ports": chance.of(["53, 80", "8080-8081"]),
    })),
  };
}

function pod(chance: Chance, index: number): Running {
  const app = chance.of(apps);
  return {
    id: `${app}-${index}`,
    namespace: chance.of(namespaces),
    labels: {
      app,
      ...chance.maybe(0.6, () => ({ tier: chance.of(tiers) })),
      ...chance.maybe(0.2, () => ({ "only-some-have-this": "yes" })),
    },
    account: chance.of(accounts),
    annotations: meshAnnotations(chance, 0.3),
    ports: chance
      .some(names, 0.6)
      .map((name) => ({ name, containerPort: chance.of(numbers), ...protocol(chance) })),
  };
}

function mesh(chance: Chance, annotations: MeshObjects["namespaces"]): MeshObjects {
  const at = (index: number, kind: string): { name: string; namespace: string } => ({
    name: `${kind}-${index}`,
    namespace: chance.of(namespaces),
  });
  const servers = chance.times([2, 6], (index) => ({
    ...at(index, "server"),
    spec: {
      podSelector: podSelector(chance),
      port: chance.of<number | string>([...numbers, ...names]),
      ...chance.maybe(0.4, () => ({ accessPolicy: chance.of(inbound) })),
    },
  }));
  const identities = chance.times([1, 4], (index) => ({ ...at(index, "identity"), spec: identity(chance) }));
  const networks = chance.times([1, 3], (index) => ({
    ...at(index, "network"),
    spec: {
      networks: chance.times([1, 2], () => ({
        cidr: chance.of(blocks),
        ...chance.maybe(0.4, () => ({ except: chance.some(holes, 0.4) })),
      })),
    },
  }));
  const policies = chance.times([2, 8], (index) => {
    const target = chance.of(servers);
    const namespace = chance.happens(0.9) ? target.namespace : chance.of(namespaces);
    const targetRef = chance.of([
      ...Array.from({ length: 4 }, () => ({ group: "policy.linkerd.io", kind: "Server", name: target.name })),
      { group: "core", kind: "Namespace", name: namespace },
      { group: "gateway.networking.k8s.io", kind: "HTTPRoute", name: "some" },
    ]);
    return {
      ...{ name: `policy-${index}`, namespace },
      spec: {
        targetRef,
        requiredAuthenticationRefs: requirements(chance, { identities, networks, namespace }),
      },
    };
  });
  return { namespaces: annotations, servers, policies, identities, networks };
}

function identity(chance: Chance): MeshObjects["identities"][number]["spec"] {
  const end = "serviceaccount.identity.linkerd.cluster.local";
  const texts = ["*", `*.${chance.of(named)}.${end}`, `${chance.of(accounts)}.${chance.of(named)}.${end}`];
  if (chance.happens(0.4)) return { identities: chance.times([1, 2], () => chance.of(texts)) };
  return {
    identityRefs: chance.times([1, 2], () =>
      chance.happens(0.4)
        ? { kind: "Namespace", name: chance.of(named) }
        : {
            ...{ kind: "ServiceAccount", name: chance.of(accounts) },
            ...chance.maybe(0.7, () => ({ namespace: chance.of(named) })),
          },
    ),
  };
}

/** At most one by certificate and one by network: Linkerd's webhook refuses more. */
function requirements(
  chance: Chance,
  { identities, networks, namespace }: Pick<MeshObjects, "identities" | "networks"> & { namespace: string },
): MeshObjects["policies"][number]["spec"]["requiredAuthenticationRefs"] {
  const group = "policy.linkerd.io";
  const refTo = (
    kind: string,
    object: { name: string; namespace: string },
  ): ReturnType<typeof requirements> => [
    {
      group,
      kind,
      name: object.name,
      ...(object.namespace === namespace ? {} : { namespace: object.namespace }),
    },
  ];
  const byIdentity = chance.of([
    () => refTo("MeshTLSAuthentication", chance.of(identities)),
    () => refTo("MeshTLSAuthentication", chance.of(identities)),
    () => [{ kind: "ServiceAccount", name: chance.of(accounts) }],
    () => refTo("MeshTLSAuthentication", { name: "not-there", namespace }),
  ]);
  return [
    ...(chance.happens(0.7) ? byIdentity() : []),
    ...(chance.happens(0.35) ? refTo("NetworkAuthentication", chance.of(networks)) : []),
  ];
}

/** The set that belongs to a seed. */
export function policySet(seed: number): PolicySet {
  const chance = new Chance(seed);
  const places = Object.fromEntries(
    namespaces.map((name, index) => [
      name,
      { labels: { team: index === 0 ? "a" : "b" }, annotations: meshAnnotations(chance, 0.7) },
    ]),
  );
  const annotations = Object.fromEntries(
    Object.entries(places).map(([name, place]) => [name, place.annotations]),
  );
  return {
    namespaces: places,
    pods: chance.times([4, 6], (index) => pod(chance, index)),
    policies: chance.times([1, 7], (index) => policy(chance, index)),
    mesh: mesh(chance, annotations),
  };
}

const kinds = ["Deployment", "StatefulSet", "DaemonSet"];

/** The set as objects of a deployment. */
export function objectsOf({ namespaces: places, pods, policies, mesh: linkerd }: PolicySet): Given[] {
  const custom = (
    version: string,
    kind: string,
    list: { name: string; namespace: string; spec: object }[],
  ): object[] =>
    list.map(({ name, namespace, spec }) => ({
      ...{ apiVersion: `policy.linkerd.io/${version}`, kind, metadata: { name, namespace }, spec },
    }));
  const all = [
    ...Object.entries(places).map(([name, metadata]) => ({
      ...{ apiVersion: "v1", kind: "Namespace", metadata: { name, ...metadata } },
    })),
    ...pods.map(workload),
    ...policies.map(({ name, namespace, spec }) => ({
      ...{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy", metadata: { name, namespace }, spec },
    })),
    ...custom("v1beta3", "Server", linkerd.servers),
    ...custom("v1alpha1", "AuthorizationPolicy", linkerd.policies),
    ...custom("v1alpha1", "MeshTLSAuthentication", linkerd.identities),
    ...custom("v1alpha1", "NetworkAuthentication", linkerd.networks),
  ];
  return all.map((manifest) => ({ manifest: manifest as Given["manifest"], source: "by chance" }));
}

function workload({ id, namespace, labels, account, annotations, ports }: Running, index: number): object {
  const container = { name: "main", image: "none", ports };
  return {
    apiVersion: "apps/v1",
    kind: kinds[index % kinds.length],
    metadata: { name: id, namespace },
    spec: {
      template: {
        metadata: { labels, annotations },
        spec: { serviceAccountName: account, containers: [container] },
      },
    },
  };
}
