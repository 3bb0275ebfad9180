/** A rule in CEL, as data: what the API server evaluates where a rule's own function cannot run. */

/** Resources of one API group. */
export interface Resources {
  readonly group: string;
  readonly version: string;
  readonly resources: readonly string[];
}

/** What a policy looks at. */
export const targets = {
  /** Every kind that bears a pod, as podSpec.ts lists them. */
  pods: "pods",
  serviceAccounts: { group: "", version: "v1", resources: ["serviceaccounts"] },
  namespaces: { group: "", version: "v1", resources: ["namespaces"] },
  secrets: { group: "", version: "v1", resources: ["secrets"] },
  configMaps: { group: "", version: "v1", resources: ["configmaps"] },
  services: { group: "", version: "v1", resources: ["services"] },
  networkPolicies: { group: "networking.k8s.io", version: "v1", resources: ["networkpolicies"] },
  ingresses: { group: "networking.k8s.io", version: "v1", resources: ["ingresses"] },
  roles: { group: "rbac.authorization.k8s.io", version: "v1", resources: ["roles", "clusterroles"] },
  roleBindings: {
    group: "rbac.authorization.k8s.io",
    version: "v1",
    resources: ["rolebindings", "clusterrolebindings"],
  },
  storageClasses: { group: "storage.k8s.io", version: "v1", resources: ["storageclasses"] },
  externalSecrets: {
    group: "external-secrets.io",
    version: "v1",
    resources: ["externalsecrets", "clusterexternalsecrets"],
  },
  secretStores: {
    group: "external-secrets.io",
    version: "v1",
    resources: ["secretstores", "clustersecretstores"],
  },
  veleroBackups: { group: "velero.io", version: "v1", resources: ["backups", "schedules"] },
  veleroLocations: { group: "velero.io", version: "v1", resources: ["backupstoragelocations"] },
} as const satisfies Record<string, Resources | "pods">;
export type Target = keyof typeof targets;

/** An expression that is true for what the rule allows. */
export interface Check {
  readonly holds: string;
  /** Variable with the containers that it has to hold for, each called `c`; the message then names those that break it. */
  readonly each?: string;
}

export interface Twin {
  readonly on: readonly Target[];
  readonly checks: readonly Check[];
  /** Variables of its own, beside those of podVariables.ts. */
  readonly variables?: Readonly<Record<string, string>>;
}

/** A text, a number or a list of them in CEL, whose escapes are JSON's. */
export function literal(value: string | number | readonly (string | number)[]): string {
  return JSON.stringify(value);
}

/** A rule about every container of a pod. */
export function ofContainers(holds: string, each = "containers"): Twin {
  return { on: ["pods"], checks: [{ each, holds }] };
}

/** A rule about a pod as a whole. */
export function ofPods(...holds: readonly string[]): Twin {
  return { on: ["pods"], checks: holds.map((each) => ({ holds: each })) };
}

/** A rule about other objects. */
export function ofObjects(on: Target, holds: string): Twin {
  return { on: [on], checks: [{ holds }] };
}
