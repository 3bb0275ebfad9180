import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commonLabels } from "../names.ts";
import type { Flow } from "../security/flows.ts";
import { NetworkPolicies, type PartNamespaces } from "../security/networkPolicies.ts";
import { privilegedNamespaceLabels, restrictedNamespaceLabels } from "../security/podSecurity.ts";

export interface PlatformNamespaceArgs {
  readonly namespace: string;
  readonly namespaces: PartNamespaces;
  /** Who may talk to whom. */
  readonly flows: readonly Flow[];
  /** Labels beyond the standard ones. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Why its pods need the node itself; `restricted` where it is missing (spec A2: each exception has a written reason). */
  readonly privileged?: string;
  /** Refuse to delete the namespace, and with it everything inside. */
  readonly protect: boolean;
}

/** A namespace of the platform: its Pod Security level, and a network that is closed but for the flow table. */
export class PlatformNamespace extends pulumi.ComponentResource {
  constructor(name: string, args: PlatformNamespaceArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:platform:PlatformNamespace", name, {}, opts);
    const { namespace, namespaces, flows, privileged } = args;
    const level = privileged === undefined ? restrictedNamespaceLabels() : privilegedNamespaceLabels();
    const object = new k8s.core.v1.Namespace(
      `${name}-namespace`,
      {
        metadata: {
          name: namespace,
          labels: { ...commonLabels("platform", "namespace"), ...args.labels, ...level },
          ...(privileged === undefined
            ? {}
            : { annotations: { "paw.network/privileged-because": privileged } }),
        },
      },
      { parent: this, protect: args.protect },
    );
    new NetworkPolicies(
      `${name}-network`,
      { namespace, part: "platform", namespaces, flows },
      { parent: this, dependsOn: object },
    );
    this.registerOutputs();
  }
}
