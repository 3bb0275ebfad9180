import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { meshAnnotations, withProxy } from "../mesh/injection.ts";
import { commonLabels } from "../names.ts";
import type { Flow, Workload } from "../security/flows.ts";
import { NetworkPolicies, type PartNamespaces } from "../security/networkPolicies.ts";
import { restrictedNamespaceLabels } from "../security/podSecurity.ts";
import { NamespaceAccess } from "../security/rbac.ts";
import { verifiedNamespace } from "./admission/imagePolicies.ts";
import { type Demand, largestPod, quotaFor } from "./capacity.ts";

export interface WorkloadNamespaceArgs {
  /** Which of the two systems lives here. */
  readonly part: Workload["part"];
  readonly namespaces: PartNamespaces;
  /** Who may talk to whom. */
  readonly flows: readonly Flow[];
  /** Labels beyond the standard ones. */
  readonly labels?: Readonly<Record<string, string>>;
  /** What will run here; quota and limits follow from it. */
  readonly demands: readonly Demand[];
  /** Whether the pods are in the mesh. */
  readonly meshed: boolean;
  /** Whether the images of its pods are verified at admission. */
  readonly verified: boolean;
  /** Whether Rollouts run its pods, which operators may promote and abort. */
  readonly rollouts?: boolean;
  /** NodePort Services are counted out by quota unless this is true (spec A15: `local` only). */
  readonly allowNodePorts: boolean;
  readonly access: { readonly viewers: readonly string[]; readonly operators: readonly string[] };
  /** Refuse to delete the namespace, and with it everything inside. */
  readonly protect: boolean;
}

/** Limits of a container that names none: enough for a tool, too little for a node (our own choice). */
const defaultLimits = { cpu: "500m", memory: "512Mi", "ephemeral-storage": "1Gi" };
const defaultRequests = { cpu: "50m", memory: "64Mi", "ephemeral-storage": "64Mi" };
/** The largest claim of chain data (spec A1b). */
const largestClaim = "1Ti";

/** A namespace that a workload can be trusted in: Pod Security, quota, limits, default deny and roles (spec A1 to A3). */
export class WorkloadNamespace extends pulumi.ComponentResource {
  public readonly namespaceName: pulumi.Output<string>;

  constructor(name: string, args: WorkloadNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:platform:WorkloadNamespace", name, {}, opts);
    const { part, meshed } = args;
    const labels = commonLabels(part, "namespace");
    const demands = meshed ? withProxy(args.demands) : args.demands;
    const namespace = new k8s.core.v1.Namespace(
      `${name}-namespace`,
      {
        metadata: {
          name: args.namespaces[part],
          labels: {
            ...labels,
            ...args.labels,
            ...(args.verified ? verifiedNamespace : {}),
            ...restrictedNamespaceLabels(),
          },
          ...(meshed ? { annotations: meshAnnotations(part) } : {}),
        },
      },
      { parent: this, protect: args.protect },
    );
    this.namespaceName = namespace.metadata.name;
    const metadata = { name: part, namespace: args.namespaces[part], labels };
    const inside = { parent: this, dependsOn: namespace };

    new k8s.core.v1.ResourceQuota(
      `${name}-quota`,
      {
        metadata,
        spec: {
          hard: { ...quotaFor(demands), ...(args.allowNodePorts ? {} : { "services.nodeports": "0" }) },
        },
      },
      inside,
    );
    new k8s.core.v1.LimitRange(
      `${name}-limits`,
      {
        metadata,
        spec: {
          limits: [
            {
              type: "Container",
              default: defaultLimits,
              defaultRequest: defaultRequests,
              max: largestPod(demands),
            },
            { type: "PersistentVolumeClaim", max: { storage: largestClaim } },
          ],
        },
      },
      inside,
    );
    new NetworkPolicies(
      `${name}-network`,
      { namespace: args.namespaces[part], part, namespaces: args.namespaces, flows: args.flows },
      inside,
    );
    new NamespaceAccess(
      `${name}-access`,
      { namespace: args.namespaces[part], part, rollouts: args.rollouts ?? false, ...args.access },
      inside,
    );
    this.registerOutputs({ namespaceName: this.namespaceName });
  }
}
