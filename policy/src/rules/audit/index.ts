/** What the API server writes down of who did what (item 8). */
import { demand, oneOf } from "../../finding.ts";
import { type Field, at, items } from "../../k8s/field.ts";
import { baseKind, groupOf, isPatch, root } from "../../k8s/manifest.ts";
import { type Finding, type Rule, holds } from "../../rule.ts";

const docs = "https://kubernetes.io/docs/tasks/debug/debug-cluster/audit/";

const levels = ["None", "Metadata", "Request", "RequestResponse"];

/** Resources whose bodies are secrets, or may be: the log would be one more place to read them in. */
const sensitive = [
  { group: "", resource: "secrets" },
  { group: "", resource: "configmaps" },
  { group: "", resource: "serviceaccounts/token" },
  { group: "authentication.k8s.io", resource: "tokenreviews" },
] as const;
type Sensitive = (typeof sensitive)[number];

/** What narrows a rule to some requests. */
const narrowing = ["users", "userGroups", "verbs", "resources", "namespaces", "nonResourceURLs"];

function isCatchAll(rule: Field): boolean {
  return narrowing.every((name) => items(at(rule, name)).length === 0);
}

/** How an audit rule may name the resource (apiserver/pkg/audit/policy/checker.go, 1.36); what is not known may. */
function namesResource(list: Field, { group, resource }: Sensitive): boolean {
  const [base = "", sub] = resource.split("/");
  const words = [resource, "*", `${base}/*`, ...(sub === undefined ? [] : [`*/${sub}`])];
  const isOne = (field: Field, wanted: readonly string[], absent = ""): boolean =>
    typeof (field.value ?? absent) !== "string" || wanted.includes((field.value ?? absent) as string);
  const names = items(at(list, "resources"));
  return (
    isOne(at(list, "group"), [group, "*"]) && (names.length === 0 || names.some((name) => isOne(name, words)))
  );
}

/** Whether a rule is the one that requests for the resource meet: all of them, some or none. */
function reach(rule: Field, resource: Sensitive): "all" | "some" | "none" {
  if (items(at(rule, "nonResourceURLs")).length > 0) return "none";
  const lists = items(at(rule, "resources"));
  const naming = lists.filter((list) => namesResource(list, resource));
  if (lists.length > 0 && naming.length === 0) return "none";
  const someObjects =
    naming.length > 0 && naming.every((list) => items(at(list, "resourceNames")).length > 0);
  const someRequests = ["users", "userGroups", "verbs", "namespaces"].some(
    (name) => items(at(rule, name)).length > 0,
  );
  return someObjects || someRequests ? "some" : "all";
}

/** The rules that write the body of some request for a resource: the first that is for all of them ends the search. */
function bodies(rules: readonly Field[], resource: Sensitive): readonly Finding[] {
  const last = rules.findIndex((rule) => reach(rule, resource) === "all");
  return rules
    .slice(0, last < 0 ? undefined : last + 1)
    .filter((rule) => reach(rule, resource) !== "none")
    .flatMap((rule) =>
      demand(at(rule, "level"), {
        allows: oneOf("None", "Metadata"),
        wanted: `None or Metadata for ${resource.resource}`,
        mayShow: oneOf(...levels),
      }),
    );
}

const auditPolicy: Rule = {
  id: "audit-policy",
  item: 8,
  description: "The API server writes down every request, and of none the content of a secret.",
  severity: "medium",
  levels: holds.inProduction,
  fix: "end the rules with one of level Metadata for everything, and begin them with Metadata for secrets, configmaps and tokens.",
  note: "The first rule that a request meets is the one that counts, as in the API server. Sensitive are `secrets`, `configmaps`, `serviceaccounts/token` and `tokenreviews`: a rule that some of their requests may meet must not write bodies. The policy is a file of the API server's, not an object, so `paw policy check FILE` looks at it.",
  url: docs,
  frameworks: ["CIS 3.2.1", "CIS 3.2.2", "C-0067", "C-0160", "C-0161"],
  judges: (manifest) => groupOf(manifest) === "audit.k8s.io" && baseKind(manifest) === "Policy",
  check: (manifest) => {
    const list = at(root(manifest), "rules");
    const rules = items(list);
    const catchAll = rules.find(isCatchAll);
    const stages = [at(root(manifest), "omitStages"), ...rules.map((rule) => at(rule, "omitStages"))];
    return [
      ...(catchAll === undefined
        ? [
            {
              path: "rules",
              found: "no rule for everything",
              wanted: "a last rule of level Metadata for everything",
            },
          ]
        : demand(at(catchAll, "level"), {
            allows: oneOf(...levels.slice(1)),
            wanted: "Metadata or more for everything",
            mayShow: oneOf(...levels),
          })),
      ...sensitive.flatMap((resource) => bodies(rules, resource)),
      ...stages.flatMap(items).flatMap((stage) =>
        demand(stage, {
          allows: oneOf("RequestReceived", "ResponseStarted"),
          wanted: "RequestReceived or ResponseStarted, as what is left says how the request ended",
          mayShow: oneOf("ResponseComplete", "Panic"),
        }),
      ),
    ];
  },
};

const actions = ["Deny", "Warn", "Audit"];

const admissionAudit: Rule = {
  id: "vap-audit",
  item: 8,
  description: "What an admission policy finds is refused, and written down.",
  severity: "high",
  // Staging warns and writes down, so that a new policy stops nobody there.
  levels: holds.inProduction,
  fix: "set validationActions to [Deny, Audit], and leave failurePolicy at Fail.",
  note: "Staging warns and writes down, so there it is advice.",
  url: "https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/",
  frameworks: [],
  judges: (manifest) =>
    groupOf(manifest) === "admissionregistration.k8s.io" &&
    ["ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding"].includes(baseKind(manifest)) &&
    !isPatch(manifest),
  check: (manifest) => {
    const spec = at(root(manifest), "spec");
    if (baseKind(manifest) === "ValidatingAdmissionPolicy") {
      return demand(at(spec, "failurePolicy"), {
        allows: oneOf(undefined, "Fail"),
        wanted: "Fail",
        mayShow: oneOf("Ignore"),
      });
    }
    return demand(at(spec, "validationActions"), {
      allows: (value) => Array.isArray(value) && ["Deny", "Audit"].every((action) => value.includes(action)),
      wanted: "Deny and Audit",
      mayShow: oneOf(...actions),
    });
  },
};

export const audit: readonly Rule[] = [auditPolicy, admissionAudit];
