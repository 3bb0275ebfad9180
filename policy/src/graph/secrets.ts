/** Which Secrets a deployment makes, and which its objects use. */
import { type Field, at, items } from "../k8s/field.ts";
import { root } from "../k8s/manifest.ts";
import { containersOf } from "../k8s/podSpec.ts";
import type { Graph, Item } from "./graph.ts";
import type { Workload } from "./workload.ts";

/** Secrets that come from somewhere else than this deployment's objects: where, and why that is right. */
export const givenSecrets: readonly {
  readonly namespace: string;
  readonly name: RegExp;
  readonly reason: string;
}[] = [
  {
    namespace: "monitoring",
    name: /^(prometheus|alertmanager)-.*-(tls-assets-\d+|web-config|generated)$/,
    reason: "the Prometheus operator writes the configuration of what it runs",
  },
];

/** Whether something in the deployment makes a Secret, or it is one of those that are given. */
export function isMade(graph: Graph, namespace: string, name: string): boolean {
  return (
    graph.find({ group: "", kind: "Secret", namespace, name }) !== undefined ||
    makers.some(([group, kind, nameOf]) =>
      graph.ofKind(group, kind, namespace).some((item) => nameOf(item) === name),
    ) ||
    givenSecrets.some((given) => given.namespace === namespace && given.name.test(name))
  );
}

type Maker = readonly [group: string, kind: string, nameOf: (item: Item) => unknown];
const makers: readonly Maker[] = [
  [
    "external-secrets.io",
    "ExternalSecret",
    (item) => at(root(item.manifest), "spec", "target", "name").value ?? item.name,
  ],
  ["cert-manager.io", "Certificate", ({ manifest }) => at(root(manifest), "spec", "secretName").value],
];

/** A place where something refers to an object by its name. */
export interface Use {
  readonly field: Field;
  /** Whether the pod starts without it. */
  readonly optional: boolean;
}

/** The places where a workload's pods use Secrets or ConfigMaps. */
export function usesOf({ pod }: Workload, kind: "Secret" | "ConfigMap"): readonly Use[] {
  if (pod === undefined) return [];
  const lower = kind === "Secret" ? "secret" : "configMap";
  const use = (owner: Field, field: Field): Use[] =>
    owner.value === undefined ? [] : [{ field, optional: at(owner, "optional").value === true }];
  const inVolumes = items(at(pod.spec, "volumes")).flatMap((volume) => {
    const own = at(volume, lower);
    const projected = items(at(volume, "projected", "sources")).map((source) => at(source, lower));
    return [
      ...use(own, at(own, kind === "Secret" ? "secretName" : "name")),
      ...projected.flatMap((source) => use(source, at(source, "name"))),
    ];
  });
  const inContainers = containersOf(pod).flatMap((container) => [
    ...items(at(container, "env")).flatMap((variable) => {
      const reference = at(variable, "valueFrom", `${lower}KeyRef`);
      return use(reference, at(reference, "name"));
    }),
    ...items(at(container, "envFrom")).flatMap((source) => {
      const reference = at(source, `${lower}Ref`);
      return use(reference, at(reference, "name"));
    }),
  ]);
  const pull =
    kind === "Secret"
      ? items(at(pod.spec, "imagePullSecrets")).map((each) => ({ field: at(each, "name"), optional: false }))
      : [];
  return [...inVolumes, ...inContainers, ...pull];
}
