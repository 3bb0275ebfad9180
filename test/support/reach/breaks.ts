/** A policy set as a method would see it that does not read some part of the language: each must show. */
import type { MeshObjects } from "./mesh.ts";
import type { Policy, PolicyPeer, PolicyPort, PolicyRule, Selector } from "./network.ts";
import type { PolicySet, Running } from "./sets.ts";

type Break = (set: PolicySet) => PolicySet;

const policies =
  (change: (spec: Policy["spec"]) => Policy["spec"]): Break =>
  (set) => ({ ...set, policies: set.policies.map((policy) => ({ ...policy, spec: change(policy.spec) })) });

const rules = (change: (rule: PolicyRule) => PolicyRule): Break =>
  policies(({ ingress, egress, ...spec }) => ({
    ...spec,
    ...(ingress ? { ingress: ingress.map(change) } : {}),
    ...(egress ? { egress: egress.map(change) } : {}),
  }));

const peers = (change: (peer: PolicyPeer) => PolicyPeer): Break =>
  rules(({ from, to, ...rule }) => ({
    ...rule,
    ...(from ? { from: from.map(change) } : {}),
    ...(to ? { to: to.map(change) } : {}),
  }));

const ports = (change: (port: PolicyPort) => PolicyPort): Break =>
  rules(({ ports: list, ...rule }) => ({ ...rule, ...(list ? { ports: list.map(change) } : {}) }));

const without = <T extends object>(object: T, ...keys: (keyof T)[]): T =>
  Object.fromEntries(Object.entries(object).filter(([key]) => !keys.includes(key as keyof T))) as T;

const operator = (name: string): Break =>
  policies((spec) => ({
    ...spec,
    podSelector: {
      ...spec.podSelector,
      matchExpressions: (spec.podSelector.matchExpressions ?? []).filter((each) => each.operator !== name),
    } satisfies Selector,
  }));

const mesh =
  (change: (objects: MeshObjects) => MeshObjects): Break =>
  (set) => ({ ...set, mesh: change(set.mesh) });

/** Annotations of pods and of namespaces, wherever a method may read them. */
const annotation = (name: string): Break => {
  const clean = (all: Record<string, string>): Record<string, string> => without(all, name);
  return (set) => ({
    ...set,
    pods: set.pods.map((pod): Running => ({ ...pod, annotations: clean(pod.annotations) })),
    namespaces: Object.fromEntries(
      Object.entries(set.namespaces).map(([key, place]) => [
        key,
        { ...place, annotations: clean(place.annotations) },
      ]),
    ),
    mesh: {
      ...set.mesh,
      namespaces: Object.fromEntries(
        Object.entries(set.mesh.namespaces).map(([key, all]) => [key, clean(all)]),
      ),
    },
  });
};

/** By the part of the language that is not read. */
export const breaks: Readonly<Record<string, Break>> = {
  "the except of a block": peers(({ ipBlock, ...peer }) =>
    ipBlock ? { ipBlock: without(ipBlock, "except") } : peer,
  ),
  "blocks of addresses": peers((peer) => (peer.ipBlock ? { ipBlock: { cidr: "255.255.255.255/32" } } : peer)),
  "the pods of a peer": peers((peer) => (peer.namespaceSelector ? without(peer, "podSelector") : peer)),
  "the namespace of a peer": peers((peer) => (peer.podSelector ? without(peer, "namespaceSelector") : peer)),
  "the end of a range of ports": ports((port) => without(port, "endPort")),
  protocols: ports((port) => without(port, "protocol")),
  "names of ports": ports((port) => (typeof port.port === "string" ? { ...port, port: 1 } : port)),
  "types that are not said": policies((spec) => ({ ...spec, policyTypes: spec.policyTypes ?? ["Ingress"] })),
  "types that are said": policies((spec) => without(spec, "policyTypes")),
  ingress: policies((spec) => without(spec, "ingress")),
  egress: policies((spec) => ({ ...spec, ...(spec.egress ? { egress: [] } : {}) })),
  "labels of a selector": policies((spec) => ({
    ...spec,
    podSelector: without(spec.podSelector, "matchLabels"),
  })),
  In: operator("In"),
  NotIn: operator("NotIn"),
  Exists: operator("Exists"),
  DoesNotExist: operator("DoesNotExist"),
  "labels of namespaces": (set) => ({
    ...set,
    namespaces: Object.fromEntries(
      Object.entries(set.namespaces).map(([key, place]) => [key, { ...place, labels: {} }]),
    ),
  }),
  "protocols of containers' ports": (set) => ({
    ...set,
    pods: set.pods.map((pod) => ({ ...pod, ports: pod.ports.map((port) => without(port, "protocol")) })),
  }),
  "who is in the mesh": annotation("linkerd.io/inject"),
  "defaults of the mesh": annotation("config.linkerd.io/default-inbound-policy"),
  "ports that come in past the proxy": annotation("config.linkerd.io/skip-inbound-ports"),
  "ports that go out past the proxy": annotation("config.linkerd.io/skip-outbound-ports"),
  Servers: mesh((objects) => ({ ...objects, servers: [] })),
  "the access policy of a Server": mesh((objects) => ({
    ...objects,
    servers: objects.servers.map((server) => ({ ...server, spec: without(server.spec, "accessPolicy") })),
  })),
  authorizations: mesh((objects) => ({ ...objects, policies: [] })),
  "what an authorization asks for": mesh((objects) => ({
    ...objects,
    policies: objects.policies.map(({ spec, ...policy }) => ({
      ...policy,
      spec: { ...spec, requiredAuthenticationRefs: [] },
    })),
  })),
  "that an authorization may ask for two things": mesh((objects) => ({
    ...objects,
    policies: objects.policies.map(({ spec, ...policy }) => ({
      ...policy,
      spec: { ...spec, requiredAuthenticationRefs: spec.requiredAuthenticationRefs.slice(0, 1) },
    })),
  })),
  "identities that are written out": mesh((objects) => ({
    ...objects,
    identities: objects.identities.map(({ spec, ...each }) => ({
      ...each,
      spec: without(spec, "identities"),
    })),
  })),
  "identities by reference": mesh((objects) => ({
    ...objects,
    identities: objects.identities.map(({ spec, ...each }) => ({
      ...each,
      spec: without(spec, "identityRefs"),
    })),
  })),
  "networks that authorize": mesh((objects) => ({ ...objects, networks: [] })),
  "the except of such a network": mesh((objects) => ({
    ...objects,
    networks: objects.networks.map(({ spec, ...each }) => ({
      ...each,
      spec: { networks: spec.networks.map((network) => without(network, "except")) },
    })),
  })),
};
