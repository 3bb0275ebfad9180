import {
  type ReportViolation,
  type ResourceValidationArgs,
  type ResourceValidationPolicy,
  UnknownValueError,
} from "@pulumi/policy";

import { configSchema, levelOf, parseConfig } from "./config.ts";
import { type Exception, exceptionFor } from "./exceptions.ts";
import { judge, message } from "./judge.ts";
import { UNKNOWN } from "./k8s/field.ts";
import type { Manifest } from "./k8s/manifest.ts";
import type { Rule } from "./rule.ts";

/**
 * What `reportViolation` of @pulumi/policy 1.21 takes beside a text, though its types do not say so (`server.js`,
 * `makeReportViolationFun`). A version that took texts only would report at the policy's own level, which is mandatory.
 */
interface Violation {
  readonly name: string;
  readonly description: string;
  readonly message: string;
  readonly severity: Rule["severity"];
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
  const today = new Date().toISOString().slice(0, 10);
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
      for (const verdict of judge(manifest, applying)) {
        const { id, description, severity } = verdict.rule;
        const exception = exceptionFor(exceptions, { rule: id, manifest, today });
        const text = message(verdict, manifest, args.name);
        const advisory =
          exception !== undefined ||
          verdict.notEvaluated === true ||
          levelOf(verdict.rule, config) === "advisory";
        report(reportViolation, {
          name: id,
          description,
          message: exception ? `${text}\n${accepted(exception)}` : text,
          severity,
          ...(advisory ? { enforcementLevel: "advisory" } : {}),
        });
      }
    },
  };
}

function accepted({ reason, owner, expires, ticket }: Exception): string {
  return `Accepted until ${expires} (${owner}, ${ticket}): ${reason}.`;
}

function report(reportViolation: ReportViolation, violation: Violation): void {
  (reportViolation as unknown as (violation: Violation) => void)(violation);
}

/**
 * API version and kind from the type of a Pulumi resource, such as `kubernetes:apps/v1:Deployment`; undefined for other
 * providers. Custom resources have such a type as well, but no class in the SDK to be told by.
 */
export function headOf(type: string): Manifest | undefined {
  const [provider, apiVersion, kind] = type.split(":");
  if (provider !== "kubernetes" || apiVersion === undefined || kind === undefined) return undefined;
  return { apiVersion: apiVersion.replace(/^core\//, ""), kind };
}

/** The manifest of a Kubernetes resource, with UNKNOWN for all that its preview does not know. */
export function manifestOf({ props }: Pick<ResourceValidationArgs, "props">, head: Manifest): Manifest {
  return { ...(plain(props) as Record<string, unknown>), ...head };
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
