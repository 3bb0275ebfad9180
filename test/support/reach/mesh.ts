/**
 * A second opinion on Linkerd's authorizations, sharing nothing with `policy/src`. Nothing in it is ever unknown: what the
 * objects leave open (the account of somebody else's pod, a pod's address, the cluster's default) is tried in every way
 * that can make a difference, and the answer is what all of them have in common.
 *
 * https://linkerd.io/2-edge/reference/authorization-policy/
 */
import { type Selector, inBlock, matches } from "./network.ts";

export interface MeshPod {
  namespace: string;
  labels: Record<string, string>;
  account: string;
  annotations: Record<string, string>;
  ports: { name?: string; containerPort: number; protocol?: string }[];
}

interface Named {
  name: string;
  namespace: string;
}

interface Ref {
  group?: string;
  kind: string;
  name: string;
  namespace?: string;
}

export interface MeshObjects {
  /** Annotations of each namespace. */
  namespaces: Record<string, Record<string, string>>;
  servers: (Named & { spec: { podSelector: Selector; port: number | string; accessPolicy?: string } })[];
  policies: (Named & { spec: { targetRef: Ref; requiredAuthenticationRefs: Ref[] } })[];
  identities: (Named & { spec: { identities?: string[]; identityRefs?: Ref[] } })[];
  networks: (Named & { spec: { networks: { cidr: string; except?: string[] }[] } })[];
}

/** The source: a pod of the deployment, a pod of somebody else (known by its namespace), a stray pod, or an address. */
export type Source =
  | { kind: "ours"; pod: MeshPod }
  | { kind: "others"; namespace: string }
  | { kind: "stray"; namespace: string }
  | { kind: "address"; address: string };

export interface MeshAsk {
  source: Source;
  to: MeshPod;
  port: number;
  protocol: string;
}

/** One way in which what is not written may be. */
interface World {
  address: string;
  /** Identity that its proxy shows; nothing where there is none. */
  account?: { name: string; namespace: string };
  /** Whether the address is one of the cluster's own networks. */
  inCluster: boolean;
  /** The cluster's default for ports of which nobody speaks. */
  fallback: string;
  /** Whether a route that an authorization names has the request. */
  routed: boolean;
}

const annotation = (objects: MeshObjects, pod: MeshPod, name: string): string | undefined =>
  pod.annotations[name] ?? objects.namespaces[pod.namespace]?.[name];

const proxied = (objects: MeshObjects, pod: MeshPod): boolean =>
  /^(enabled|ingress)$/.test(annotation(objects, pod, "linkerd.io/inject") ?? "");

/** A list such as `25,587,4190-4191`, written out. */
function listed(text: string): Set<number> {
  const all = new Set<number>();
  for (const part of text.split(",").map((each) => each.trim())) {
    const [from, to] = part.split("-").map(Number);
    for (let port = from ?? NaN; port <= (to ?? from ?? NaN); port++) all.add(port);
  }
  return all;
}

const skips = (objects: MeshObjects, pod: MeshPod, [way, port]: [string, number]): boolean =>
  listed(annotation(objects, pod, `config.linkerd.io/skip-${way}-ports`) ?? "").has(port);

/** The proxy's own ports, and those of the control plane's data: `--inbound-ports-to-ignore`. */
const ignored = [4143, 4190, 4191, 4567, 4568];

/** `allowed`, `refused`, `no say` or `not evaluated`, in the report's words. */
export function secondOpinion(objects: MeshObjects, ask: MeshAsk): string {
  const { to, port, protocol } = ask;
  if (protocol !== "TCP" || !proxied(objects, to)) return "no say";
  if (ignored.includes(port) || skips(objects, to, ["inbound", port])) return "no say";
  const answers = new Set(worlds(objects, ask).map((world) => passes(objects, ask, world)));
  if (answers.size === 2) return "not evaluated";
  return answers.has(true) ? "allowed" : "refused";
}

/** How many Servers name the port: of more than one, which holds is not written, and all have to let through. */
export function serversNaming({ servers }: MeshObjects, to: MeshPod, port: number): MeshObjects["servers"] {
  return servers.filter(({ namespace, spec }) => {
    if (namespace !== to.namespace || !matches(spec.podSelector, to.labels)) return false;
    const named = to.ports.filter(({ name, protocol }) => name === spec.port && protocol !== "UDP");
    return spec.port === port || named.some(({ containerPort }) => containerPort === port);
  });
}

/** Every way that could matter: each account that is written anywhere and one that is not, and addresses here and there. */
function worlds(objects: MeshObjects, { source, port }: MeshAsk): World[] {
  const fallbacks = ["deny", "all-unauthenticated"];
  const routes = [true, false];
  const basics = fallbacks.flatMap((fallback) => routes.map((routed) => ({ fallback, routed })));
  if (source.kind === "address") {
    return [true, false].flatMap((inCluster) =>
      basics.map((basic) => ({ ...basic, inCluster, address: source.address })),
    );
  }
  const accounts = accountsOf(objects, source, port);
  return podAddresses(objects).flatMap((address) =>
    accounts.flatMap((account) =>
      basics.map((basic) => ({ ...basic, address, inCluster: true, ...(account ? { account } : {}) })),
    ),
  );
}

function accountsOf(objects: MeshObjects, source: Source, port: number): (World["account"] | undefined)[] {
  if (source.kind === "ours") {
    const { pod } = source;
    const secured = proxied(objects, pod) && !skips(objects, pod, ["outbound", port]);
    return [secured ? { name: pod.account, namespace: pod.namespace } : undefined];
  }
  if (source.kind !== "others") return [undefined];
  return [undefined, ...namesIn(objects).map((name) => ({ name, namespace: source.namespace }))];
}

const namesOf = new WeakMap<MeshObjects, string[]>();

/** Every name that is written anywhere, and one that is not. */
function namesIn(objects: MeshObjects): string[] {
  const known = namesOf.get(objects);
  if (known) return known;
  const written = [...JSON.stringify(objects).matchAll(/"name":"([^"]+)"/g)].map(([, name = ""]) => name);
  const ends = [...JSON.stringify(objects).matchAll(/"([a-z0-9-]+)\.[a-z0-9-]+\.serviceaccount/g)];
  const names = [...new Set([...written, ...ends.map(([, name = ""]) => name), "an-account-of-nobody"])];
  namesOf.set(objects, names);
  return names;
}

/** Addresses in and out of every network that is written: the first and the last of each, and its neighbours. */
function podAddresses({ networks }: MeshObjects): string[] {
  const blocks = networks.flatMap(({ spec }) =>
    spec.networks.flatMap(({ cidr, except = [] }) => [cidr, ...except]),
  );
  const edges = blocks.filter((cidr) => !cidr.includes(":")).flatMap(edgesOf);
  return [...new Set(["198.51.100.77", ...edges])];
}

function edgesOf(cidr: string): string[] {
  const [network = "", length = "32"] = cidr.split("/");
  const bits = network
    .split(".")
    .map((part) => Number(part).toString(2).padStart(8, "0"))
    .join("");
  const prefix = bits.slice(0, Number(length));
  const [first, last] = ["0", "1"].map((bit) => BigInt(`0b${prefix.padEnd(32, bit)}`)) as [bigint, bigint];
  return [first - 1n, first, last, last + 1n]
    .filter((each) => each >= 0n && each < 2n ** 32n)
    .map((each) => [24n, 16n, 8n, 0n].map((shift) => (each >> shift) & 255n).join("."));
}

function passes(objects: MeshObjects, { to, port }: MeshAsk, world: World): boolean {
  const servers = serversNaming(objects, to, port);
  if (servers.length === 0) {
    const policy = annotation(objects, to, "config.linkerd.io/default-inbound-policy") ?? world.fallback;
    return byPolicy(policy, world);
  }
  return servers.every(({ name, namespace, spec }) => {
    const own = objects.policies.filter((policy) => policy.namespace === namespace);
    const authorized = own.some(({ spec: { targetRef, requiredAuthenticationRefs } }) => {
      const meant = {
        Server: targetRef.name === name,
        Namespace: targetRef.name === namespace,
        HTTPRoute: world.routed,
      }[targetRef.kind];
      return (
        meant === true &&
        requiredAuthenticationRefs.every((ref) => proven(objects, { ref, namespace }, world))
      );
    });
    return authorized || byPolicy(spec.accessPolicy ?? "deny", world);
  });
}

function byPolicy(policy: string, { account, inCluster }: World): boolean {
  if (policy === "deny") return false;
  if (policy === "audit") return true;
  if (policy.startsWith("cluster-") && !inCluster) return false;
  return policy.endsWith("-unauthenticated") || account !== undefined;
}

function proven(
  { identities, networks }: MeshObjects,
  { ref, namespace }: { ref: Ref; namespace: string },
  { account, address }: World,
): boolean {
  const at = ref.namespace ?? namespace;
  const isIt = (object: Named): boolean => object.name === ref.name && object.namespace === at;
  if (ref.kind === "ServiceAccount") return account?.name === ref.name && account.namespace === at;
  if (ref.kind === "NetworkAuthentication") {
    return networks
      .filter(isIt)
      .some(({ spec }) =>
        spec.networks.some(
          ({ cidr, except = [] }) => inBlock(address, cidr) && !except.some((each) => inBlock(address, each)),
        ),
      );
  }
  if (account === undefined) return false;
  const shown = `${account.name}.${account.namespace}.serviceaccount.identity.linkerd.cluster.local`;
  return identities
    .filter(isIt)
    .some(
      ({ spec: { identities: texts = [], identityRefs = [] } }) =>
        texts.some((text) => (text.startsWith("*") ? shown.endsWith(text.slice(1)) : shown === text)) ||
        identityRefs.some(({ kind, name, namespace: place = at }) =>
          kind === "Namespace"
            ? account.namespace === name
            : account.name === name && account.namespace === place,
        ),
    );
}
