/** Custom resources of the platform's charts, which have no typed class of their own here. */
import k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

import { commonLabels } from "../names.ts";

export interface CustomResourceRequest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  /** Missing for objects of the whole cluster. */
  readonly namespace?: string;
  readonly spec: object;
  /** The condition that its controller sets once it works; `up` waits for it. */
  readonly waitFor?: "Ready" | "Synced";
}

/** Makes one, labelled as the platform's, and waits for its controller's word where there is one. */
export function customResource(
  name: string,
  request: CustomResourceRequest,
  opts: pulumi.CustomResourceOptions,
): k8s.apiextensions.CustomResource {
  const { apiVersion, kind, namespace, spec, waitFor } = request;
  return new k8s.apiextensions.CustomResource(
    name,
    {
      apiVersion,
      kind,
      metadata: {
        name: request.name,
        ...(namespace === undefined ? {} : { namespace }),
        labels: commonLabels("platform", kind.toLowerCase()),
        ...(waitFor === undefined ? {} : { annotations: { "pulumi.com/waitFor": `condition=${waitFor}` } }),
      },
      spec,
    },
    opts,
  );
}
