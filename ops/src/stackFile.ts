/** Stack files, read without Pulumi. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { type PawConfig, parseConfig } from "../../config.ts";
import { projectRoot, type StackName } from "./project.ts";

/**
 * The configuration of a stack.
 *
 * @param overrides content of `PAW_OVERRIDES`, where the configuration of a preview is meant.
 * @throws ConfigError with every fault of the file.
 */
export function readStack(stack: StackName, overrides?: string): PawConfig {
  const file = parse(readFileSync(join(projectRoot, `Pulumi.${stack}.yaml`), "utf8")) as {
    config?: Record<string, unknown>;
  };
  return configFrom(stack, file.config ?? {}, overrides);
}

/**
 * The configuration that some values make, by full key, as stack files and Pulumi's history have them.
 *
 * @throws ConfigError with every fault.
 */
export function configFrom(
  stack: StackName,
  values: Readonly<Record<string, unknown>>,
  overrides?: string,
): PawConfig {
  const raw = Object.entries(values).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return parseConfig(stack, Object.fromEntries(raw) as Record<string, string>, overrides);
}
