import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commonLabels } from "../names.ts";
import type { Flow, Workload } from "../security/flows.ts";
import type { PartNamespaces } from "../security/networkPolicies.ts";
import { policiesOf } from "./policies.ts";
import { routesOf } from "./routes.ts";

export interface MeshArgs {
  /** Where both systems live. */
  readonly namespaces: PartNamespaces;
  /** Who may talk to whom. */
  readonly flows: readonly Flow[];
  /** Parts whose routes come with something else: bizra's with its canary, which splits them. */
  readonly routedElsewhere: readonly Workload["part"][];
}

/** What the mesh allows and repeats for both systems: policies by identity, and routes with retries and timeouts (spec A6). */
export class Mesh extends pulumi.ComponentResource {
  constructor(name: string, args: MeshArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:mesh:Mesh", name, {}, opts);
    const { namespaces, flows, routedElsewhere } = args;
    for (const part of Object.keys(namespaces) as Workload["part"][]) {
      const routes = routedElsewhere.includes(part) ? [] : routesOf(part);
      for (const object of [...policiesOf(part, namespaces, flows), ...routes]) {
        const { apiVersion, kind, annotations, spec } = object;
        const metadata = {
          name: object.name,
          namespace: namespaces[part],
          labels: commonLabels(part, "mesh"),
        };
        new k8s.apiextensions.CustomResource(
          `${name}-${part}-${kind.toLowerCase()}-${object.name}`,
          { apiVersion, kind, metadata: annotations ? { ...metadata, annotations } : metadata, spec },
          { parent: this },
        );
      }
    }
    this.registerOutputs();
  }
}
