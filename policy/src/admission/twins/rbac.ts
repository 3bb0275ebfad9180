/** What roles may grant, and to whom, in CEL. */
import { type Twin, literal, ofObjects, ofPods } from "../twin.ts";

type Names = readonly string[];

/** Whether a list of a role's rule names something, itself or by a wildcard. */
function names(list: string, wanted: Names): string {
  return `rule.?${list}.orValue([]).exists(word, word in ${literal(["*", ...wanted])})`;
}

/** Whether a rule grants one of the verbs on one of the resources. */
function grants(group: string, resources: Names, verbs: Names): string {
  return `(${names("apiGroups", [group])} && ${names("resources", resources)} && ${names("verbs", verbs)})`;
}

function noRule(...forbidden: Names): Twin {
  return ofObjects("roles", `object.?rules.orValue([]).all(rule, !(${forbidden.join(" || ")}))`);
}

const unnamed = "rule.?resourceNames.orValue([]).size() == 0";
const writes = ["create", "update", "patch", "delete", "deletecollection"];
const wildcards =
  "(rule.?verbs.orValue([]) + rule.?apiGroups.orValue([]) + rule.?resources.orValue([]))" +
  '.exists(word, word == "*" || word.startsWith("*/") || word.endsWith("/*"))';

const tooMuch = ["cluster-admin", "admin"];
const everybody = ["system:anonymous", "system:unauthenticated", "system:authenticated", "system:masters"];

/** The pod's own word, for pods; a no of the account, for whatever else runs with it. */
const automount: Twin = {
  on: ["pods", "serviceAccounts"],
  checks: [
    {
      holds:
        'object.kind == "ServiceAccount" ? !dyn(object).?automountServiceAccountToken.orValue(true) : ' +
        "!variables.template.?spec.hasValue() || variables.pod.?automountServiceAccountToken.hasValue()",
    },
  ],
};

export const rbac: Readonly<Record<string, Twin>> = {
  "rbac-wildcard": noRule(wildcards),
  "rbac-escalation": noRule(
    'rule.?verbs.orValue([]).exists(word, word in ["bind","escalate","impersonate"])',
    grants("", ["users", "groups", "serviceaccounts"], ["impersonate"]),
    grants(
      "rbac.authorization.k8s.io",
      ["roles", "rolebindings", "clusterroles", "clusterrolebindings"],
      writes,
    ),
  ),
  "rbac-secrets": noRule(`(${unnamed} && ${grants("", ["secrets"], ["get", "list", "watch"])})`),
  "rbac-pod-exec": noRule(
    grants(
      "",
      ["pods/exec", "pods/attach", "pods/ephemeralcontainers", "nodes/proxy"],
      ["create", "get", "update", "patch"],
    ),
    grants("", ["pods"], ["create"]),
  ),
  "rbac-sensitive": noRule(
    `(${unnamed} && (${[
      grants(
        "admissionregistration.k8s.io",
        ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
        writes,
      ),
      grants("certificates.k8s.io", ["certificatesigningrequests/approval"], ["update", "patch"]),
      grants("", ["persistentvolumes", "serviceaccounts/token"], ["create"]),
    ].join(" || ")}))`,
  ),
  "rbac-cluster-admin": ofObjects("roleBindings", `!(object.roleRef.name in ${literal(tooMuch)})`),
  "rbac-subjects": ofObjects(
    "roleBindings",
    `object.?subjects.orValue([]).all(subject, !(subject.name in ${literal(everybody)}))`,
  ),
  "sa-automount": automount,
  "sa-default": ofPods(
    "!(variables.pod.?serviceAccountName.orValue(" +
      'variables.pod.?serviceAccount.orValue("")) in ["", "default"]) || !variables.template.?spec.hasValue()',
  ),
};
