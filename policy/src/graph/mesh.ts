/**
 * What Linkerd lets through, as its reference of policies says: a port that a Server names is closed to all whom no
 * authorization names; a port without a Server keeps the default of its pod or namespace.
 */
import { type Field, at, items } from "../k8s/field.ts";
import { root } from "../k8s/manifest.ts";
import type { Graph, Item } from "./graph.ts";
import { labelsOf, selects } from "./selector.ts";
import { edgesOf, isInBlock } from "./traffic.ts";
import type { Protocol, Workload } from "./workload.ts";

export const policyGroup = "policy.linkerd.io";
export const inject = "linkerd.io/inject";

/** Ports that iptables keeps from the proxy in every pod: its own, and those of Linkerd's control (its `proxyInit`). */
const ownPorts: readonly number[] = [4143, 4190, 4191, 4567, 4568];

/** An annotation of a workload's pods, or else of their namespace. */
export function annotationOf(graph: Graph, workload: Workload, name: string): string | undefined {
  const item = graph.find({ group: "", kind: "Namespace", namespace: "", name: workload.namespace });
  const ofNamespace = item && labelsOf(at(root(item.manifest), "metadata", "annotations"))[name];
  return workload.podAnnotations[name] ?? ofNamespace;
}

/** Whether a workload's pods ask for a proxy. */
export function isInjected(graph: Graph, workload: Workload): boolean {
  return ["enabled", "ingress"].includes(annotationOf(graph, workload, inject) ?? "");
}

/** Whether a workload's pods have a proxy: there is none on the node's own network. */
export function isMeshed(graph: Graph, workload: Workload): boolean {
  return !workload.hostNetwork && isInjected(graph, workload);
}

/** Whether an annotation takes a port out of the mesh: it lists ports and ranges of them. */
export function isSkipped(
  graph: Graph,
  workload: Workload,
  { direction, port }: { readonly direction: "inbound" | "outbound"; readonly port: number },
): boolean {
  const text = annotationOf(graph, workload, `config.linkerd.io/skip-${direction}-ports`) ?? "";
  return text.split(",").some((part) => {
    const [, first, last = first] = /^\s*(\d+)(?:-(\d+))?\s*$/.exec(part) ?? [];
    return first !== undefined && Number(first) <= port && port <= Number(last);
  });
}

/** Who calls. Of a pod its address is never known before it runs. */
export type Caller =
  | {
      readonly kind: "pods";
      readonly namespace: string;
      /** Account that it runs as; nothing where that is not to be seen. */
      readonly account: string | undefined;
      /** Whether the call comes through a proxy; nothing where that is not to be seen. */
      readonly meshed: boolean | undefined;
    }
  /** Somebody outside the cluster, by address or network. */
  | { readonly kind: "address"; readonly cidr: string };

/** `no say` is a port that no proxy handles; `not evaluated` one where the objects do not tell. */
export type MeshAnswer = "allowed" | "refused" | "no say" | "not evaluated";

/** Yes, no, or not to be known: as in SQL, what is not known stays so unless the rest decides. */
type Known = boolean | undefined;

const some = (all: readonly Known[]): Known =>
  all.includes(true) || (all.includes(undefined) ? undefined : false);
const every = (all: readonly Known[]): Known =>
  !all.includes(false) && (all.includes(undefined) ? undefined : true);

/** A call to a port of a pod. */
export interface Call {
  readonly caller: Caller;
  readonly port: number;
  readonly protocol: Protocol;
}

/** What the proxies of a workload's pods do with a call. */
export function authorizes(graph: Graph, workload: Workload, { caller, port, protocol }: Call): MeshAnswer {
  const skipped = ownPorts.includes(port) || isSkipped(graph, workload, { direction: "inbound", port });
  if (protocol !== "TCP" || skipped || !isMeshed(graph, workload)) return "no say";
  // A pod may have any address: the answer is what holds at all of them.
  const places = caller.kind === "address" ? [caller.cidr] : placesOf(graph);
  const answers = new Set(places.map((place) => answerAt(graph, workload, { caller, port, place })));
  const [answer] = answers;
  if (answers.size > 1 || answer === undefined) return "not evaluated";
  return answer ? "allowed" : "refused";
}

/** An address on each side of every limit of a network that an authentication names. */
function placesOf(graph: Graph): readonly string[] {
  const networks = graph
    .ofKind(policyGroup, "NetworkAuthentication")
    .flatMap(({ manifest }) => items(at(root(manifest), "spec", "networks")));
  const blocks = networks.flatMap((network) => [at(network, "cidr"), ...items(at(network, "except"))]);
  return [
    ...new Set([
      "0.0.0.0/32",
      ...blocks.flatMap(({ value }) => (typeof value === "string" ? edgesOf(value) : [])),
    ]),
  ];
}

/** A caller at an address. */
interface Placed {
  readonly caller: Caller;
  readonly place: string;
}

function answerAt(
  graph: Graph,
  workload: Workload,
  { port, ...placed }: Placed & { readonly port: number },
): Known {
  const servers = serversOf(graph, workload, port);
  // Which of several Servers holds is left to their order in time: what all of them let through passes.
  return servers.length > 0
    ? every(servers.map((server) => passesServer(graph, server, placed)))
    : passesDefault(annotationOf(graph, workload, "config.linkerd.io/default-inbound-policy"), placed.caller);
}

/** The Servers that name a port of a workload, by number or by the container's name for it. */
export function serversOf(graph: Graph, workload: Workload, port: number): readonly Item[] {
  return graph.ofKind(policyGroup, "Server", workload.namespace).filter(({ manifest }) => {
    const spec = at(root(manifest), "spec");
    const { value } = at(spec, "port");
    const isPort =
      typeof value === "string"
        ? workload.ports.some((each) => each.name === value && each.port === port && each.protocol !== "UDP")
        : value === port;
    return isPort && selects(at(spec, "podSelector"), workload.podLabels);
  });
}

function passesServer(graph: Graph, server: Item, placed: Placed): Known {
  const { namespace, name, manifest } = server;
  const authorized = graph.ofKind(policyGroup, "AuthorizationPolicy", namespace).map((policy): Known => {
    const target = targetOf(policy);
    const isMeant =
      (target.kind === "Server" && target.name === name) ||
      (target.kind === "Namespace" && target.name === namespace);
    // A route lets some of the requests through; which Server it belongs to is not followed.
    const isPart = target.kind.endsWith("Route");
    if (!isMeant && !isPart) return false;
    const holds = every(
      references(policy).map((reference) => proves(graph, policy, { reference, ...placed })),
    );
    return isPart && holds === true ? undefined : holds;
  });
  // The older way to authorize is not followed either.
  const older = graph.ofKind(policyGroup, "ServerAuthorization", namespace).length > 0 ? [undefined] : [];
  const access = at(root(manifest), "spec", "accessPolicy").value ?? "deny";
  return some([...authorized, ...older, passesDefault(access, placed.caller)]);
}

function targetOf(policy: Item): { readonly kind: string; readonly name: unknown } {
  const target = at(root(policy.manifest), "spec", "targetRef");
  const { value: kind } = at(target, "kind");
  return { kind: typeof kind === "string" ? kind : "", name: at(target, "name").value };
}

const references = (policy: Item): readonly Field[] =>
  items(at(root(policy.manifest), "spec", "requiredAuthenticationRefs"));

/** Whether a caller meets one of the authentications that a policy asks for. */
function proves(
  graph: Graph,
  policy: Item,
  { reference, caller, place }: Placed & { readonly reference: Field },
): Known {
  const [kind, name, elsewhere] = ["kind", "name", "namespace"].map((field) => at(reference, field).value);
  const namespace = typeof elsewhere === "string" ? elsewhere : policy.namespace;
  if (typeof kind !== "string" || typeof name !== "string") return undefined;
  if (kind === "ServiceAccount") return isAccount(caller, { name, namespace });
  const found = graph.find({ group: policyGroup, kind, namespace, name });
  if (found === undefined) return false;
  const spec = at(root(found.manifest), "spec");
  if (kind === "NetworkAuthentication")
    return items(at(spec, "networks")).some((block) => isInBlock(block, place));
  if (kind !== "MeshTLSAuthentication") return undefined;
  return some([
    ...items(at(spec, "identities")).map(({ value }) => hasIdentity(caller, value)),
    ...items(at(spec, "identityRefs")).map((identity) => isReferred(caller, identity, found.namespace)),
  ]);
}

function isReferred(caller: Caller, identity: Field, home: string): Known {
  const [kind, name, elsewhere] = ["kind", "name", "namespace"].map((field) => at(identity, field).value);
  if (typeof kind !== "string" || typeof name !== "string") return undefined;
  if (kind === "ServiceAccount")
    return isAccount(caller, { name, namespace: typeof elsewhere === "string" ? elsewhere : home });
  if (kind !== "Namespace") return undefined;
  return caller.kind === "pods" && every([caller.meshed, caller.namespace === name]);
}

function isAccount(
  caller: Caller,
  { name, namespace }: { readonly name: string; readonly namespace: string },
): Known {
  if (caller.kind !== "pods") return false;
  const isName = caller.account === undefined ? undefined : caller.account === name;
  return every([caller.meshed, caller.namespace === namespace, isName]);
}

/** The end of every identity that this mesh gives, with the trust domain that Linkerd takes where none is set. */
const domain = "serviceaccount.identity.linkerd.cluster.local";

/** Whether an identity is written out, or by its end after a star: `*.paw.serviceaccount…`. */
function hasIdentity(caller: Caller, wanted: unknown): Known {
  if (typeof wanted !== "string") return undefined;
  if (caller.kind !== "pods") return false;
  const place = `.${caller.namespace}.${domain}`;
  const open = wanted.startsWith("*");
  const end = wanted.replace(/^\*/, "");
  const isEnd = open && place.endsWith(end);
  if (caller.account !== undefined) {
    const own = `${caller.account}${place}`;
    return every([caller.meshed, open ? own.endsWith(end) : own === wanted]);
  }
  // An account that is not known may be the one.
  return every([caller.meshed, isEnd || (end.endsWith(place) ? undefined : false)]);
}

/** Linkerd's policies for all that nothing else speaks of. `audit` lets through what it would refuse, and notes it. */
function passesDefault(policy: unknown, caller: Caller): Known {
  const meshed = caller.kind === "pods" ? caller.meshed : false;
  // Which networks are the cluster's is a value of Linkerd's chart; pods are in them.
  const inside = caller.kind === "pods" ? true : undefined;
  switch (policy) {
    case "all-unauthenticated":
    case "audit":
      return true;
    case "all-authenticated":
      return meshed;
    case "cluster-unauthenticated":
      return inside;
    case "cluster-authenticated":
      return every([inside, meshed]);
    case "deny":
      return false;
    default:
      return undefined;
  }
}
