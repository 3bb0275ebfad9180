/** Who may call whom, by identity: the flow table once more, in the words of Linkerd's policies. */
import { selectorLabels } from "../names.ts";
import { pawPorts } from "../ports.ts";
import type { Endpoint, Flow, Workload } from "../security/flows.ts";
import type { PartNamespaces } from "../security/networkPolicies.ts";
import { isMeshed } from "./injection.ts";

/** A custom resource that Linkerd reads, without what all have in common. */
export interface MeshObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly spec: object;
}

/** Identity that a source proves with its certificate: a ServiceAccount, or any of a namespace. */
interface Identity {
  readonly kind: "ServiceAccount" | "Namespace";
  readonly name: string;
  readonly namespace?: string;
}

const policyGroup = "policy.linkerd.io";
const api = `${policyGroup}/v1alpha1`;

/**
 * For each port of a part's workloads that somebody of the flow table calls: a Server, and an AuthorizationPolicy for
 * each caller. What has no policy is denied by the namespace's default; probes are let through by Linkerd itself.
 *
 * Callers in the cluster are known by their certificate. Callers outside have none and are known by their address.
 */
export function policiesOf(
  part: Workload["part"],
  namespaces: PartNamespaces,
  table: readonly Flow[],
): MeshObject[] {
  const servers = new Map<string, MeshObject>();
  const authentications = new Map<string, MeshObject>();
  const authorizations: MeshObject[] = [];
  for (const { id, from, to, ports } of table) {
    if (to.kind !== "workload" || to.part !== part) continue;
    for (const { port } of ports.filter((each) => isMeshed(part, each))) {
      const server = serverFor(to, port);
      servers.set(server.name, server);
      const authentication = authenticationFor(id, from, namespaces);
      authentications.set(authentication.name, authentication);
      authorizations.push({
        apiVersion: api,
        kind: "AuthorizationPolicy",
        name: `${id}-${port}`,
        spec: {
          targetRef: { group: policyGroup, kind: server.kind, name: server.name },
          requiredAuthenticationRefs: [
            { group: policyGroup, kind: authentication.kind, name: authentication.name },
          ],
        },
      });
    }
  }
  return [...servers.values(), ...authentications.values(), ...authorizations];
}

function serverFor({ part, component }: Workload, port: number): MeshObject {
  return {
    apiVersion: `${policyGroup}/v1beta3`,
    kind: "Server",
    name: `${component}-${port}`,
    spec: {
      podSelector: { matchLabels: selectorLabels(part, component) },
      port,
      // Said, not detected: detection waits for bytes and falls back to a connection without metrics.
      proxyProtocol: part === "paw" && port === pawPorts.grpc.port ? "gRPC" : "HTTP/1",
      accessPolicy: "deny",
    },
  };
}

function authenticationFor(flow: string, from: Endpoint, namespaces: PartNamespaces): MeshObject {
  if (from.kind === "outside") {
    const { cidr, except } = from;
    return {
      apiVersion: api,
      kind: "NetworkAuthentication",
      name: flow,
      spec: { networks: [{ cidr, ...(except ? { except: [...except] } : {}) }] },
    };
  }
  const identity = identityOf(from, namespaces);
  return {
    apiVersion: api,
    kind: "MeshTLSAuthentication",
    name: identity.kind === "Namespace" ? `namespace-${identity.name}` : identity.name,
    spec: { identityRefs: [identity] },
  };
}

/** Each workload has an account of its own name; of what else calls, the account is the endpoint's. */
function identityOf(from: Exclude<Endpoint, { kind: "outside" }>, namespaces: PartNamespaces): Identity {
  if (from.kind === "neighbour") {
    const { namespace, serviceAccount } = from;
    return serviceAccount === undefined
      ? { kind: "Namespace", name: namespace }
      : { kind: "ServiceAccount", name: serviceAccount, namespace };
  }
  const { part, component } = from;
  return { kind: "ServiceAccount", name: `${part}-${component}`, namespace: namespaces[part] };
}
