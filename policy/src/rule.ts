import type { Manifest } from "./k8s/manifest.ts";

/** The ten items of the security checklist, by number. */
export const checklist = {
  1: "Pod Security Standard restricted",
  2: "default-deny NetworkPolicies",
  3: "least-privilege RBAC",
  4: "secrets in Vault",
  5: "Linkerd mTLS",
  6: "resource limits on all containers",
  7: "non-root security contexts",
  8: "audit logging",
  9: "CVE scanning",
  10: "backup encryption",
} as const;

export type ChecklistItem = keyof typeof checklist;

/** The two packs, as their folders are called. */
export const packNames = ["checklist", "integrity"] as const;

export const stacks = ["local", "staging", "production"] as const;
export type Stack = (typeof stacks)[number];

/** `advisory` warns, `mandatory` fails the preview. No rule can be switched off without a trace. */
export const enforcementLevels = ["advisory", "mandatory"] as const;
export type Level = (typeof enforcementLevels)[number];
export type Levels = Readonly<Record<Stack, Level>>;

/** How strictly a rule holds on each stack, by how bad it is to break it. */
export const holds = {
  everywhere: { local: "mandatory", staging: "mandatory", production: "mandatory" },
  beforeUsers: { local: "advisory", staging: "mandatory", production: "mandatory" },
  inProduction: { local: "advisory", staging: "advisory", production: "mandatory" },
  asAdvice: { local: "advisory", staging: "advisory", production: "advisory" },
} as const satisfies Record<string, Levels>;

/** One place in a manifest that breaks a rule. No text in it is ever copied from a free value of the manifest. */
export interface Finding {
  /** Path of the field, as in `spec.template.spec.containers[0].securityContext.privileged`. */
  readonly path: string;
  /** What stands there, in words. */
  readonly found: string;
  /** What may stand there, in words. */
  readonly wanted: string;
  /** Name of the container it is about, if it is about one that has a name. */
  readonly container?: string | undefined;
  /**
   * True where the rule cannot tell for want of something outside the manifest, such as a digest that a team has yet to
   * fill in: a warning at every level, and never green.
   */
  readonly notEvaluated?: true;
}

/** What is known about a rule, whatever it looks at: data for config, messages, documents and admission policies. */
export interface RuleAbout {
  /** Unique, in kebab case; what config, exceptions and messages call the rule. */
  readonly id: string;
  /** The item of the checklist; `integrity` for rules that keep objects fitting together, `meta` for the gate itself. */
  readonly item: ChecklistItem | "integrity" | "meta";
  /** One sentence: what must be so. */
  readonly description: string;
  readonly severity: "low" | "medium" | "high" | "critical";
  readonly levels: Levels;
  /** What to write instead. */
  readonly fix: string;
  /** What the sentence leaves open: what counts, and why. For the rule's page; Markdown. */
  readonly note?: string;
  /** The standard behind the rule. */
  readonly url: string;
  /**
   * What other catalogues call it, none where no other has it: `CIS 5.2.2` (Kubernetes Benchmark 1.12), `KSV-0017`
   * (Trivy), `C-0057` (Kubescape), `kube-linter …`, `Polaris …`, `Kyverno …` by the names that these have.
   */
  readonly frameworks: readonly string[];
}

/** A rule about one object: data about it, and a pure function that applies it. */
export interface Rule extends RuleAbout {
  /** True for the kinds this rule looks at. */
  readonly judges: (manifest: Manifest) => boolean;
  /** The findings in one manifest; never throws, whatever the manifest holds. */
  readonly check: (manifest: Manifest) => readonly Finding[];
}
