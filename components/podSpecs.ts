/** The pod in any kind of workload, for transforms that change all pods of a stack. */

interface Spec {
  readonly template?: { readonly spec?: PodSpec };
  readonly jobTemplate?: { readonly spec?: Spec };
}

export interface Container {
  readonly image?: string;
  readonly resources?: {
    readonly requests?: Readonly<Record<string, string>>;
    readonly limits?: Readonly<Record<string, string>>;
  };
}

export type PodSpec = Readonly<Record<string, unknown>> & {
  readonly containers?: readonly Container[];
  readonly initContainers?: readonly Container[];
};

type Manifest = Readonly<Record<string, unknown>> & { readonly spec?: unknown };

/** Kinds that hold the template of a pod. */
const templated = /^kubernetes:(apps\/v1:(DaemonSet|Deployment|StatefulSet)|batch\/v1:Job)$/;

/** A manifest with its pod changed; the same one where it holds no pod. */
export function withPodSpec(type: string, manifest: Manifest, change: (pod: PodSpec) => PodSpec): Manifest {
  const { spec } = manifest;
  if (type === "kubernetes:core/v1:Pod") return { ...manifest, spec: change((spec ?? {}) as PodSpec) };
  if (type === "kubernetes:batch/v1:CronJob") {
    const { jobTemplate, ...rest } = spec as Spec;
    const job = inTemplate(jobTemplate?.spec ?? {}, change);
    return { ...manifest, spec: { ...rest, jobTemplate: { ...jobTemplate, spec: job } } };
  }
  return templated.test(type) ? { ...manifest, spec: inTemplate(spec as Spec, change) } : manifest;
}

function inTemplate(spec: Spec, change: (pod: PodSpec) => PodSpec): Spec {
  const pod = spec.template?.spec;
  return pod === undefined ? spec : { ...spec, template: { ...spec.template, spec: change(pod) } };
}

/** All containers of a pod, those that run before it first. */
export function containersOf({ initContainers = [], containers = [] }: PodSpec): readonly Container[] {
  return [...initContainers, ...containers];
}
