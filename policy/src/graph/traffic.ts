/** What NetworkPolicies let through, as their specification says: policies add up, and the first one closes the rest. */
import { type Field, at, items } from "../k8s/field.ts";
import { root } from "../k8s/manifest.ts";
import type { Graph, Item } from "./graph.ts";
import { type Labels, selects } from "./selector.ts";
import type { Protocol, Workload } from "./workload.ts";

export type Direction = "ingress" | "egress";

/** The other end of a connection. */
export type Peer =
  | { readonly kind: "pods"; readonly namespace: string; readonly labels: Labels }
  /** An address that no pod has; `cidr` is that of the API server, or every address. */
  | { readonly kind: "address"; readonly cidr: string };

export interface Connection {
  readonly direction: Direction;
  readonly peer: Peer;
  readonly port: number;
  readonly protocol: Protocol;
  /** Names that the destination's containers give to ports, since a policy may use them. */
  readonly named: Workload["ports"];
}

/** Pods that policies may choose: a workload's, or some that are known by their labels alone. */
export type Chosen = Pick<Workload, "namespace" | "podLabels" | "hostNetwork">;

/** The policies that choose some pods. */
export function policiesOn(
  graph: Graph,
  { namespace, podLabels }: Pick<Chosen, "namespace" | "podLabels">,
): readonly Item[] {
  return graph
    .ofKind("networking.k8s.io", "NetworkPolicy", namespace)
    .filter(({ manifest }) => selects(at(root(manifest), "spec", "podSelector"), podLabels));
}

/** Whether a policy says anything about a direction: by its types, or by having rules for it. */
export function closes(policy: Item, direction: Direction): boolean {
  const spec = at(root(policy.manifest), "spec");
  const types = items(at(spec, "policyTypes")).map(({ value }) => value);
  if (types.length > 0) return types.includes(direction === "ingress" ? "Ingress" : "Egress");
  return direction === "ingress" || at(spec, "egress").value !== undefined;
}

/** The rules of a policy for a direction. */
export function rulesOf(policy: Item, direction: Direction): readonly Field[] {
  return closes(policy, direction) ? items(at(root(policy.manifest), "spec", direction)) : [];
}

/** A rule of a policy that lets something through. */
export interface Opening {
  readonly policy: Item;
  readonly rule: Field;
}

/** Everything that the policies on pods let through in a direction; without any policy everything passes. */
export function openingsOf(
  graph: Graph,
  pods: Chosen,
  direction: Direction,
): readonly Opening[] | "everything" {
  if (pods.hostNetwork) return "everything";
  const policies = policiesOn(graph, pods).filter((policy) => closes(policy, direction));
  if (policies.length === 0) return "everything";
  return policies.flatMap((policy) => rulesOf(policy, direction).map((rule) => ({ policy, rule })));
}

/** Whether the policies on a workload let a connection through. */
export function passes(graph: Graph, workload: Workload, connection: Connection): boolean {
  const openings = openingsOf(graph, workload, connection.direction);
  return (
    openings === "everything" ||
    openings.some((opening) => isFor(graph, opening, connection) && opens(opening.rule, connection))
  );
}

type Way = Pick<Connection, "direction" | "peer">;

/** Whether a rule is about the other end of a connection, whatever its port. */
export function isFor(graph: Graph, { policy, rule }: Opening, way: Way): boolean {
  const peers = items(at(rule, way.direction === "ingress" ? "from" : "to"));
  return peers.length === 0 || peers.some((peer) => isMeant(graph, peer, { policy, peer: way.peer }));
}

function isMeant(
  graph: Graph,
  field: Field,
  { policy, peer }: { readonly policy: Item; readonly peer: Peer },
): boolean {
  if (peer.kind === "address") return isInBlock(at(field, "ipBlock"), peer.cidr);
  if (at(field, "ipBlock").value !== undefined) return false;
  const namespaces = at(field, "namespaceSelector");
  const pods = at(field, "podSelector");
  const there =
    namespaces.value === undefined
      ? peer.namespace === policy.namespace
      : selects(namespaces, graph.namespaceLabels(peer.namespace));
  return there && (pods.value === undefined ? namespaces.value !== undefined : selects(pods, peer.labels));
}

/** Whether a block (`cidr`, `except`) holds addresses, and takes none of them out that are all there is. */
export function isInBlock(block: Field, cidr: string): boolean {
  const outer = at(block, "cidr").value;
  if (typeof outer !== "string" || !covers(outer, cidr)) return false;
  return !items(at(block, "except")).some(({ value }) => typeof value === "string" && covers(value, cidr));
}

/** Whether a rule is about a port. */
export function opens(
  rule: Field,
  { port, protocol, named }: Pick<Connection, "port" | "protocol" | "named">,
): boolean {
  const ports = items(at(rule, "ports"));
  return (
    ports.length === 0 ||
    ports.some((field) => {
      if ((at(field, "protocol").value ?? "TCP") !== protocol) return false;
      const first = at(field, "port").value;
      const last = at(field, "endPort").value;
      if (first === undefined) return at(field, "port").blockedAt === undefined;
      if (typeof first === "string") {
        // A container's port has a name for one protocol alone.
        return named.some(
          (each) => each.name === first && each.port === port && (each.protocol ?? "TCP") === protocol,
        );
      }
      return typeof first === "number" && first <= port && port <= (typeof last === "number" ? last : first);
    })
  );
}

/** Whether one block of IPv4 addresses holds all of another. Blocks of IPv6 hold each other where they are the same. */
export function covers(outer: string, inner: string): boolean {
  const [a, b] = [blockOf(outer), blockOf(inner)];
  if (a === undefined || b === undefined) return outer === inner;
  return a.bits <= b.bits && (b.address & a.mask) >>> 0 === (a.address & a.mask) >>> 0;
}

/**
 * Where a block of IPv4 begins, and where what comes after it begins, each as a network of one address: between all such
 * edges of some blocks, every address is in the same of them. Of IPv6 there are none.
 */
export function edgesOf(cidr: string): readonly string[] {
  const block = blockOf(cidr);
  if (block === undefined) return [];
  const first = (block.address & block.mask) >>> 0;
  return [first, first + 2 ** (32 - block.bits)]
    .filter((edge) => edge < 2 ** 32)
    .map((edge) => `${toAddress(edge)}/32`);
}

/** The IPv4 address that a number stands for. */
export function toAddress(number: number): string {
  return [24, 16, 8, 0].map((shift) => (number >>> shift) & 255).join(".");
}

function blockOf(cidr: string): { address: number; bits: number; mask: number } | undefined {
  const parts = /^(\d+)\.(\d+)\.(\d+)\.(\d+)\/(\d+)$/.exec(cidr)?.slice(1).map(Number);
  if (parts === undefined) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, bits = 0] = parts;
  const mask = bits === 0 ? 0 : (-1 << (32 - bits)) >>> 0;
  return { address: ((a << 24) | (b << 16) | (c << 8) | d) >>> 0, bits, mask };
}
