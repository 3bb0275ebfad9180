/** All objects of a deployment, with an index of how they are found: built once, read by every rule about the whole. */
import { at, items } from "../k8s/field.ts";
import { type Manifest, baseKind, clusterKinds, groupOf, isPatch, root } from "../k8s/manifest.ts";
import { type Labels, labelsOf } from "./selector.ts";
import { type Workload, workloadOf } from "./workload.ts";

/** What a deployment brings, before it is indexed. */
export interface Given {
  readonly manifest: Manifest;
  /** Where it comes from: the name of the resource in the Pulumi program, or the file. */
  readonly source: string;
  /** Address of the resource in a Pulumi stack, and that of its parent. */
  readonly urn?: string;
  readonly parent?: string;
  /** Addresses that it had before (Pulumi's `aliases`). */
  readonly aliases?: readonly string[];
  /** Fields that the program leaves to others (Pulumi's `ignoreChanges`). */
  readonly ignored?: readonly string[];
  /** Whether Pulumi refuses to delete it (`protect`); undefined where nobody can tell, as in a file. */
  readonly protect?: boolean;
}

/** An object of the deployment. A name or namespace that is not known yet is empty, and so is referred to by nobody. */
export interface Item extends Given {
  readonly group: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly labels: Labels;
}

/** What an object is found by. */
export interface Reference {
  readonly group: string;
  readonly kind: string;
  /** Empty for kinds without a namespace. */
  readonly namespace: string;
  readonly name: string;
}

export interface Graph {
  readonly items: readonly Item[];
  readonly workloads: readonly Workload[];
  /** Namespaces in which pods run, sorted. */
  readonly workloadNamespaces: readonly string[];
  /** Whether the platform's charts are among the objects; where they are not, rules about them have nothing to judge. */
  readonly chartsRendered: boolean;
  readonly find: (reference: Reference) => Item | undefined;
  /** Objects of a kind, in one namespace or in all. */
  readonly ofKind: (group: string, kind: string, namespace?: string) => readonly Item[];
  readonly workloadsIn: (namespace: string) => readonly Workload[];
  /** Labels of a namespace; each has its own name as one, whether the deployment brings it or not. */
  readonly namespaceLabels: (name: string) => Labels;
}

/** Charts put this label to what they render; objects of the program itself have none. */
const chartLabel = "helm.sh/chart";
const nameLabel = "kubernetes.io/metadata.name";

/** Indexes a deployment. Patches of objects that are somebody else's are no objects of it. */
export function graphOf(given: readonly Given[]): Graph {
  const all = given.filter(({ manifest }) => !isPatch(manifest)).map(itemOf);
  const byKey = new Map(all.map((item) => [keyOf(item), item]));
  const byKind = grouped(all, ({ group, kind }) => `${group}/${kind}`);
  const byKindAndNamespace = grouped(all, ({ group, kind, namespace }) => `${group}/${kind}/${namespace}`);
  const workloads = all.flatMap((item) => workloadOf(item) ?? []);
  const byNamespace = grouped(workloads, ({ namespace }) => namespace);
  return {
    items: all,
    workloads,
    workloadNamespaces: [...byNamespace.keys()].filter((name) => name !== "").toSorted(),
    chartsRendered: all.some(({ labels }) => labels[chartLabel] !== undefined),
    find: (reference) => byKey.get(keyOf(reference)),
    ofKind: (group, kind, namespace) =>
      (namespace === undefined
        ? byKind.get(`${group}/${kind}`)
        : byKindAndNamespace.get(`${group}/${kind}/${namespace}`)) ?? [],
    workloadsIn: (namespace) => byNamespace.get(namespace) ?? [],
    namespaceLabels: (name) => ({
      ...byKey.get(keyOf({ group: "", kind: "Namespace", namespace: "", name }))?.labels,
      [nameLabel]: name,
    }),
  };
}

function itemOf(given: Given): Item {
  const metadata = at(root(given.manifest), "metadata");
  const text = (name: string): string => {
    const { value } = at(metadata, name);
    return typeof value === "string" ? value : "";
  };
  const kind = baseKind(given.manifest);
  const noNamespace = at(metadata, "namespace").value === undefined && !clusterKinds.has(kind);
  return {
    ...given,
    group: groupOf(given.manifest),
    kind,
    // Where none is named, kubectl and Pulumi take this one.
    namespace: noNamespace ? "default" : text("namespace"),
    name: text("name"),
    labels: labelsOf(at(metadata, "labels")),
  };
}

function keyOf({ group, kind, namespace, name }: Reference): string {
  return [group, kind, clusterKinds.has(kind) ? "" : namespace, name].join("/");
}

function grouped<T>(list: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const group = groups.get(key(item));
    if (group) group.push(item);
    else groups.set(key(item), [item]);
  }
  return groups;
}

/** Objects that a List holds, or the object itself. */
export function unlisted(manifest: Manifest): readonly Manifest[] {
  if (!manifest.kind.endsWith("List")) return [manifest];
  const list = at(root(manifest), "items");
  return list.value === undefined ? [manifest] : items(list).map(({ value }) => value as Manifest);
}
