/**
 * ValidatingAdmissionPolicies out of the catalogue: one for each kind of target with all rules about it, and its binding.
 * One per rule would cost the API server ten times as much: it takes every object apart anew for each policy.
 *
 * What is not judged: objects of the namespaces that controllers live in, what controllers themselves make (it follows
 * from objects that were judged, and refusing it would stop them), and what is on its way out.
 */
import { type Exception, permits } from "../exceptions.ts";
import type { RuleAbout, Stack } from "../rule.ts";
import { podResources, podVariables } from "./podVariables.ts";
import { type Check, type Resources, type Target, type Twin, literal, targets } from "./twin.ts";

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
  /** Ids of the rules that it holds, in the catalogue's order. */
  readonly rules: readonly string[];
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

interface Judged {
  readonly rule: RuleAbout;
  readonly twin: Twin;
}

/** The policies of all rules that have a twin; none for a target that no rule is about. */
export function admissionPolicies(
  rules: readonly RuleAbout[],
  twins: Readonly<Record<string, Twin>>,
  site: AdmissionSite,
): AdmissionPolicy[] {
  const judged = rules.flatMap((rule): Judged[] => {
    const twin = twins[rule.id];
    return twin === undefined ? [] : [{ rule, twin }];
  });
  return (Object.keys(targets) as Target[]).flatMap((target) => {
    const about = judged.filter(({ twin }) => twin.on.includes(target));
    const denied = about.filter(({ rule }) => denies(rule, site));
    const warned = about.filter(({ rule }) => !denies(rule, site));
    return [
      ...(denied.length === 0 ? [] : [policyOf(target, denied, site)]),
      ...(warned.length === 0 ? [] : [policyOf(target, warned, site)]),
    ];
  });
}

function denies(rule: RuleAbout, { mode, stack }: AdmissionSite): boolean {
  return mode === "deny" && rule.levels[stack] === "mandatory";
}

function policyOf(target: Target, judged: readonly Judged[], site: AdmissionSite): AdmissionPolicy {
  const denied = judged.every(({ rule }) => denies(rule, site));
  // Rules that are advice beside others that are not have a policy of their own.
  const advice = site.mode === "deny" && !denied ? "-advice" : "";
  const name = `paw-${target.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}${advice}`;
  const validations = judged.flatMap(({ rule, twin }) =>
    twin.checks.map((check) => validation(rule, check, exceptedFrom(rule, site))),
  );
  return {
    name,
    rules: judged.map(({ rule }) => rule.id),
    policy: {
      failurePolicy: "Fail",
      matchConstraints: { resourceRules: resourceRules(target) },
      matchConditions: matchConditions(site),
      variables: variablesOf(
        judged.map(({ twin }) => twin),
        validations.map(({ expression }) => expression),
      ),
      validations,
    },
    binding: {
      policyName: name,
      validationActions: [denied ? "Deny" : "Warn", "Audit"],
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

function resourceRules(target: Target): ResourceRule[] {
  const resources: readonly Resources[] = target === "pods" ? podResources : [targets[target]];
  return resources.map(({ group, version, resources: names }) => ({
    apiGroups: [group],
    apiVersions: [version],
    operations: ["CREATE", "UPDATE"],
    resources: [...names],
  }));
}

function matchConditions({ makers }: AdmissionSite): NamedExpression[] {
  const groups = makers.map((namespace) => `system:serviceaccounts:${namespace}`);
  return [
    {
      name: "by-no-controller",
      expression:
        '!(request.userInfo.username in ["system:apiserver", "system:kube-controller-manager"]) && ' +
        `!request.userInfo.?groups.orValue([]).exists(group, group in ${literal(groups)})`,
    },
    { name: "not-on-its-way-out", expression: "!has(object.metadata.deletionTimestamp)" },
  ];
}

/** The objects that may break a rule, as messages of the policy pack name them. */
function exceptedFrom({ id }: RuleAbout, site: AdmissionSite): string[] {
  const { exceptions, today, stack, unjudged } = site;
  return exceptions
    .filter((exception) => permits(exception, { rule: id, today, stack }))
    .map(({ object }) => object)
    .filter((object) => !unjudged.some((namespace) => isOf(object, namespace)));
}

/** The object itself, in the same words. */
const named: readonly [name: string, expression: string] = [
  "named",
  'object.kind + " " + (has(object.metadata.namespace) ? object.metadata.namespace + "/" : "") + ' +
    'object.metadata.?name.orValue("")',
];

/** Whether an object, as `Kind namespace/name`, lies in a namespace or is it. */
function isOf(object: string, namespace: string): boolean {
  return object.includes(` ${namespace}/`) || object === `Namespace ${namespace}`;
}

/** The variables that expressions use, and those that these use. */
function variablesOf(judged: readonly Twin[], expressions: readonly string[]): NamedExpression[] {
  const own = judged.flatMap(({ variables = {} }) => Object.entries(variables));
  const all = new Map<string, string>([named, ...podVariables]);
  for (const [name, expression] of own) {
    if ((all.get(name) ?? expression) !== expression) throw new Error(`two variables are called ${name}`);
    all.set(name, expression);
  }
  const used = new Set<string>();
  const use = (text: string): void => {
    for (const [, name = ""] of text.matchAll(/\bvariables\.(\w+)/g)) {
      if (used.has(name)) continue;
      used.add(name);
      use(all.get(name) ?? "");
    }
  };
  expressions.forEach(use);
  return [...all].filter(([name]) => used.has(name)).map(([name, expression]) => ({ name, expression }));
}

/** The message says what must be so and how to get there; it names containers, and never what stands in the object. */
function validation(
  rule: RuleAbout,
  { holds, each }: Check,
  excepted: readonly string[],
): PolicySpec["validations"][number] {
  const text = `${rule.description} Fix: ${rule.fix}`;
  const allowed = excepted.length === 0 ? "" : `variables.named in ${literal(excepted)} || `;
  const message = `${rule.id}: ${text}`;
  const reason = "Forbidden";
  if (each === undefined)
    return { expression: allowed === "" ? holds : `${allowed}(${holds})`, message, reason };
  const offenders = `variables.${each}.filter(c, !(${holds})).map(c, string(c.name)).join(", ")`;
  return {
    expression: `${allowed}variables.${each}.all(c, ${holds})`,
    message,
    messageExpression: `${literal(`${rule.id} (containers: `)} + ${offenders} + ${literal(`): ${text}`)}`,
    reason,
  };
}
