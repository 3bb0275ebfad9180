/**
 * ValidatingAdmissionPolicies out of the catalogue: one for each rule that has a twin in CEL, and its binding.
 *
 * What is not judged: objects of the namespaces that controllers live in, what controllers themselves make (it follows
 * from objects that were judged, and refusing it would stop them), and what is on its way out.
 */
import type { Exception } from "../exceptions.ts";
import type { RuleAbout, Stack } from "../rule.ts";
import { podResources, podVariables } from "./podVariables.ts";
import { type Check, type Resources, type Twin, literal, targets } from "./twin.ts";

/** What happens to an object that breaks a rule. */
export type Mode = "warn" | "deny";

export interface AdmissionSite {
  /** Whose levels hold. */
  readonly stack: Stack;
  /** `warn` for all rules, or `deny` for those that are mandatory on the stack. */
  readonly mode: Mode;
  /** Namespaces whose objects are not judged. */
  readonly unjudged: readonly string[];
  /** Namespaces whose service accounts make objects out of others that were judged. */
  readonly makers: readonly string[];
  readonly exceptions: readonly Exception[];
  /** YYYY-MM-DD; exceptions that ended before hold no more. */
  readonly today: string;
}

export interface AdmissionPolicy {
  readonly name: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Specs of the ValidatingAdmissionPolicy and of its binding. */
  readonly policy: PolicySpec;
  readonly binding: BindingSpec;
}

export interface PolicySpec {
  readonly failurePolicy: "Fail";
  readonly matchConstraints: { readonly resourceRules: ResourceRule[] };
  readonly matchConditions: NamedExpression[];
  readonly variables: NamedExpression[];
  readonly validations: {
    readonly expression: string;
    readonly message: string;
    readonly messageExpression?: string;
    readonly reason: "Forbidden";
  }[];
}

export interface BindingSpec {
  readonly policyName: string;
  readonly validationActions: ("Deny" | "Warn" | "Audit")[];
  readonly matchResources: {
    readonly namespaceSelector: {
      readonly matchExpressions: {
        readonly key: string;
        readonly operator: "NotIn";
        readonly values: string[];
      }[];
    };
  };
}

interface NamedExpression {
  readonly name: string;
  readonly expression: string;
}

interface ResourceRule {
  readonly apiGroups: string[];
  readonly apiVersions: string[];
  readonly operations: ("CREATE" | "UPDATE")[];
  readonly resources: string[];
}

/** Name of a rule's policy and of its binding in the cluster. */
export const policyName = (ruleId: string): string => `paw-${ruleId}`;

/** The policies of all rules that have a twin. */
export function admissionPolicies(
  rules: readonly RuleAbout[],
  twins: Readonly<Record<string, Twin>>,
  site: AdmissionSite,
): AdmissionPolicy[] {
  return rules.flatMap((rule) => {
    const twin = twins[rule.id];
    return twin === undefined ? [] : [policyOf(rule, twin, site)];
  });
}

function policyOf(rule: RuleAbout, twin: Twin, site: AdmissionSite): AdmissionPolicy {
  const name = policyName(rule.id);
  const denies = site.mode === "deny" && rule.levels[site.stack] === "mandatory";
  return {
    name,
    annotations: { "paw.network/rule": rule.id, "paw.network/standard": rule.url },
    policy: {
      failurePolicy: "Fail",
      matchConstraints: { resourceRules: resourceRules(twin) },
      matchConditions: matchConditions(rule, site),
      variables: variablesOf(twin),
      validations: twin.checks.map((check) => validation(rule, check)),
    },
    binding: {
      policyName: name,
      validationActions: [denies ? "Deny" : "Warn", "Audit"],
      matchResources: {
        namespaceSelector: {
          matchExpressions: [
            { key: "kubernetes.io/metadata.name", operator: "NotIn", values: [...site.unjudged] },
          ],
        },
      },
    },
  };
}

function resourceRules({ on }: Twin): ResourceRule[] {
  const listed = on.flatMap((target): readonly Resources[] =>
    target === "pods" ? podResources : [targets[target]],
  );
  return listed.map(({ group, version, resources }) => ({
    apiGroups: [group],
    apiVersions: [version],
    operations: ["CREATE", "UPDATE"],
    resources: [...resources],
  }));
}

function matchConditions({ id }: RuleAbout, site: AdmissionSite): NamedExpression[] {
  const groups = site.makers.map((namespace) => `system:serviceaccounts:${namespace}`);
  const excepted = site.exceptions
    .filter(({ rules, expires }) => rules.includes(id) && expires >= site.today)
    .map(({ object }) => object)
    .filter((object) => !site.unjudged.some((namespace) => isOf(object, namespace)));
  const object =
    'object.kind + " " + (has(object.metadata.namespace) ? object.metadata.namespace + "/" : "") + ' +
    'object.metadata.?name.orValue("")';
  return [
    {
      name: "by-no-controller",
      expression:
        '!(request.userInfo.username in ["system:apiserver", "system:kube-controller-manager"]) && ' +
        `!request.userInfo.?groups.orValue([]).exists(group, group in ${literal(groups)})`,
    },
    { name: "not-on-its-way-out", expression: "!has(object.metadata.deletionTimestamp)" },
    ...(excepted.length === 0
      ? []
      : [{ name: "not-excepted", expression: `!((${object}) in ${literal(excepted)})` }]),
  ];
}

/** Whether an object, as `Kind namespace/name`, lies in a namespace or is it. */
function isOf(object: string, namespace: string): boolean {
  return object.includes(` ${namespace}/`) || object === `Namespace ${namespace}`;
}

/** The variables that a twin's expressions use, and those that these use. */
function variablesOf(twin: Twin): NamedExpression[] {
  const own = Object.entries(twin.variables ?? {});
  const all = twin.on.includes("pods") ? [...podVariables, ...own] : own;
  const used = new Set<string>();
  const use = (expression: string): void => {
    for (const [, name = ""] of expression.matchAll(/\bvariables\.(\w+)/g)) {
      if (used.has(name)) continue;
      used.add(name);
      use(all.find(([each]) => each === name)?.[1] ?? "");
    }
  };
  for (const { holds, each } of twin.checks) use(each === undefined ? holds : `variables.${each} ${holds}`);
  return all.filter(([name]) => used.has(name)).map(([name, expression]) => ({ name, expression }));
}

/** The message says what must be so and how to get there; it names containers, and never what stands in the object. */
function validation(rule: RuleAbout, { holds, each }: Check): PolicySpec["validations"][number] {
  const text = `${rule.description} Fix: ${rule.fix}`;
  const message = `${rule.id}: ${text}`;
  if (each === undefined) return { expression: holds, message, reason: "Forbidden" };
  const offenders = `variables.${each}.filter(c, !(${holds})).map(c, string(c.name)).join(", ")`;
  return {
    expression: `variables.${each}.all(c, ${holds})`,
    message,
    messageExpression: `${literal(`${rule.id} (containers: `)} + ${offenders} + ${literal(`): ${text}`)}`,
    reason: "Forbidden",
  };
}
