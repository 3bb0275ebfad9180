/** Rules about rights and Secrets. */
import { UNKNOWN } from "../../../../policy/src/k8s/field.ts";
import type { Manifest } from "../../../../policy/src/k8s/manifest.ts";
import { type Broken, container, api, broken, one, pod, validator } from "./shape.ts";
import { account, labels, object, template } from "../world.ts";

const clusterRole = (name: string, rule: object): Manifest =>
  object("rbac.authorization.k8s.io/v1", "ClusterRole", [name, "", { rules: [rule] }]);
const bound = (role: string): Manifest =>
  object("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", [
    "b",
    "",
    {
      roleRef: { kind: "ClusterRole", name: role },
      subjects: [{ kind: "ServiceAccount", name: "paw-api", namespace: "paw" }],
    },
  ]);
const may = (what: string, rule: object): Broken =>
  broken(["rbac-effective", what, "ServiceAccount paw/paw-api"], {
    more: [clusterRole("r", rule), bound("r")],
  });

export const rights: readonly Broken[] = [
  broken(["rbac-binding-resolves", "a role that is not there", "RoleBinding paw/reader"], {
    ...one("Role paw/reader", "gone"),
    path: "roleRef.name",
  }),
  broken(
    ["rbac-binding-resolves", "a role of the wrong kind", "RoleBinding paw/reader"],
    one("RoleBinding paw/reader", { "roleRef.kind": "ClusterRole" }),
  ),
  broken(["rbac-binding-resolves", "an account that is not there", "RoleBinding paw/reader"], {
    ...one("RoleBinding paw/reader", { "subjects[0].namespace": "elsewhere" }),
    path: "subjects[0].name",
  }),
  broken(
    ["rbac-binding-resolves", "a role that is not known", "RoleBinding paw/reader"],
    one("RoleBinding paw/reader", { "roleRef.name": UNKNOWN }),
  ),
  broken(["rbac-orphans", "a role for nobody", "Role paw/reader"], one("RoleBinding paw/reader", "gone")),
  broken(["rbac-orphans", "an account for nobody", "ServiceAccount paw/idle"], {
    more: [account("idle", "paw")],
  }),
  broken(
    ["rbac-orphans", "a binding whose role is not known", "Role paw/reader"],
    one("RoleBinding paw/reader", { "roleRef.name": UNKNOWN }),
  ),
  broken(
    ["sa-shared", "one account for two workloads", "StatefulSet paw/paw-sentry"],
    one("StatefulSet paw/paw-sentry", { [`${pod}.serviceAccountName`]: "paw-validator" }),
  ),
  broken(["sa-shared", "accounts that are not known", validator], {
    changes: {
      [validator]: { [`${pod}.serviceAccountName`]: UNKNOWN },
      "StatefulSet paw/paw-sentry": { [`${pod}.serviceAccountName`]: UNKNOWN },
    },
  }),
  may("all Secrets", { apiGroups: [""], resources: ["secrets"], verbs: ["list"] }),
  may("new pods, by a Deployment", { apiGroups: ["apps"], resources: ["deployments"], verbs: ["patch"] }),
  may("other pods", { apiGroups: [""], resources: ["pods/exec"], verbs: ["create"] }),
  may("all", { apiGroups: ["*"], resources: ["*"], verbs: ["*"] }),
  may("what is not known", { apiGroups: [UNKNOWN], resources: ["secrets"], verbs: ["get"] }),
  broken(["rbac-effective", "a role of the cluster's own", "ServiceAccount paw/paw-api"], {
    more: [bound("cluster-admin")],
  }),
];

export const secrets: readonly Broken[] = [
  broken(
    ["eso-store", "a store that is not there", "ExternalSecret paw/paw-api-jwt"],
    one("ClusterSecretStore vault", "gone"),
  ),
  broken(
    ["eso-store", "a store of another kind", "ExternalSecret paw/paw-api-jwt"],
    one("ExternalSecret paw/paw-api-jwt", { "spec.secretStoreRef.kind": undefined }),
  ),
  broken(
    ["eso-store", "a store that is not known", "ExternalSecret paw/paw-api-jwt"],
    one("ExternalSecret paw/paw-api-jwt", { "spec.secretStoreRef.name": UNKNOWN }),
  ),
  broken(["secret-provenance", "a Secret by hand", api], {
    ...one("ExternalSecret paw/paw-api-jwt", "gone"),
    path: "secretKeyRef.name",
  }),
  broken(
    ["secret-provenance", "a Secret by another name", api],
    one("ExternalSecret paw/paw-api-jwt", { "spec.target.name": "other" }),
  ),
  broken(["secret-provenance", "in an init container", api], {
    ...one(api, { [`${pod}.initContainers[0].envFrom[0]`]: { secretRef: { name: "mine" } } }),
    path: "initContainers[0].envFrom[0].secretRef.name",
  }),
  broken(
    ["secret-provenance", "in a projected volume", api],
    one(api, { [`${pod}.volumes`]: [{ name: "v", projected: { sources: [{ secret: { name: "mine" } }] } }] }),
  ),
  broken(
    ["secret-provenance", "to pull images", api],
    one(api, { [`${pod}.imagePullSecrets`]: [{ name: "mine" }] }),
  ),
  broken(
    ["secret-provenance", "a name that is not known", api],
    one(api, { [`${container}.env[0].valueFrom.secretKeyRef.name`]: UNKNOWN }),
  ),
  broken(["validator-one-key-per-pod", "all keys in one mount", validator], {
    ...one(validator, { [`${container}.volumeMounts[0].subPathExpr`]: undefined }),
    path: "volumeMounts[0].subPathExpr",
  }),
  broken(
    ["validator-one-key-per-pod", "one key for all", validator],
    one(validator, { [`${container}.volumeMounts[0].subPathExpr`]: "paw-validator-0.json" }),
  ),
  broken(
    ["validator-one-key-per-pod", "a variable that is no pod's name", validator],
    one(validator, { [`${container}.env[0]`]: { name: "POD_NAME", value: "paw-validator-0" } }),
  ),
  broken(["validator-one-key-per-pod", "all keys in an init container", validator], {
    ...one(validator, { [`${pod}.initContainers[0].volumeMounts[0].subPathExpr`]: "" }),
    path: "initContainers[0].volumeMounts[0].subPathExpr",
  }),
  broken(
    ["validator-one-key-per-pod", "keys in the environment", validator],
    one(validator, { [`${container}.envFrom`]: [{ secretRef: { name: "paw-validator-keys" } }] }),
  ),
  broken(["validator-one-key-per-pod", "a second workload with the keys", "Deployment paw/twin"], {
    more: [
      object("apps/v1", "Deployment", [
        "twin",
        "paw",
        {
          spec: {
            template: template({
              account: "paw-api",
              labels: labels("twin"),
              pod: { volumes: [{ name: "k", secret: { secretName: "paw-validator-keys" } }] },
            }),
          },
        },
      ]),
    ],
  }),
  broken(
    ["validator-one-key-per-pod", "no time to end", validator],
    one(validator, { [`${pod}.terminationGracePeriodSeconds`]: 30 }),
  ),
  broken(
    ["validator-one-key-per-pod", "a time to end that is not known", validator],
    one(validator, { [`${pod}.terminationGracePeriodSeconds`]: UNKNOWN }),
  ),
  broken(
    ["validator-one-key-per-pod", "all pods at once", validator],
    one(validator, { "spec.podManagementPolicy": "Parallel" }),
  ),
];
