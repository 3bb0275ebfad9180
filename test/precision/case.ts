/** What a foreign project expects of objects, and what our rules say of the same. */
import { checklistGraph, integrityGraph } from "../../policy/src/graph/rules/index.ts";
import { graphOf } from "../../policy/src/graph/graph.ts";
import { judge } from "../../policy/src/judge.ts";
import { type Manifest } from "../../policy/src/k8s/manifest.ts";
import { checklistRules, integrityRules } from "../../policy/src/rules/index.ts";

export type Word = "pass" | "fail";

/** A check of another project, and which of our rules ask the same. */
export interface Check {
  /** Its name; for kyverno the folder of the policy. */
  readonly check: string;
  readonly rules: readonly string[];
  /** Where a rule of ours asks for more than one thing: the paths of the findings that are about the same. */
  readonly only?: RegExp;
}

/** Objects of which the other project says whether they are good. */
export interface Case {
  readonly check: string;
  /** What reasons call it: `Pod/badpod01`, or a file where several objects are one case. */
  readonly name: string;
  readonly manifests: readonly Manifest[];
  readonly expected: Word;
}

/** Why our verdict is another, for a check and the cases that it holds for; a name may end in `*`. The first one counts. */
export interface Reason {
  readonly check: string;
  readonly cases: readonly string[];
  readonly ours: "stricter" | "laxer";
  /**
   * `design`: our rule asks for something else, on purpose. `theirs`: the object, or the check, is not as Kubernetes has
   * it. `gap`: it would be better if our rule saw it.
   */
  readonly because: "design" | "theirs" | "gap";
  readonly reason: string;
}

export interface Outcome extends Case {
  readonly ours: Word;
  readonly rules: readonly string[];
  /** What our rules found, for whoever has to find a reason. */
  readonly found: readonly string[];
}

const objectRules = [...checklistRules, ...integrityRules];
const graphRules = [...checklistGraph, ...integrityGraph];
export const ruleIds = new Set([...objectRules, ...graphRules].map(({ id }) => id));

/** Our verdict on a case: it fails if any of the check's rules finds something. */
export function judged(given: Case, { rules, only }: Check): Outcome {
  const named = ({ id }: { readonly id: string }): boolean => rules.includes(id);
  const graph = graphOf(given.manifests.map((manifest) => ({ manifest, source: given.name })));
  const findings = [
    ...given.manifests.flatMap((manifest) => judge(manifest, objectRules.filter(named))),
    ...graphRules.filter(named).flatMap((rule) => rule.check(graph).map((finding) => ({ ...finding, rule }))),
  ].filter(({ path, notEvaluated }) => notEvaluated !== true && (only === undefined || only.test(path)));
  return {
    ...given,
    rules,
    ours: findings.length === 0 ? "pass" : "fail",
    found: findings.map(({ rule, path, found }) => `${rule.id} at ${path}: ${found}`),
  };
}

export const agrees = ({ ours, expected }: Outcome): boolean => ours === expected;

/** Whether a reason is about a case. */
export function explains({ check, cases, ours }: Reason, given: Outcome): boolean {
  return (
    check === given.check &&
    ours === (given.ours === "fail" ? "stricter" : "laxer") &&
    cases.some((name) =>
      name.endsWith("*") ? given.name.startsWith(name.slice(0, -1)) : name === given.name,
    )
  );
}
