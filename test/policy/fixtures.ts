import { judge } from "../../policy/src/judge.ts";
import { isRecord } from "../../policy/src/k8s/field.ts";
import type { Manifest } from "../../policy/src/k8s/manifest.ts";
import { podSecurity } from "../../policy/src/rules/podSecurity/index.ts";

/** Values by path, as in `{ "spec.containers[0].image": "x" }`; undefined takes the field away. */
export type Edits = Readonly<Record<string, unknown>>;

/** The three lists of containers that a pod may have. */
export const containerLists = ["containers", "initContainers", "ephemeralContainers"] as const;

function goodContainer(name: string): Record<string, unknown> {
  return {
    name,
    image: "registry.example/app:1",
    ports: [{ containerPort: 8080 }],
    readinessProbe: { httpGet: { path: "/", port: 8080 } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
  };
}

/** A pod that keeps every rule, with a container in each list, changed by edits. */
export function pod(edits: Edits = {}): Manifest {
  const manifest = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "shop", annotations: { team: "shop" } },
    spec: {
      securityContext: { runAsNonRoot: true, runAsUser: 1000, seccompProfile: { type: "RuntimeDefault" } },
      initContainers: [goodContainer("prepare")],
      containers: [goodContainer("app"), goodContainer("helper")],
      ephemeralContainers: [goodContainer("debug")],
      volumes: [{ name: "tmp", emptyDir: {} }],
    },
  };
  return edited(manifest, edits);
}

/** A namespace that keeps every rule, changed by edits. */
export function namespace(edits: Edits = {}): Manifest {
  const labels = {
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/enforce-version": "v1.35",
    "pod-security.kubernetes.io/warn": "restricted",
    "pod-security.kubernetes.io/warn-version": "v1.35",
    "pod-security.kubernetes.io/audit": "restricted",
    "pod-security.kubernetes.io/audit-version": "v1.35",
  };
  return edited({ apiVersion: "v1", kind: "Namespace", metadata: { name: "shop", labels } }, edits);
}

/** Every kind that bears a pod: its API version, and where its pod template stands. */
export const wrappers: readonly { apiVersion: string; kind: string; template: readonly string[] }[] = [
  { apiVersion: "v1", kind: "Pod", template: [] },
  { apiVersion: "v1", kind: "PodTemplate", template: ["template"] },
  { apiVersion: "v1", kind: "ReplicationController", template: ["spec", "template"] },
  { apiVersion: "apps/v1", kind: "Deployment", template: ["spec", "template"] },
  { apiVersion: "apps/v1", kind: "StatefulSet", template: ["spec", "template"] },
  { apiVersion: "apps/v1", kind: "DaemonSet", template: ["spec", "template"] },
  { apiVersion: "apps/v1", kind: "ReplicaSet", template: ["spec", "template"] },
  { apiVersion: "extensions/v1beta1", kind: "Deployment", template: ["spec", "template"] },
  { apiVersion: "batch/v1", kind: "Job", template: ["spec", "template"] },
  { apiVersion: "batch/v1", kind: "CronJob", template: ["spec", "jobTemplate", "spec", "template"] },
  { apiVersion: "argoproj.io/v1alpha1", kind: "Rollout", template: ["spec", "template"] },
].flatMap((wrapper) => [wrapper, { ...wrapper, kind: `${wrapper.kind}Patch` }]);

/** The pod inside a manifest of another kind. */
export function wrap(inner: Manifest, { apiVersion, kind, template }: (typeof wrappers)[number]): Manifest {
  const { metadata, spec } = inner;
  if (template.length === 0) return { apiVersion, kind, metadata, spec };
  const nested = template
    .toReversed()
    .reduce<unknown>((below, key) => ({ [key]: below }), { metadata, spec });
  return { ...(nested as object), apiVersion, kind, metadata: { name: "outer", namespace: "shop" } };
}

/** All findings as `rule path`, sorted. */
export function verdicts(manifest: Manifest): readonly string[] {
  return judge(manifest, podSecurity)
    .map(({ rule, path }) => `${rule.id} ${path}`)
    .sort();
}

/** A copy of a manifest with edits. */
export function edited(manifest: Manifest, edits: Edits): Manifest {
  return Object.entries(edits).reduce<Manifest>(
    (made, [path, value]) => put(made, keysOf(path), value) as Manifest,
    manifest,
  );
}

/** `a["b.c"][0]` has the keys a, b.c and 0. */
function keysOf(path: string): readonly string[] {
  return [...path.matchAll(/\["([^"]+)"\]|[^.[\]]+/g)].map(([whole, quoted]) => quoted ?? whole);
}

/** A copy with a value at a path; what is missing on the way is made, lists where an index follows. */
function put(target: unknown, [key = "", ...rest]: readonly string[], value: unknown): unknown {
  const index = /^\d+$/.test(key) ? Number(key) : undefined;
  if (index !== undefined) {
    const list: unknown[] = Array.isArray(target) ? [...(target as unknown[])] : [];
    list[index] = rest.length === 0 ? value : put(list[index], rest, value);
    return list;
  }
  const record = isRecord(target) ? target : {};
  return { ...record, [key]: rest.length === 0 ? value : put(record[key], rest, value) };
}
