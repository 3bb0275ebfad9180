import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commonLabels, namespaceNameLabel, selectorLabels } from "../names.ts";
import { type Endpoint, type Flow, type Workload } from "./flows.ts";

type PolicySpec = k8s.types.input.networking.v1.NetworkPolicySpec;
type Peer = k8s.types.input.networking.v1.NetworkPolicyPeer;

/** Namespace of each part; bizra's is configuration. */
export type PartNamespaces = Readonly<Record<Workload["part"], string>>;

export interface NetworkPoliciesArgs {
  /** Which of the two systems lives in the namespace. */
  readonly part: Workload["part"];
  /** Where both systems live, so that rules can point across. */
  readonly namespaces: PartNamespaces;
  /** Who may talk to whom. */
  readonly flows: readonly Flow[];
}

/** Denies everything in a namespace, then allows what the flow table names, one policy per workload (spec A3, B8). */
export class NetworkPolicies extends pulumi.ComponentResource {
  constructor(name: string, args: NetworkPoliciesArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:security:NetworkPolicies", name, {}, opts);
    const namespace = args.namespaces[args.part];
    for (const [policy, spec] of Object.entries(policiesFor(args.part, args.namespaces, args.flows))) {
      new k8s.networking.v1.NetworkPolicy(
        `${name}-${policy}`,
        { metadata: { name: policy, namespace, labels: commonLabels(args.part, "network") }, spec },
        { parent: this },
      );
    }
    this.registerOutputs();
  }
}

/** The policies of a part by name: `default-deny` and one `allow-<component>` for each workload in the table. */
export function policiesFor(
  part: Workload["part"],
  namespaces: PartNamespaces,
  table: readonly Flow[],
): Record<string, PolicySpec> {
  const isOurs = (end: Endpoint): end is Workload => end.kind === "workload" && end.part === part;
  const components = new Set(
    table.flatMap((flow) => [flow.from, flow.to].filter(isOurs).map((end) => end.component)),
  );
  const policies: Record<string, PolicySpec> = {
    "default-deny": { podSelector: {}, policyTypes: ["Ingress", "Egress"] },
  };
  for (const component of components) {
    const matches = (end: Endpoint): boolean => isOurs(end) && end.component === component;
    policies[`allow-${component}`] = {
      podSelector: { matchLabels: selectorLabels(part, component) },
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

function toPeer(end: Endpoint, namespaces: PartNamespaces): Peer {
  switch (end.kind) {
    case "workload":
      return {
        namespaceSelector: { matchLabels: { [namespaceNameLabel]: namespaces[end.part] } },
        podSelector: { matchLabels: selectorLabels(end.part, end.component) },
      };
    case "neighbour":
      return {
        namespaceSelector: { matchLabels: { [namespaceNameLabel]: end.namespace } },
        ...(end.podLabels ? { podSelector: { matchLabels: { ...end.podLabels } } } : {}),
      };
    case "outside":
      return { ipBlock: { cidr: end.cidr, ...(end.except ? { except: [...end.except] } : {}) } };
  }
}
