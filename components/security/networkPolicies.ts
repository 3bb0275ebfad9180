import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commonLabels, namespaceNameLabel, selectorLabels } from "../names.ts";
import type { Endpoint, Flow, Outside, Workload } from "./flows.ts";

type PolicySpec = k8s.types.input.networking.v1.NetworkPolicySpec;
type Peer = k8s.types.input.networking.v1.NetworkPolicyPeer;

/** Namespace of each part; bizra's is configuration. */
export type PartNamespaces = Readonly<Record<Workload["part"], string>>;

export interface NetworkPoliciesArgs {
  /** Where the policies go. */
  readonly namespace: string;
  /** The part that the policies are labelled with. */
  readonly part: string;
  /** Where both systems live, so that rules can point across. */
  readonly namespaces: PartNamespaces;
  /** Who may talk to whom. */
  readonly flows: readonly Flow[];
}

/** Denies everything in a namespace, then allows what the flow table names, one policy per workload (spec A3, B8). */
export class NetworkPolicies extends pulumi.ComponentResource {
  constructor(name: string, args: NetworkPoliciesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:security:NetworkPolicies", name, {}, opts);
    const { namespace } = args;
    for (const [policy, spec] of Object.entries(policiesFor(namespace, args.namespaces, args.flows))) {
      new k8s.networking.v1.NetworkPolicy(
        `${name}-${policy}`,
        { metadata: { name: policy, namespace, labels: commonLabels(args.part, "network") }, spec },
        { parent: this },
      );
    }
    this.registerOutputs();
  }
}

/**
 * The policies of a namespace by name: `default-deny` and one `allow-<name>` for each group of pods in the table that
 * lives there.
 */
export function policiesFor(
  namespace: string,
  namespaces: PartNamespaces,
  table: readonly Flow[],
): Record<string, PolicySpec> {
  const podsIn = (end: Endpoint): Pods | undefined => {
    const pods = end.kind === "outside" ? undefined : podsOf(end, namespaces);
    return pods?.namespace === namespace ? pods : undefined;
  };
  const groups = new Map<string, Pods>();
  for (const end of table.flatMap((flow) => [flow.from, flow.to])) {
    const pods = podsIn(end);
    if (pods) groups.set(pods.name, pods);
  }
  const policies: Record<string, PolicySpec> = {
    "default-deny": { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
  };
  for (const { name, labels } of groups.values()) {
    const matches = (end: Endpoint): boolean => podsIn(end)?.name === name;
    policies[`allow-${name}`] = {
      podSelector: labels ? { matchLabels: { ...labels } } : {},
      policyTypes: ["Ingress", "Egress"],
      ingress: table
        .filter((flow) => matches(flow.to))
        .map((flow) => ({ from: [toPeer(flow.from, namespaces)], ports: [...flow.ports] })),
      egress: table
        .filter((flow) => matches(flow.from))
        .map((flow) => ({ to: [toPeer(flow.to, namespaces)], ports: [...flow.ports] })),
    };
  }
  return policies;
}

/** Pods of one namespace; all of them where there are no labels. */
interface Pods {
  readonly name: string;
  readonly namespace: string;
  readonly labels?: Readonly<Record<string, string>>;
}

function podsOf(end: Exclude<Endpoint, Outside>, namespaces: PartNamespaces): Pods {
  if (end.kind === "workload") {
    const { part, component } = end;
    return { name: component, namespace: namespaces[part], labels: selectorLabels(part, component) };
  }
  const { namespace, name = "all-pods", podLabels } = end;
  return podLabels ? { name, namespace, labels: podLabels } : { name, namespace };
}

function toPeer(end: Endpoint, namespaces: PartNamespaces): Peer {
  if (end.kind === "outside") {
    return { ipBlock: { cidr: end.cidr, ...(end.except ? { except: [...end.except] } : {}) } };
  }
  const { namespace, labels } = podsOf(end, namespaces);
  return {
    namespaceSelector: { matchLabels: { [namespaceNameLabel]: namespace } },
    ...(labels ? { podSelector: { matchLabels: { ...labels } } } : {}),
  };
}
