/** Which changes make Pulumi delete an object and make another in its place. */
import { type Manifest, groupOf } from "../../../policy/src/k8s/manifest.ts";

const everywhere = ["metadata.name", "metadata.namespace"];

/**
 * Fields by group and kind: those of pulumi-kubernetes 4.25.0 (`provider/pkg/provider/diff.go`, `forceNew`), for the
 * kinds that deployments have. Its `enableConfigMapMutable` and `enableSecretMutable` are off here.
 */
const fields: Readonly<Record<string, readonly string[]>> = {
  "apps/DaemonSet": ["spec.selector"],
  "apps/Deployment": ["spec.selector"],
  "apps/StatefulSet": [
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
  ],
  "batch/Job": ["spec.completions", "spec.parallelism", "spec.selector", "spec.template"],
  "/ConfigMap": ["binaryData", "data"],
  "/PersistentVolumeClaim": ["spec.accessModes", "spec.selector", "spec.storageClassName", "spec.volumeName"],
  "/ResourceQuota": ["spec.scopes"],
  "/Secret": ["type", "stringData", "data"],
  "/Service": ["spec.clusterIP"],
  "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
  "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
  "storage.k8s.io/StorageClass": ["parameters", "provisioner"],
};

/** Whether a change of the field replaces the object. */
export function replaces(manifest: Manifest, path: string): boolean {
  const own = fields[`${groupOf(manifest)}/${manifest.kind}`] ?? [];
  return [...everywhere, ...own].some((field) => isAtOrBelow(path, field));
}

/** Whether a path is a field, or something in it. */
export function isAtOrBelow(path: string, field: string): boolean {
  return path === field || (path.startsWith(field) && /[.[]/.test(path.charAt(field.length)));
}

/** Kinds whose end takes with it what no program brings back: data, identities, everything in them. */
export const keepers: readonly string[] = [
  "StatefulSet",
  "PersistentVolumeClaim",
  "PersistentVolume",
  "Namespace",
];
