import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commonLabels } from "../names.ts";

type Rule = k8s.types.input.rbac.v1.PolicyRule;

export interface NamespaceAccessArgs {
  readonly namespace: string;
  /** Value of `app.kubernetes.io/part-of`. */
  readonly part: string;
  /** Whether Rollouts run pods here: see {@link rolloutRules}. */
  readonly rollouts: boolean;
  /** Groups that may look: see {@link viewerRules}. */
  readonly viewers: readonly string[];
  /** Groups that may also act: see {@link operatorRules}. */
  readonly operators: readonly string[];
}

const read = ["get", "list", "watch"];

/** Reading workloads, events and logs. Secrets and `exec` are left out on purpose: a key must not be a `get` away. */
export const viewerRules: readonly Rule[] = [
  {
    apiGroups: [""],
    resources: [
      "pods",
      "pods/log",
      "services",
      "endpoints",
      "events",
      "configmaps",
      "persistentvolumeclaims",
      "resourcequotas",
      "limitranges",
      "serviceaccounts",
    ],
    verbs: read,
  },
  {
    apiGroups: ["apps"],
    resources: ["deployments", "statefulsets", "daemonsets", "replicasets"],
    verbs: read,
  },
  { apiGroups: ["batch"], resources: ["jobs", "cronjobs"], verbs: read },
  { apiGroups: ["autoscaling"], resources: ["horizontalpodautoscalers"], verbs: read },
  { apiGroups: ["policy"], resources: ["poddisruptionbudgets"], verbs: read },
  { apiGroups: ["networking.k8s.io"], resources: ["networkpolicies", "ingresses"], verbs: read },
  { apiGroups: ["discovery.k8s.io"], resources: ["endpointslices"], verbs: read },
];

/**
 * What day-two work needs beyond reading: restart or evict a pod, scale, forward a port. Whoever may change a pod
 * template may mount any Secret of the namespace, so rolling out stays with the deployment pipeline.
 */
export const operatorRules: readonly Rule[] = [
  ...viewerRules,
  { apiGroups: [""], resources: ["pods"], verbs: ["delete"] },
  { apiGroups: [""], resources: ["pods/eviction", "pods/portforward"], verbs: ["create"] },
  {
    apiGroups: ["apps"],
    resources: ["deployments/scale", "statefulsets/scale"],
    verbs: ["get", "update", "patch"],
  },
];

/** What `paw canary` needs beside that: `status` for who looks; promoting and aborting change a Rollout's status alone. */
export const rolloutRules: Readonly<Record<"viewer" | "operator", readonly Rule[]>> = {
  viewer: [
    { apiGroups: ["argoproj.io"], resources: ["rollouts", "analysisruns", "analysistemplates"], verbs: read },
  ],
  operator: [
    { apiGroups: ["argoproj.io"], resources: ["rollouts", "analysisruns", "analysistemplates"], verbs: read },
    { apiGroups: ["argoproj.io"], resources: ["rollouts/status"], verbs: ["patch"] },
  ],
};

/** A read role and an operate role in one namespace, bound to groups of the cluster's identity provider (spec A1). */
export class NamespaceAccess extends pulumi.ComponentResource {
  constructor(name: string, args: NamespaceAccessArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:security:NamespaceAccess", name, {}, opts);
    const roles = [
      { role: "viewer", base: viewerRules, groups: args.viewers },
      { role: "operator", base: operatorRules, groups: args.operators },
    ] as const;
    for (const { role, base, groups } of roles) {
      const rules = args.rollouts ? [...base, ...rolloutRules[role]] : base;
      const metadata = {
        name: `${args.part}-${role}`,
        namespace: args.namespace,
        labels: commonLabels(args.part, "access"),
      };
      const created = new k8s.rbac.v1.Role(
        `${name}-${role}`,
        { metadata, rules: [...rules] },
        { parent: this },
      );
      if (groups.length === 0) continue;
      new k8s.rbac.v1.RoleBinding(
        `${name}-${role}-binding`,
        {
          metadata,
          roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: metadata.name },
          subjects: groups.map((group) => ({
            apiGroup: "rbac.authorization.k8s.io",
            kind: "Group",
            name: group,
          })),
        },
        { parent: this, dependsOn: created },
      );
    }
    this.registerOutputs();
  }
}
