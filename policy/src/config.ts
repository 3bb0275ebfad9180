import type { PolicyConfigSchema } from "@pulumi/policy";

import { type Level, type RuleAbout, type Stack, enforcementLevels, stacks } from "./rule.ts";

/**
 * What `--policy-pack-config` may say, under the name of the policy:
 * `{ "checklist": { "stack": "staging", "levels": { "pss-seccomp": "mandatory" } } }`.
 */
export interface PackConfig {
  /** Whose levels hold; default production. */
  readonly stack: Stack;
  /** Levels of single rules, by id; default none. */
  readonly levels: Readonly<Record<string, Level>>;
  /** Whether each warning is told, or their number; default `each`. Failures are always told. */
  readonly warnings: (typeof tellings)[number];
}

const tellings = ["each", "count"] as const;

/** The schema that the Pulumi engine checks the config with before anything runs; it names misspelt rules. */
export function configSchema(rules: readonly RuleAbout[]): PolicyConfigSchema {
  const level = { type: "string" as const, enum: [...enforcementLevels] };
  return {
    properties: {
      stack: {
        type: "string",
        enum: [...stacks],
        default: "production",
        description: "The stack whose levels hold.",
      },
      warnings: {
        type: "string",
        enum: [...tellings],
        default: "each",
        description: "Whether each warning is told, or their number.",
      },
      levels: {
        type: "object",
        properties: Object.fromEntries(rules.map(({ id }) => [id, level])),
        additionalProperties: false,
        description: "Levels of single rules, by rule id.",
      },
    },
  };
}

/**
 * The config as the engine hands it over. The engine fills in no default inside a policy test and lets keys pass that
 * the schema does not name, so both are done here.
 *
 * @throws Error that lists every fault.
 */
export function parseConfig(
  given: Readonly<Record<string, unknown>>,
  rules: readonly RuleAbout[],
): PackConfig {
  const { stack = "production", levels = {}, warnings = "each", ...others } = given;
  const faults = [
    ...Object.keys(others).map((key) => `"${key}" is no setting; there are "stack", "levels" and "warnings"`),
    ...(isOneOf(stacks, stack) ? [] : [`"stack" must be one of ${stacks.join(", ")}`]),
    ...(isOneOf(tellings, warnings) ? [] : [`"warnings" must be one of ${tellings.join(", ")}`]),
    ...(isObject(levels)
      ? faultsOfLevels(levels, rules)
      : ['"levels" must be an object of rule ids and levels']),
  ];
  if (faults.length > 0 || !isOneOf(stacks, stack) || !isOneOf(tellings, warnings) || !isObject(levels)) {
    throw new Error(
      `The config of the policy pack is wrong:\n${faults.map((fault) => `  - ${fault}`).join("\n")}`,
    );
  }
  return { stack, warnings, levels: levels as PackConfig["levels"] };
}

/** The level at which a rule holds under a config. */
export function levelOf({ id, levels }: Pick<RuleAbout, "id" | "levels">, config: PackConfig): Level {
  return config.levels[id] ?? levels[config.stack];
}

function faultsOfLevels(levels: object, rules: readonly RuleAbout[]): readonly string[] {
  return Object.entries(levels).flatMap(([id, level]) => [
    ...(rules.some((rule) => rule.id === id) ? [] : [`"levels" names no rule with "${id}"`]),
    ...(isOneOf(enforcementLevels, level)
      ? []
      : [`the level of "${id}" must be one of ${enforcementLevels.join(", ")}`]),
  ]);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isOneOf<T>(values: readonly T[], value: unknown): value is T {
  return (values as readonly unknown[]).includes(value);
}
