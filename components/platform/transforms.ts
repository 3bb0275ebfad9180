/** What is changed in the platform's objects before they become resources, and why. */
import type * as pulumi from "@pulumi/pulumi";
import { transformed } from "../transform.ts";

type Manifest = Record<string, unknown> & {
  metadata?: Record<string, unknown> & { annotations?: Record<string, string> };
};
type Change = (type: string, manifest: Manifest) => Manifest;

const waitFor = "pulumi.com/waitFor";

/** All changes of the platform's objects, in the order in which they are made. */
export function platformTransforms(embedded: boolean): pulumi.ResourceTransform[] {
  const changes = [withoutWaiting, ...(embedded ? [withoutControllers] : [])];
  return [
    (args) => {
      if (!args.type.startsWith("kubernetes:")) return undefined;
      const before = args.props as Manifest;
      const props = changes.reduce((manifest, change) => change(args.type, manifest), before);
      // Claim templates are immutable; volumes grow by patching claims.
      const ignored = args.type === "kubernetes:apps/v1:StatefulSet" ? ["spec.volumeClaimTemplates"] : [];
      return props === before && ignored.length === 0 ? undefined : transformed(args, props, ignored);
    },
  ];
}

/** A Service is ready when its pods are, and for these the Deployments wait; the provider adds ten seconds to look. */
export const withoutWaiting: Change = (type, manifest) =>
  type === "kubernetes:core/v1:Service"
    ? annotated(manifest, { ...manifest.metadata?.annotations, "pulumi.com/skipAwait": "true" })
    : manifest;

/**
 * The one transform of embedded clusters, where no controller of a chart runs: webhooks that nobody answers are passed
 * over instead of refusing every object, and nobody waits for a condition that no controller sets.
 */
export const withoutControllers: Change = (type, manifest) => {
  if (/:(Mutating|Validating)WebhookConfiguration$/.test(type)) {
    const webhooks = (manifest.webhooks ?? []) as Record<string, unknown>[];
    return { ...manifest, webhooks: webhooks.map((webhook) => ({ ...webhook, failurePolicy: "Ignore" })) };
  }
  const { [waitFor]: condition, ...rest } = manifest.metadata?.annotations ?? {};
  if (condition === undefined) return manifest;
  if (Object.keys(rest).length > 0) return annotated(manifest, rest);
  // An empty map would not be stored, and so be a change at every run.
  const metadata = Object.entries(manifest.metadata ?? {}).filter(([key]) => key !== "annotations");
  return { ...manifest, metadata: Object.fromEntries(metadata) };
};

function annotated(manifest: Manifest, annotations: Record<string, string>): Manifest {
  return { ...manifest, metadata: { ...manifest.metadata, annotations } };
}
