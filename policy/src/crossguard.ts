import {
  type PolicyResource,
  type ReportViolation,
  type ResourceValidationArgs,
  type ResourceValidationPolicy,
  type StackValidationPolicy,
  UnknownValueError,
} from "@pulumi/policy";

import { type PackConfig, configSchema, levelOf, parseConfig } from "./config.ts";
import { today } from "./day.ts";
import { type Exception, accepted, exceptionFor } from "./exceptions.ts";
import { type Given, type Graph, graphOf } from "./graph/graph.ts";
import type { GraphRule } from "./graph/rule.ts";
import { type Verdict, byRuleAndObject, isBlocking, judge, judgeGraph, message, subjectOf } from "./judge.ts";
import { UNKNOWN } from "./k8s/field.ts";
import { type Manifest, describe, headOf } from "./k8s/manifest.ts";
import { type PackRules, fewestWorkloads, metaRules } from "./meta.ts";
import type { Rule, RuleAbout, Stack } from "./rule.ts";

/**
 * What `reportViolation` of @pulumi/policy 1.21 takes beside a text, though its types do not say so (`server.js`,
 * `makeReportViolationFun`). A version that took texts only would report at the policy's own level, which is mandatory.
 */
interface Violation {
  readonly name: string;
  readonly description: string;
  readonly message: string;
  readonly severity: RuleAbout["severity"];
  /** Left out, the policy's level holds: mandatory, or what the user's config makes of the whole policy. */
  readonly enforcementLevel?: "advisory";
}

interface PolicyParts {
  readonly description: string;
  readonly rules: readonly Rule[];
  /** Findings that are reported as warnings. */
  readonly exceptions: readonly Exception[];
}

/**
 * Makes one CrossGuard policy of many rules. One, since the SDK deserializes each resource anew for each policy, CRDs
 * of a megabyte included; every violation still carries the name, severity and level of its rule.
 */
export function policyOf(
  name: string,
  { description, rules, exceptions }: PolicyParts,
): ResourceValidationPolicy {
  return {
    name,
    description,
    enforcementLevel: "mandatory",
    configSchema: configSchema(rules),
    validateResource: (args, reportViolation) => {
      // Read for every resource, so that a wrong config fails whatever is deployed.
      const config = parseConfig(args.getConfig(), rules);
      const head = headOf(args.type);
      const applying = head === undefined ? [] : rules.filter((rule) => rule.judges(head));
      if (head === undefined || applying.length === 0)
        return args.notApplicable(`No rule judges ${args.type}.`);
      const manifest = manifestOf(args, head);
      const subject = describe(manifest);
      const source = `Pulumi resource ${args.name}`;
      for (const verdicts of byRuleAndObject(judge(manifest, applying))) {
        const violation = violationOf(verdicts, { subject, source, config, exceptions });
        if (isTold(violation, config)) report(reportViolation, violation);
      }
    },
  };
}

/** Makes one CrossGuard policy of all rules about the whole deployment, for the same reason. */
export function graphPolicyOf(name: string, description: string, pack: PackRules): StackValidationPolicy {
  const rulesAt = (stack: Stack): readonly GraphRule[] => [
    ...pack.graphRules,
    ...metaRules(pack, { minimum: fewestWorkloads, today: today(), stack }),
  ];
  // What they are called is the same at every stack.
  const known = rulesAt("production");
  return {
    name,
    description,
    enforcementLevel: "mandatory",
    configSchema: configSchema(known),
    validateStack: (args, reportViolation) => {
      const config = parseConfig(args.getConfig(), known);
      const rules = rulesAt(config.stack);
      const graph = graphOf(args.resources.flatMap((resource) => givenOf(resource) ?? []));
      const { exceptions } = pack;
      let quiet = 0;
      for (const verdicts of byRuleAndObject(judgeGraph(graph, rules).verdicts)) {
        const { item } = verdicts[0];
        const source = item && `Pulumi resource ${item.source}`;
        const violation = violationOf(verdicts, {
          subject: subjectOf(verdicts[0]),
          source,
          config,
          exceptions,
        });
        if (isTold(violation, config)) report(reportViolation, violation, item?.urn);
        else quiet += 1;
      }
      if (config.warnings === "count") {
        quiet += warningsOf(graph, pack, config);
        if (quiet > 0) report(reportViolation, countOf(quiet, config));
      }
    },
  };
}

/** Failures are always told; warnings where the config asks for each. */
function isTold({ enforcementLevel }: Violation, { warnings }: PackConfig): boolean {
  return enforcementLevel === undefined || warnings === "each";
}

/** Warnings of the rules about single objects, which the other policy of the pack did not tell. */
function warningsOf({ items }: Graph, { objectRules, exceptions }: PackRules, config: PackConfig): number {
  const violations = items.flatMap(({ manifest, source }) =>
    byRuleAndObject(judge(manifest, objectRules)).map((verdicts) =>
      violationOf(verdicts, { subject: describe(manifest), source, config, exceptions }),
    ),
  );
  return violations.filter((violation) => !isTold(violation, config)).length;
}

function countOf(count: number, { stack }: PackConfig): Violation {
  return {
    name: "warnings",
    description: "What is worth knowing at this stack's levels, and fails at production's.",
    message: `${count} warning${count === 1 ? "" : "s"}; npx paw policy check --stack ${stack} lists them.`,
    severity: "low",
    enforcementLevel: "advisory",
  };
}

interface Context {
  readonly subject: string;
  readonly source: string | undefined;
  readonly config: PackConfig;
  readonly exceptions: readonly Exception[];
}

function violationOf(
  verdicts: readonly [Verdict, ...Verdict[]],
  { subject, source, config, exceptions }: Context,
): Violation {
  const [{ rule, notEvaluated }] = verdicts;
  const text = message(verdicts, subject, source);
  const exception = exceptionFor(exceptions, {
    rule: rule.id,
    object: subject,
    today: today(),
    stack: config.stack,
  });
  const blocking = isBlocking({ level: levelOf(rule, config), exception, notEvaluated });
  return {
    name: rule.id,
    description: rule.description,
    message: exception ? `${text}\n${accepted(exception)}` : text,
    severity: rule.severity,
    ...(blocking ? {} : { enforcementLevel: "advisory" }),
  };
}

function report(reportViolation: ReportViolation, violation: Violation, urn?: string): void {
  (reportViolation as unknown as (violation: Violation, urn?: string) => void)(violation, urn);
}

/** The manifest of a Kubernetes resource, with UNKNOWN for all that its preview does not know. */
export function manifestOf({ props }: Pick<ResourceValidationArgs, "props">, head: Manifest): Manifest {
  return { ...(plain(props) as Record<string, unknown>), ...head };
}

/** A resource of the stack as an object of the graph; nothing for other providers. */
function givenOf(resource: PolicyResource): Given | undefined {
  const head = headOf(resource.type);
  if (head === undefined) return undefined;
  const parent = resource.parent?.urn;
  return {
    manifest: manifestOf(resource, head),
    source: resource.name,
    urn: resource.urn,
    ...(parent === undefined ? {} : { parent }),
    ignored: resource.opts.ignoreChanges,
    protect: resource.opts.protect,
  };
}

/** A copy of a value of the SDK, whose proxies throw where something unknown is read. */
function plain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return Array.from({ length: value.length }, (_, index) => read(value, index));
  return Object.fromEntries(Object.keys(value).map((key) => [key, read(value, key)]));
}

function read(parent: object, key: string | number): unknown {
  try {
    return plain((parent as Record<string | number, unknown>)[key]);
  } catch (error) {
    if (error instanceof UnknownValueError) return UNKNOWN;
    throw error;
  }
}
