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
  const changes = [withoutWaiting, withoutTokens, bounded, ...(embedded ? [withoutControllers] : [])];
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

interface Volume {
  readonly emptyDir?: { readonly sizeLimit?: string } | null;
}
type PodSpec = Record<string, unknown> & { readonly volumes?: readonly Volume[] };

/** Changes the pod of a workload; gives back the same manifest where nothing changes. */
function withPod(type: string, manifest: Manifest, change: (spec: PodSpec) => PodSpec): Manifest {
  if (!/^kubernetes:apps\/v1:(DaemonSet|Deployment|StatefulSet)$/.test(type)) return manifest;
  const spec = manifest.spec as { template?: { spec?: PodSpec } } | undefined;
  const pod = spec?.template?.spec;
  if (pod === undefined) return manifest;
  const changed = change(pod);
  return changed === pod
    ? manifest
    : { ...manifest, spec: { ...spec, template: { ...spec?.template, spec: changed } } };
}

/**
 * Accounts hand their token to no pod by themselves, and a pod that is given one says so: most charts have no value for
 * it. What the pods of a chart get stays the same.
 */
export const withoutTokens: Change = (type, manifest) => {
  if (type === "kubernetes:core/v1:ServiceAccount") {
    return manifest.automountServiceAccountToken === false
      ? manifest
      : { ...manifest, automountServiceAccountToken: false };
  }
  return withPod(type, manifest, (spec) =>
    typeof spec.automountServiceAccountToken === "boolean"
      ? spec
      : { ...spec, automountServiceAccountToken: true },
  );
};

/** Size of an emptyDir whose chart names none: more than any of them holds, less than a node's disk (our own choice). */
const scratch = "1Gi";

/** A volume on the node's disk has an end: the pod that passes it goes, and not all the others. */
export const bounded: Change = (type, manifest) =>
  withPod(type, manifest, (spec) => {
    const open = ({ emptyDir }: Volume): boolean =>
      emptyDir !== undefined && emptyDir?.sizeLimit === undefined;
    if (!(spec.volumes ?? []).some(open)) return spec;
    const volumes = (spec.volumes ?? []).map((volume) =>
      open(volume) ? { ...volume, emptyDir: { ...volume.emptyDir, sizeLimit: scratch } } : volume,
    );
    return { ...spec, volumes };
  });

/**
 * The one transform of embedded clusters, where no controller of a chart runs: webhooks that nobody answers are passed
 * over instead of refusing every object, and nobody waits for a condition that no controller sets. What comes as a Helm
 * release no transform reaches: its definitions lose their conversions when `config/charts.ts` stages them.
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
