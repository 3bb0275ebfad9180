/** What has to be asked so that every difference between live policies and written rows is seen. */
import type { Endpoint } from "../../../../components/security/flows.ts";
import { namespaceNameLabel, selectorLabels } from "../../../../components/names.ts";
import type { Labels } from "../../../../policy/src/graph/selector.ts";
import { type Peer, toAddress } from "../../../../policy/src/graph/traffic.ts";
import type { StoredObject } from "../../running/api.ts";
import type { LiveNetwork, WrittenFlows } from "./flows.ts";

/** Stands for every namespace that nobody speaks of. */
const elsewhere = "somewhere-else";

/** A policy, as far as it says who and what. */
export interface PolicySpec {
  readonly ingress?: readonly {
    readonly from?: readonly PolicyPeer[];
    readonly ports?: readonly PolicyPort[];
  }[];
  readonly egress?: readonly {
    readonly to?: readonly PolicyPeer[];
    readonly ports?: readonly PolicyPort[];
  }[];
}

interface PolicyPeer {
  readonly ipBlock?: { readonly cidr: string; readonly except?: readonly string[] };
  readonly namespaceSelector?: Selector;
  readonly podSelector?: Selector;
}

interface Selector {
  readonly matchLabels?: Labels;
  readonly matchExpressions?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

interface PolicyPort {
  readonly port?: number | string;
  readonly endPort?: number;
}

const specOf = ({ spec }: StoredObject): PolicySpec => spec ?? {};

/** Every peer that a policy names, in either direction. */
function policyPeers(policies: readonly StoredObject[]): readonly PolicyPeer[] {
  return policies
    .map(specOf)
    .flatMap(({ ingress = [], egress = [] }) => [
      ...ingress.flatMap(({ from = [] }) => from),
      ...egress.flatMap(({ to = [] }) => to),
    ]);
}

/** Pods that could be at the other end, and namespaces that only a policy's selector speaks of. */
export function peersOf(
  { namespaces, policies, pods }: LiveNetwork,
  { flows, parts }: WrittenFlows,
): { readonly peers: Peer[]; readonly namespaces: StoredObject[] } {
  const named = policyPeers(policies);
  const madeUp = named
    .flatMap(({ namespaceSelector }) => [labelsFor(namespaceSelector) ?? {}])
    .filter((labels) => Object.keys(labels).length > 0 && labels[namespaceNameLabel] === undefined)
    .map((labels, index) => ({
      ...{ apiVersion: "v1", kind: "Namespace", metadata: { name: `made-up-${index}`, labels } },
    }));
  const ends = flows.flatMap(({ from, to }) => [from, to]).filter((end) => end.kind !== "outside");
  const places = new Set<string>([
    ...[...namespaces, ...madeUp].map(({ metadata }) => metadata.name),
    ...named.flatMap(({ namespaceSelector }) => namespaceSelector?.matchLabels?.[namespaceNameLabel] ?? []),
    ...ends.map((end) => (end.kind === "workload" ? parts[end.part] : end.namespace)),
    elsewhere,
  ]);
  const kinds: Labels[] = [
    {},
    ...named.map(({ podSelector }) => labelsFor(podSelector) ?? {}),
    ...ends.map(labelsOf),
    ...pods.map(podLabels),
  ];
  const unique = [
    ...new Map(kinds.map((labels) => [JSON.stringify(Object.entries(labels).toSorted()), labels])).values(),
  ];
  return {
    peers: [...places].flatMap((namespace) =>
      unique.map((labels): Peer => ({ kind: "pods", namespace, labels })),
    ),
    namespaces: madeUp,
  };
}

/** Labels that a selector chooses; nothing where there is no selector. */
function labelsFor(selector: Selector | undefined): Labels | undefined {
  if (selector === undefined) return undefined;
  const expressed = (selector.matchExpressions ?? []).flatMap(({ key, operator, values }) =>
    operator === "In" ? [[key, values?.[0] ?? ""]] : operator === "Exists" ? [[key, "any"]] : [],
  );
  return { ...selector.matchLabels, ...(Object.fromEntries(expressed) as Labels) };
}

function labelsOf(end: Exclude<Endpoint, { kind: "outside" }>): Labels {
  return end.kind === "workload" ? selectorLabels(end.part, end.component) : (end.podLabels ?? {});
}

/** A pod's own labels, without those that tell it from its like. */
function podLabels({ kind, metadata }: StoredObject): Labels {
  if (kind !== "Pod") return {};
  const own =
    /^(statefulset\.kubernetes\.io\/pod-name|apps\.kubernetes\.io\/pod-index|pod-template-hash|controller-revision-hash|(batch\.kubernetes\.io\/)?(controller-uid|job-name))$/;
  return Object.fromEntries(Object.entries(metadata.labels ?? {}).filter(([key]) => !own.test(key)));
}

/** Addresses on both sides of every limit of a block, in rows and in policies, each as a network of one. */
export function addressesOf({ policies }: LiveNetwork, { flows }: WrittenFlows): string[] {
  const written = flows
    .flatMap(({ from, to }) => [from, to])
    .flatMap((end) => (end.kind === "outside" ? [end.cidr, ...(end.except ?? [])] : []));
  const live = policyPeers(policies).flatMap(({ ipBlock }) =>
    ipBlock ? [ipBlock.cidr, ...(ipBlock.except ?? [])] : [],
  );
  const blocks = [...new Set([...written, ...live])];
  const six = blocks.filter((block) => block.includes(":"));
  const numbers = blocks.flatMap((block) => {
    const [, address = "", bits = "32"] = /^([\d.]+)\/(\d+)$/.exec(block) ?? [];
    if (address === "") return [];
    const size = 2 ** (32 - Number(bits));
    const first = Math.floor(toNumber(address) / size) * size;
    return [first - 1, first, first + size - 1, first + size];
  });
  // One of documentation's own addresses, for the internet at large.
  const all = [...numbers.filter((each) => each >= 0 && each < 2 ** 32), toNumber("203.0.113.7")];
  return [...[...new Set(all)].map((each) => `${toAddress(each)}/32`), ...six];
}

/** Ports on both sides of every limit, in rows and in policies, in both protocols. */
export function portsOf(
  { policies }: LiveNetwork,
  { flows }: WrittenFlows,
): { readonly port: number; readonly protocol: "TCP" | "UDP" }[] {
  const rules = policies.map(specOf).flatMap(({ ingress = [], egress = [] }) => [...ingress, ...egress]);
  const live = rules.flatMap(({ ports = [] }) => ports).flatMap(({ port, endPort }) => [port, endPort]);
  const limits = [...flows.flatMap(({ ports }) => ports.map(({ port }) => port)), ...live].filter(
    (port) => typeof port === "number",
  );
  const numbers = new Set([1, 22, 443, 65_535, ...limits.flatMap((port) => [port - 1, port, port + 1])]);
  return [...numbers]
    .filter((port) => port >= 1 && port <= 65_535)
    .toSorted((a, b) => a - b)
    .flatMap((port) => (["TCP", "UDP"] as const).map((protocol) => ({ port, protocol })));
}

/** An IPv4 address as a number. */
export function toNumber(address: string): number {
  return address.split(".").reduce((sum, part) => sum * 256 + Number(part), 0);
}
