import { type Field, at } from "./field.ts";

/** A Kubernetes object as plain data. Values that a preview does not know yet are UNKNOWN (see field.ts). */
export interface Manifest {
  /** `v1`, `apps/v1` and so on. */
  readonly apiVersion: string;
  /** Pulumi's patch resources keep their suffix: `DeploymentPatch`. */
  readonly kind: string;
  readonly [field: string]: unknown;
}

/** The whole manifest as a field, from which rules descend. */
export function root(manifest: Manifest): Field {
  return { path: "", value: manifest };
}

/** API group of the object; the core group is the empty string. */
export function groupOf({ apiVersion }: Manifest): string {
  const slash = apiVersion.indexOf("/");
  return slash < 0 ? "" : apiVersion.slice(0, slash);
}

/** True for Pulumi's patch resources, which set some fields of an object that is somebody else's. */
export function isPatch({ kind }: Manifest): boolean {
  return kind.endsWith("Patch");
}

/** The kind of the object itself, without the suffix of Pulumi's patch resources. */
export function baseKind({ kind }: Manifest): string {
  return kind.replace(/Patch$/, "");
}

/**
 * API version and kind from the type of a Pulumi resource, such as `kubernetes:apps/v1:Deployment`; undefined for other
 * providers. Custom resources have such a type as well, but no class in the SDK to be told by.
 */
export function headOf(type: string): Manifest | undefined {
  const [provider, apiVersion, kind] = type.split(":");
  if (provider !== "kubernetes" || apiVersion === undefined || kind === undefined) return undefined;
  return { apiVersion: apiVersion.replace(/^core\//, ""), kind };
}

/** `Kind namespace/name`, for messages. What is not known yet, or not text, says so. */
export function describe(manifest: Manifest): string {
  // A Helm release has its name and namespace at the top.
  const top = groupOf(manifest) === "helm.sh" && at(root(manifest), "metadata").value === undefined;
  const metadata = top ? root(manifest) : at(root(manifest), "metadata");
  const text = (name: string): string | undefined => {
    const { value } = at(metadata, name);
    return typeof value === "string" ? value : undefined;
  };
  const name = text("name") ?? text("generateName") ?? "(name not known)";
  if (at(metadata, "namespace").value === undefined) return `${manifest.kind} ${name}`;
  return `${manifest.kind} ${text("namespace") ?? "(namespace not known)"}/${name}`;
}

/** Kinds that have no namespace, Kubernetes' own and those of the platform's charts. */
export const clusterKinds: ReadonlySet<string> = new Set(
  (
    "Namespace Node PersistentVolume ClusterRole ClusterRoleBinding StorageClass CustomResourceDefinition PriorityClass " +
    "MutatingWebhookConfiguration ValidatingWebhookConfiguration ValidatingAdmissionPolicy APIService IngressClass " +
    "ValidatingAdmissionPolicyBinding MutatingAdmissionPolicy MutatingAdmissionPolicyBinding RuntimeClass CSIDriver " +
    "VolumeSnapshotClass ClusterSecretStore ClusterIssuer Bundle ClusterImagePolicy ConsensusKeyReservation"
  ).split(" "),
);
