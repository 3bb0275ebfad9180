/** Nobody may do more than its work needs (item 3). */
import { demand, show } from "../../finding.ts";
import { UNKNOWN, at, items } from "../../k8s/field.ts";
import { isPatch, root } from "../../k8s/manifest.ts";
import { type Rule, holds } from "../../rule.ts";
import { notOfPatches, podRule } from "../podSecurity/podRule.ts";
import { automount } from "./automount.ts";
import { type Grant, grantRule, isKind, names, rbacDocs } from "./grants.ts";

const rbacGroup = "rbac.authorization.k8s.io";
const writes = ["create", "update", "patch", "delete", "deletecollection"];

/** Verbs on resources of an API group. */
interface Right {
  readonly group: string;
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
}

/** Whether a rule grants any of the verbs on any of the resources. */
function grants(grant: Grant, { group, resources, verbs }: Right): boolean {
  return names(grant.groups, group) && names(grant.resources, ...resources) && names(grant.verbs, ...verbs);
}

const onRoles: readonly Rule[] = [
  grantRule({
    id: "rbac-wildcard",
    frameworks: [
      "CIS 5.1.3",
      "KSV-0044",
      "KSV-0045",
      "KSV-0046",
      "C-0187",
      "kube-linter wildcard-in-rules",
      "Kyverno restrict-wildcard-verbs",
      "Kyverno restrict-wildcard-resources",
    ],
    description: "A role names its verbs, groups and resources; what comes later is not granted by itself.",
    severity: "high",
    levels: holds.beforeUsers,
    fix: "name what is needed.",
    forbids: ({ verbs, groups, resources }) =>
      [verbs, groups, resources].some((list) =>
        list.some((word) => word === "*" || /(^\*\/)|(\/\*$)/.test(word)),
      ),
    wanted: "names, no *",
  }),
  grantRule({
    id: "rbac-escalation",
    frameworks: ["CIS 5.1.8", "KSV-0043", "KSV-0050", "C-0191", "Kyverno restrict-escalation-verbs-roles"],
    description: "No role lets its holder get more rights than it has.",
    severity: "critical",
    levels: holds.beforeUsers,
    fix: "remove bind, escalate, impersonate and writing of roles and bindings; whoever hands out rights is no workload.",
    forbids: (grant) =>
      ["bind", "escalate", "impersonate"].some((verb) => grant.verbs.includes(verb)) ||
      // Every verb of another group's resources is none of these.
      grants(grant, {
        group: "",
        resources: ["users", "groups", "serviceaccounts"],
        verbs: ["impersonate"],
      }) ||
      grants(grant, {
        group: rbacGroup,
        resources: ["roles", "rolebindings", "clusterroles", "clusterrolebindings"],
        verbs: writes,
      }),
    wanted: "no bind, escalate, impersonate, and no writing of roles or bindings",
  }),
  grantRule({
    id: "rbac-secrets",
    frameworks: [
      "CIS 5.1.2",
      "KSV-0041",
      "KSV-0113",
      "C-0186",
      "kube-linter access-to-secrets",
      "Kyverno restrict-secret-role-verbs",
    ],
    description: "Reading Secrets is granted by name.",
    severity: "high",
    levels: holds.beforeUsers,
    fix: "add resourceNames, or leave Secrets out.",
    forbids: (grant) =>
      !grant.named && grants(grant, { group: "", resources: ["secrets"], verbs: ["get", "list", "watch"] }),
    wanted: "get of Secrets named in resourceNames, or none",
  }),
  grantRule({
    id: "rbac-pod-exec",
    frameworks: [
      "CIS 5.1.4",
      "CIS 5.1.10",
      "KSV-0047",
      "KSV-0048",
      "KSV-0053",
      "KSV-0054",
      "C-0002",
      "C-0188",
      "C-0279",
      "kube-linter access-to-create-pods",
      "Polaris rolePodExecAttach",
      "Polaris clusterrolePodExecAttach",
    ],
    description: "No role lets its holder into other pods, or make pods of its own.",
    severity: "medium",
    levels: holds.inProduction,
    fix: "remove pods/exec, pods/attach, pods/ephemeralcontainers, nodes/proxy, and create on pods.",
    forbids: (grant) =>
      grants(grant, {
        group: "",
        resources: ["pods/exec", "pods/attach", "pods/ephemeralcontainers", "nodes/proxy"],
        verbs: ["create", "get", "update", "patch"],
      }) || grants(grant, { group: "", resources: ["pods"], verbs: ["create"] }),
    wanted: "no way into pods, and no making of pods",
  }),
  grantRule({
    id: "rbac-sensitive",
    frameworks: [
      "CIS 5.1.9",
      "CIS 5.1.11",
      "CIS 5.1.12",
      "CIS 5.1.13",
      "KSV-0114",
      "C-0278",
      "C-0280",
      "C-0281",
      "C-0282",
    ],
    description:
      "No role lets its holder change admission, approve certificates, make volumes or take tokens of others.",
    severity: "medium",
    levels: holds.inProduction,
    fix: "remove the right, or narrow it by resourceNames.",
    forbids: (grant) =>
      !grant.named &&
      (grants(grant, {
        group: "admissionregistration.k8s.io",
        resources: ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
        verbs: writes,
      }) ||
        grants(grant, {
          group: "certificates.k8s.io",
          resources: ["certificatesigningrequests/approval"],
          verbs: ["update", "patch"],
        }) ||
        grants(grant, {
          group: "",
          resources: ["persistentvolumes", "serviceaccounts/token"],
          verbs: ["create"],
        })),
    wanted:
      "no writing of webhooks, no approval of certificates, no persistentvolumes, no tokens, unless by name",
  }),
];

const tooMuch = ["cluster-admin", "admin"];
const clusterAdmin: Rule = {
  id: "rbac-cluster-admin",
  frameworks: [
    "CIS 5.1.1",
    "KSV-0111",
    "C-0185",
    "kube-linter cluster-admin-role-binding",
    "Polaris clusterrolebindingClusterAdmin",
    "Kyverno restrict-binding-clusteradmin",
  ],
  item: 3,
  description: "Nobody is bound to cluster-admin or admin.",
  severity: "critical",
  levels: holds.beforeUsers,
  fix: "bind a role with what is needed.",
  url: rbacDocs,
  judges: (manifest) => isKind(manifest, "RoleBinding", "ClusterRoleBinding") && !isPatch(manifest),
  check: (manifest) =>
    demand(at(root(manifest), "roleRef", "name"), {
      allows: (value) => typeof value === "string" && !tooMuch.includes(value),
      wanted: `a role other than ${tooMuch.join(" and ")}`,
      mayShow: (text) => tooMuch.includes(text),
    }),
};

const everybody = ["system:anonymous", "system:unauthenticated", "system:authenticated", "system:masters"];
const subjects: Rule = {
  id: "rbac-subjects",
  frameworks: [
    "CIS 5.1.7",
    "KSV-0122",
    "KSV-0123",
    "KSV-01011",
    "C-0246",
    "C-0262",
    "C-0265",
    "Kyverno restrict-binding-system-groups",
  ],
  item: 3,
  description: "No right is given to everybody, and none to a group that passes every check.",
  severity: "critical",
  levels: holds.everywhere,
  fix: "name the group, user or service account that needs the right.",
  url: rbacDocs,
  judges: (manifest) => isKind(manifest, "RoleBinding", "ClusterRoleBinding"),
  check: (manifest) =>
    items(at(root(manifest), "subjects")).flatMap((subject) =>
      demand(at(subject, "name"), {
        allows: (value) => typeof value === "string" && !everybody.includes(value),
        wanted: "one subject by name",
        mayShow: (text) => everybody.includes(text),
      }),
    ),
};

const ownAccount = podRule(
  {
    id: "sa-default",
    frameworks: ["CIS 5.1.5", "C-0189", "kube-linter default-service-account"],
    item: 3,
    description:
      "A pod has a service account of its own: what is bound to `default` is bound to all that forgot.",
    severity: "medium",
    levels: holds.beforeUsers,
    fix: "make a ServiceAccount for the workload and set serviceAccountName.",
    url: "https://kubernetes.io/docs/concepts/security/service-accounts/",
  },
  (pod) => {
    const [current, former] = ["serviceAccountName", "serviceAccount"].map((name) => at(pod.spec, name));
    const field = current?.value === undefined && former?.value !== undefined ? former : current;
    if (field === undefined) return [];
    const good = typeof field.value === "string" && field.value !== "" && field.value !== "default";
    if (good) return [];
    const found =
      field.value === UNKNOWN ? show(field.value) : field.value === "default" ? "default" : show(field.value);
    return [{ path: field.path, found, wanted: "a service account other than default" }];
  },
);

export const rbac: readonly Rule[] = [
  ...onRoles,
  clusterAdmin,
  subjects,
  notOfPatches(ownAccount),
  automount,
];
