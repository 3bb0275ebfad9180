import type { Manifest } from "./k8s/manifest.ts";
import { describe } from "./k8s/manifest.ts";
import type { Finding, Rule } from "./rule.ts";

/** A finding together with the rule that was broken. */
export interface Verdict extends Finding {
  readonly rule: Rule;
}

/** Applies rules to one manifest. The same place is reported once per rule. */
export function judge(manifest: Manifest, rules: readonly Rule[]): readonly Verdict[] {
  return rules
    .filter((rule) => rule.judges(manifest))
    .flatMap((rule) => {
      const byPlace = new Map<string, Verdict>();
      for (const finding of rule.check(manifest)) {
        const place = `${finding.path} ${finding.found}`;
        if (!byPlace.has(place)) byPlace.set(place, { ...finding, rule });
      }
      return [...byPlace.values()];
    });
}

/**
 * The text of a violation: rule, object, field, found, wanted, fix and source.
 *
 * @param resource name of the object in the Pulumi program.
 */
export function message(verdict: Verdict, manifest: Manifest, resource: string): string {
  const { rule, path, container, found, wanted, notEvaluated } = verdict;
  const where = container === undefined ? path : `${path} (container ${container})`;
  return [
    `${rule.id}: ${describe(manifest)} (Pulumi resource ${resource})`,
    `${where}: ${notEvaluated ? "not evaluated, as there is" : "found"} ${found}, wanted ${wanted}.`,
    `Fix: ${rule.fix}`,
    rule.url,
  ].join("\n");
}
