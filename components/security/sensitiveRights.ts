/**
 * What accounts and groups of this program may do of all that is dangerous: the one written table. Everything that no line
 * allows is denied, and `paw test security` asks a running cluster for each (spec A25).
 */
import type { Workload } from "./flows.ts";

/** Something that whoever holds it could do harm with. */
export interface Action {
  readonly verb: string;
  /** API group; the core group is empty. */
  readonly group: string;
  readonly resource: string;
  readonly subresource?: string;
  /** Asked in each workload namespace, or for the whole cluster. */
  readonly scope: "namespace" | "cluster";
  /** Asked for objects that there are, since the right may be limited to their names. */
  readonly named?: true;
}

/** How a line, and a report, names an action: `patch apps/deployments/scale`, with `[name]` where it is about one object. */
export function actionName({ verb, group, resource, subresource, scope, named }: Action): string {
  const path = [
    ...(group === "" ? [] : [group]),
    resource,
    ...(subresource === undefined ? [] : [subresource]),
  ];
  return `${verb} ${path.join("/")}${named ? "[name]" : ""}${scope === "cluster" ? " (cluster)" : ""}`;
}

type Row = readonly [group: string, resource: string, ...verbs: string[]];

/** In a workload namespace. A subresource follows its resource after a slash. */
const inNamespace: readonly Row[] = [
  ["", "secrets", "get", "list", "create", "patch", "delete"],
  ["", "configmaps", "create", "patch", "delete"],
  ["", "pods", "create", "patch", "delete"],
  ["", "pods/log", "get"],
  ["", "pods/exec", "get", "create"],
  ["", "pods/attach", "get", "create"],
  ["", "pods/portforward", "create"],
  ["", "pods/ephemeralcontainers", "patch"],
  ["", "pods/eviction", "create"],
  ["", "services", "create", "patch", "delete"],
  ["", "serviceaccounts", "create", "impersonate"],
  ["", "serviceaccounts/token", "create"],
  ["", "persistentvolumeclaims", "create", "patch", "delete"],
  ["", "resourcequotas", "patch", "delete"],
  ["", "limitranges", "patch", "delete"],
  ["apps", "deployments", "create", "patch", "delete"],
  ["apps", "deployments/scale", "patch"],
  ["apps", "statefulsets", "create", "patch", "delete"],
  ["apps", "statefulsets/scale", "patch"],
  ["apps", "daemonsets", "create", "patch"],
  ["batch", "jobs", "create", "patch"],
  ["batch", "cronjobs", "create", "patch"],
  ["networking.k8s.io", "networkpolicies", "create", "patch", "delete"],
  ["networking.k8s.io", "ingresses", "create", "patch"],
  ["policy", "poddisruptionbudgets", "patch", "delete"],
  ["rbac.authorization.k8s.io", "roles", "create", "patch", "bind", "escalate"],
  ["rbac.authorization.k8s.io", "rolebindings", "create", "patch"],
  ["external-secrets.io", "externalsecrets", "create", "patch"],
  ["snapshot.storage.k8s.io", "volumesnapshots", "create", "delete"],
];

/** In all namespaces, or about what has none. */
const inCluster: readonly Row[] = [
  ["", "secrets", "get", "list"],
  ["", "pods", "create"],
  ["", "pods/exec", "create"],
  ["", "namespaces", "create", "patch", "delete"],
  ["", "nodes", "patch", "delete"],
  ["", "nodes/proxy", "get", "create"],
  ["", "persistentvolumes", "create", "patch", "delete"],
  ["", "users", "impersonate"],
  ["", "groups", "impersonate"],
  ["rbac.authorization.k8s.io", "clusterroles", "create", "patch", "bind", "escalate"],
  ["rbac.authorization.k8s.io", "clusterrolebindings", "create", "patch"],
  ["admissionregistration.k8s.io", "validatingwebhookconfigurations", "patch", "delete"],
  ["admissionregistration.k8s.io", "mutatingwebhookconfigurations", "create", "patch"],
  ["admissionregistration.k8s.io", "validatingadmissionpolicies", "patch", "delete"],
  ["admissionregistration.k8s.io", "validatingadmissionpolicybindings", "patch", "delete"],
  ["apiextensions.k8s.io", "customresourcedefinitions", "create", "patch", "delete"],
  ["certificates.k8s.io", "certificatesigningrequests/approval", "patch"],
  ["paw.network", "consensuskeyreservations", "get", "list", "create", "patch", "delete"],
];

/** The record of which pod may use which consensus key: one that there is, since the right is given by names. */
const reservations = ["get", "patch", "delete"] as const;

const expand =
  (scope: Action["scope"]) =>
  ([group, path, ...verbs]: Row): Action[] => {
    const [resource = "", subresource] = path.split("/");
    return verbs.map((verb) => ({
      ...{ verb, group, resource, scope },
      ...(subresource === undefined ? {} : { subresource }),
    }));
  };

/** All that is asked for. */
export const sensitiveActions: readonly Action[] = [
  ...inNamespace.flatMap(expand("namespace")),
  ...inCluster.flatMap(expand("cluster")),
  ...reservations.map((verb): Action => ({
    ...{ verb, group: "paw.network", resource: "consensuskeyreservations", scope: "cluster", named: true },
  })),
];

/** Who is asked about: an account of a workload namespace, or the groups of a role. */
export type Subject =
  | { readonly kind: "account"; readonly part: Workload["part"]; readonly name: string }
  | { readonly kind: "viewers" | "operators" };

export interface AllowedRight {
  readonly subject: Subject;
  /** As {@link actionName} writes them. */
  readonly actions: readonly string[];
  readonly reason: string;
  /** Where the line holds at all; everywhere without it. */
  readonly when?: "snapshots";
}

const logs = "get pods/log";

/** The lines. Groups have their rights in both namespaces; an account has its own in the namespace where it is. */
export const allowedRights: readonly AllowedRight[] = [
  {
    subject: { kind: "viewers" },
    actions: [logs],
    reason: "whoever looks after the systems reads their logs, which hold no secret",
  },
  {
    subject: { kind: "operators" },
    actions: [
      logs,
      "delete pods",
      "create pods/eviction",
      "create pods/portforward",
      "patch apps/deployments/scale",
      "patch apps/statefulsets/scale",
    ],
    reason: "day-two work: restart, evict, scale, and look at a port that no Service shows",
  },
  {
    subject: { kind: "account", part: "paw", name: "paw-validator" },
    actions: [
      "get paw.network/consensuskeyreservations[name] (cluster)",
      "patch paw.network/consensuskeyreservations[name] (cluster)",
    ],
    reason: "the start guard uses up the mark of an unused key, of this network's keys alone",
  },
  {
    subject: { kind: "account", part: "paw", name: "paw-backup" },
    actions: [
      "create snapshot.storage.k8s.io/volumesnapshots",
      "delete snapshot.storage.k8s.io/volumesnapshots",
    ],
    reason: "the backup takes a snapshot of its own volume, and removes the oldest",
    when: "snapshots",
  },
];
