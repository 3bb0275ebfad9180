/** Stack files, read without Pulumi. */
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { parse } from "yaml";

import { type PawConfig, parseConfig } from "../../config.ts";
import { projectRoot, type StackName } from "./project.ts";

/**
 * The configuration of a stack.
 *
 * @throws ConfigError with every fault of the file.
 */
export function readStack(stack: StackName): PawConfig {
  const file = parse(readFileSync(join(projectRoot, `Pulumi.${stack}.yaml`), "utf8")) as {
    config?: Record<string, unknown>;
  };
  return configFrom(stack, file.config ?? {});
}

/**
 * The configuration that some values make, by full key, as stack files and Pulumi's history have them.
 *
 * @throws ConfigError with every fault.
 */
export function configFrom(stack: StackName, values: Readonly<Record<string, unknown>>): PawConfig {
  const raw = Object.entries(values).map(([key, value]) => [
    key,
    typeof value === "string" ? value : JSON.stringify(value),
  ]);
  return parseConfig(stack, Object.fromEntries(raw) as Record<string, string>);
}
