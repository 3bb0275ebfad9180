/**
 * A second opinion on NetworkPolicies, written from the API's documentation alone and sharing nothing with `policy/src`:
 * every policy is written out as the full list of connections that it permits, and a connection is looked up there.
 *
 * https://kubernetes.io/docs/reference/kubernetes-api/policy-resources/network-policy-v1/
 */
export interface Selector {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

export interface PolicyPeer {
  ipBlock?: { cidr: string; except?: string[] };
  namespaceSelector?: Selector;
  podSelector?: Selector;
}

export interface PolicyPort {
  port?: number | string;
  endPort?: number;
  protocol?: string;
}

export interface PolicyRule {
  from?: PolicyPeer[];
  to?: PolicyPeer[];
  ports?: PolicyPort[];
}

export interface Policy {
  name: string;
  namespace: string;
  spec: { podSelector: Selector; policyTypes?: string[]; ingress?: PolicyRule[]; egress?: PolicyRule[] };
}

/** A pod as it runs. */
export interface Pod {
  id: string;
  namespace: string;
  labels: Record<string, string>;
  ports: { name?: string; containerPort: number; protocol?: string }[];
}

/** Somebody at one end: a pod, or an IPv4 address outside the cluster. */
export type Party = Pod | { address: string };

export interface Cluster {
  /** Labels of each namespace, without the one that the API server adds. */
  namespaces: Record<string, Record<string, string>>;
  policies: Policy[];
}

export interface Ask {
  from: Party;
  to: Party;
  port: number;
  protocol: string;
}

const isPod = (party: Party): party is Pod => "id" in party;

/** "A label selector requirement … The result of matchLabels and matchExpressions are ANDed." */
export function matches(selector: Selector, labels: Record<string, string>): boolean {
  const wanted = [
    ...Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
      key,
      operator: "In",
      values: [value],
    })),
    ...(selector.matchExpressions ?? []),
  ];
  for (const { key, operator, values } of wanted) {
    const has = Object.keys(labels).includes(key);
    const among = has && new Set(values).has(labels[key] ?? "");
    const holds = { In: among, NotIn: !among, Exists: has, DoesNotExist: !has }[operator];
    if (holds !== true) return false;
  }
  return true;
}

const bitsOf = (address: string): string =>
  address
    .split(".")
    .map((part) => Number(part).toString(2).padStart(8, "0"))
    .join("");

/** Whether an address begins with the bits of a block. No IPv4 address is in a block of IPv6. */
export function inBlock(address: string, cidr: string): boolean {
  const [network = "", length = "0"] = cidr.split("/");
  if (network.includes(":")) return false;
  return bitsOf(address).startsWith(bitsOf(network).slice(0, Number(length)));
}

/** Which of the parties a rule's list means; an absent or empty list means all. */
function isMeant(cluster: Cluster, home: string, [peers, party]: [PolicyPeer[] | undefined, Party]): boolean {
  if (peers === undefined || peers.length === 0) return true;
  for (const { ipBlock, namespaceSelector, podSelector } of peers) {
    if (ipBlock) {
      // "IPBlock describes a particular CIDR … allowed to the pods": of addresses outside the cluster.
      if (isPod(party)) continue;
      const out = (ipBlock.except ?? []).filter((except) => inBlock(party.address, except));
      if (inBlock(party.address, ipBlock.cidr) && out.length === 0) return true;
    } else if (isPod(party) && (namespaceSelector ?? podSelector) !== undefined) {
      const labels = {
        ...cluster.namespaces[party.namespace],
        "kubernetes.io/metadata.name": party.namespace,
      };
      const rightPlace = namespaceSelector ? matches(namespaceSelector, labels) : party.namespace === home;
      if (rightPlace && matches(podSelector ?? {}, party.labels)) return true;
    }
  }
  return false;
}

/** All numbers that a rule's list opens at a destination for a protocol; a name is that of a container's port there. */
function numbersOf(ports: PolicyPort[], to: Party, protocol: string): Set<number> | "all" {
  const numbers = new Set<number>();
  for (const each of ports) {
    if ((each.protocol ?? "TCP") !== protocol) continue;
    if (each.port === undefined) return "all";
    if (typeof each.port === "number")
      for (let number = each.port; number <= (each.endPort ?? each.port); number++) numbers.add(number);
    else if (isPod(to))
      to.ports
        .filter(({ name, protocol: own = "TCP" }) => name === each.port && own === protocol)
        .forEach(({ containerPort }) => numbers.add(containerPort));
  }
  return numbers;
}

/** "policyTypes … will default to Ingress … and Egress if the policy has egress rules". */
function typesOf({ spec }: Policy): string[] {
  if (spec.policyTypes && spec.policyTypes.length > 0) return spec.policyTypes;
  return "egress" in spec ? ["Ingress", "Egress"] : ["Ingress"];
}

/** Whether one side lets a connection through. */
function sideOpen(cluster: Cluster, side: "Ingress" | "Egress", { from, to, port, protocol }: Ask): boolean {
  const [self, other] = side === "Ingress" ? [to, from] : [from, to];
  if (!isPod(self)) return true;
  const isolating = cluster.policies.filter(
    (policy) =>
      policy.namespace === self.namespace &&
      matches(policy.spec.podSelector, self.labels) &&
      typesOf(policy).includes(side),
  );
  if (isolating.length === 0) return true;
  for (const { namespace, spec } of isolating) {
    for (const rule of (side === "Ingress" ? spec.ingress : spec.egress) ?? []) {
      if (!isMeant(cluster, namespace, [side === "Ingress" ? rule.from : rule.to, other])) continue;
      if (rule.ports === undefined || rule.ports.length === 0) return true;
      const numbers = numbersOf(rule.ports, to, protocol);
      if (numbers === "all" || numbers.has(port)) return true;
    }
  }
  return false;
}

/** What the policies of both ends do with a connection, in the report's words. */
export function secondOpinion(cluster: Cluster, ask: Ask): string {
  const closed = [
    ...(sideOpen(cluster, "Egress", ask) ? [] : ["source"]),
    ...(sideOpen(cluster, "Ingress", ask) ? [] : ["target"]),
  ];
  if (closed.length === 0) return "allowed";
  return closed.length === 2 ? "closed at both ends" : `closed at the ${closed.join("")}`;
}
