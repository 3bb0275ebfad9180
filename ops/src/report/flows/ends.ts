/** Who can be at the ends of a connection: the workloads, and whom else the policies speak of. */
import { namespaceNameLabel } from "../../../../components/names.ts";
import type { Graph, Item } from "../../../../policy/src/graph/graph.ts";
import { policyGroup } from "../../../../policy/src/graph/mesh.ts";
import { type Labels, labelsOf, selects } from "../../../../policy/src/graph/selector.ts";
import {
  type Chosen,
  type Peer,
  policiesOn,
  rulesOf,
  toAddress,
} from "../../../../policy/src/graph/traffic.ts";
import type { Workload } from "../../../../policy/src/graph/workload.ts";
import { type Field, at, items } from "../../../../policy/src/k8s/field.ts";
import { root } from "../../../../policy/src/k8s/manifest.ts";
import { toNumber } from "../../suites/security/witnesses.ts";

/** One end, with the name that tables give it. */
export interface End {
  readonly name: string;
  readonly peer: Peer;
  /** Nothing where the end is no workload of the deployment; pods are then known by namespace and labels alone. */
  readonly workload: Workload | undefined;
  /** Whether it stands for somebody whom nobody spoke of: it can call, and nobody calls it. */
  readonly unnamed?: true;
}

/** The pods at an end, as policies see them; nothing for an address. */
export function podsAt({ peer, workload }: End): Chosen | undefined {
  if (workload || peer.kind === "address") return workload;
  return { namespace: peer.namespace, podLabels: peer.labels, hostNetwork: false };
}

/** Whether the deployment has something to say about an end: it is a workload, or a policy chooses it. */
export function isGoverned(graph: Graph, end: End): boolean {
  const pods = podsAt(end);
  return end.workload !== undefined || (pods !== undefined && policiesOn(graph, pods).length > 0);
}

const policiesIn = (graph: Graph): readonly Item[] => graph.ofKind("networking.k8s.io", "NetworkPolicy");

/** What a rule is about: its direction, and the policy that it stands in. */
interface Named {
  readonly field: Field;
  readonly policy: Item;
}

/** Every peer that a policy names, in either direction. */
function peersNamed(graph: Graph): readonly Named[] {
  return policiesIn(graph).flatMap((policy) =>
    (["ingress", "egress"] as const).flatMap((direction) =>
      rulesOf(policy, direction)
        .flatMap((rule) => items(at(rule, direction === "ingress" ? "from" : "to")))
        .map((field) => ({ field, policy })),
    ),
  );
}

/**
 * All ends: workloads whose pods have a network of their own, pods that policies name and the deployment does not have,
 * addresses, and a pod of nobody in each namespace.
 */
export function endsOf(graph: Graph): readonly End[] {
  const own = graph.workloads.filter(({ hostNetwork }) => !hostNetwork).map(workloadEnd);
  const named = peersNamed(graph);
  const all = [
    ...own,
    ...named.flatMap((each) => othersNamed(graph, each)),
    ...addressesNamed(graph, named),
    ...strangers(graph),
  ];
  const unique = new Map(
    all.map((end) => [`${end.workload?.kind ?? ""} ${end.name} ${JSON.stringify(end.peer)}`, end]),
  );
  return told([...unique.values()]);
}

/** Ends of one name, each with its labels or kind as well. */
function told(ends: readonly End[]): readonly End[] {
  const counts = Map.groupBy(ends, ({ name }) => name);
  return ends.map((end) => {
    if (counts.get(end.name)?.length === 1 || end.peer.kind === "address") return end;
    const labels = Object.entries(end.peer.labels).map(([key, value]) => `${key}=${value}`);
    const more = end.workload?.kind ?? (labels.join(",") || "any pod");
    return { ...end, name: `${end.name} (${more})` };
  });
}

function workloadEnd(workload: Workload): End {
  const { namespace, name, podLabels: labels } = workload;
  return { name: `${namespace}/${name}`, peer: { kind: "pods", namespace, labels }, workload };
}

/** Pods of others: a peer that names its namespace, where no workload of the deployment is meant. */
function othersNamed(graph: Graph, { field, policy }: Named): readonly End[] {
  if (at(field, "ipBlock").value !== undefined) return [];
  const [namespaces, pods] = [at(field, "namespaceSelector"), at(field, "podSelector")];
  const labels = labelsOf(at(pods, "matchLabels"));
  const namespace =
    namespaces.value === undefined
      ? policy.namespace
      : labelsOf(at(namespaces, "matchLabels"))[namespaceNameLabel];
  if (namespace === undefined) return [];
  const meant = graph
    .workloadsIn(namespace)
    .some(({ podLabels }) => pods.value === undefined || selects(pods, podLabels));
  if (meant) return [];
  const name = `${namespace}/${callName(labels)}`;
  return [{ name, peer: { kind: "pods", namespace, labels }, workload: undefined }];
}

/** What pods are called by their labels. */
function callName(labels: Labels): string {
  const known = ["app.kubernetes.io/component", "app.kubernetes.io/name", "k8s-app", "app"];
  const named = known.map((key) => labels[key]).find((value) => value !== undefined);
  const all = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return named ?? (all.length === 0 ? "any pod" : all.join(","));
}

/** Documentation's own address (RFC 5737): it stands for the internet at large. */
const internet = "203.0.113.7";

const address = (name: string, at: string): End => ({
  name,
  peer: { kind: "address", cidr: `${at}/32` },
  workload: undefined,
});

/** The internet, a private network, and each block that a policy of either kind names, by an address that is in it. */
function addressesNamed(graph: Graph, named: readonly Named[]): readonly End[] {
  const authentications = graph
    .ofKind(policyGroup, "NetworkAuthentication")
    .flatMap(({ manifest }) => items(at(root(manifest), "spec", "networks")));
  const blocks = [...named.map(({ field }) => at(field, "ipBlock")), ...authentications];
  return [
    address(`internet (as ${internet})`, internet),
    address("private networks (as 192.168.255.254)", "192.168.255.254"),
    ...blocks.flatMap((block) => {
      const cidr = at(block, "cidr").value;
      const within = typeof cidr === "string" ? addressIn(cidr, exceptIn(block)) : undefined;
      return within === undefined || cidr === "0.0.0.0/0"
        ? []
        : [address(`${String(cidr)} (as ${within})`, within)];
    }),
  ];
}

function exceptIn(block: Field): readonly string[] {
  return items(at(block, "except")).flatMap(({ value }) => (typeof value === "string" ? [value] : []));
}

interface Range {
  readonly first: number;
  readonly last: number;
}

function rangeOf(cidr: string): Range | undefined {
  const [, text = "", bits = ""] = /^([\d.]+)\/(\d+)$/.exec(cidr) ?? [];
  if (text === "") return undefined;
  const size = 2 ** (32 - Number(bits));
  const first = Math.floor(toNumber(text) / size) * size;
  return { first, last: first + size - 1 };
}

/** An address of a block that it does not take out again; nothing where all are taken out, and for IPv6. */
function addressIn(cidr: string, except: readonly string[]): string | undefined {
  const block = rangeOf(cidr);
  if (block === undefined) return undefined;
  const out = except.flatMap((each) => rangeOf(each) ?? []);
  // Past a network's own address, which nobody has.
  const candidates = [Math.min(block.first + 1, block.last), ...out.map(({ last }) => last + 1), block.first];
  const found = candidates.find(
    (each) =>
      block.first <= each &&
      each <= block.last &&
      !out.some(({ first, last }) => first <= each && each <= last),
  );
  return found === undefined ? undefined : toAddress(found);
}

/** A pod in each namespace that nobody speaks of, as somebody may start it. */
function strangers(graph: Graph): readonly End[] {
  return [...graph.workloadNamespaces, "some-other-namespace"].map((namespace) => ({
    name: `${namespace}/pod of nobody`,
    peer: { kind: "pods", namespace, labels: {} },
    workload: undefined,
    unnamed: true,
  }));
}
