import { type Field, at, items } from "./field.ts";
import { type Manifest, baseKind, groupOf, root } from "./manifest.ts";

/** A pod, or the template of one, inside a manifest. */
export interface Pod {
  /** What holds the pod's `metadata` and `spec`: the manifest itself, or its template. */
  readonly template: Field;
  readonly spec: Field;
}

/** Where the pod stands in each kind that has one, by API group. The version does not matter. */
export const templatePaths: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  "": { Pod: [], PodTemplate: ["template"], ReplicationController: ["spec", "template"] },
  apps: {
    Deployment: ["spec", "template"],
    StatefulSet: ["spec", "template"],
    DaemonSet: ["spec", "template"],
    ReplicaSet: ["spec", "template"],
  },
  batch: {
    Job: ["spec", "template"],
    CronJob: ["spec", "jobTemplate", "spec", "template"],
  },
  "argoproj.io": { Rollout: ["spec", "template"] },
};

/** Deployments and their like were served from this group as well, until Kubernetes 1.16; some charts still write it. */
const groupAliases: Readonly<Record<string, string>> = { extensions: "apps" };

function templatePath(manifest: Manifest): readonly string[] | undefined {
  const group = groupOf(manifest);
  const kinds = templatePaths[groupAliases[group] ?? group];
  const kind = baseKind(manifest);
  return kinds !== undefined && Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
}

/** True for the kinds that run pods, and for their patches. */
export function bearsPod(manifest: Manifest): boolean {
  return templatePath(manifest) !== undefined;
}

/** The template of the pods that a kind runs, whatever it sets of them; the pod itself is its own. */
export function templateOf(manifest: Manifest): Field | undefined {
  const path = templatePath(manifest);
  return path === undefined ? undefined : at(root(manifest), ...path);
}

/**
 * The pod that a manifest describes, whatever its kind; undefined where it has none (another kind, a Rollout that
 * refers to a Deployment, a patch that leaves the pod alone).
 */
export function podOf(manifest: Manifest): Pod | undefined {
  const template = templateOf(manifest);
  if (template === undefined) return undefined;
  const spec = at(template, "spec");
  return spec.value === undefined ? undefined : { template, spec };
}

/** All containers of a pod: init containers (sidecars among them), main ones and ephemeral ones. */
export function containersOf({ spec }: Pod): readonly Field[] {
  return ["initContainers", "containers", "ephemeralContainers"].flatMap((list) => items(at(spec, list)));
}

/** Windows pods cannot set the Linux-only fields; the standard then does not ask for them. */
export function isWindows({ spec }: Pod): boolean {
  return at(spec, "os", "name").value === "windows";
}

/** In a user namespace root in the container is nobody on the node (`hostUsers: false`). */
export function hasUserNamespace({ spec }: Pod): boolean {
  return at(spec, "hostUsers").value === false;
}
