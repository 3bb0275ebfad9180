/**
 * The only reader of Pulumi configuration (and of `PAW_OVERRIDES`): stack file -> schema -> one frozen, typed object.
 *
 * Keys written `paw:a.b` mean the key `paw:a` holding an object with `b`. docs/configuration.md lists them all.
 */
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import type { Network } from "./components/chain/network.ts";
import { isRegistry } from "./components/platform/charts/source.ts";
import {
  type Fault,
  type Values,
  anchorsOf,
  digestFaults,
  lookUp,
  networkOf,
  placeholdersIn,
  relationFaults,
  warningsOf,
} from "./config/rules.ts";
import { schema } from "./config/schema.ts";
import { type Signers, signerPlaceholders, signersOf } from "./config/signers.ts";

export { placeholder } from "./config/schema.ts";

const projectRoot = new URL("./", import.meta.url);

const environments = ["local", "staging", "production"] as const;
/** The environment of a stack is its name. */
export type Environment = (typeof environments)[number];

/** Everything the program is told, frozen. */
export type PawConfig = Readonly<Values> & {
  readonly environment: Environment;
  /** What `PAW_OVERRIDES` changed, as `key: from -> to` lines; empty where nothing is overridden. */
  readonly overrides: readonly string[];
  /** Keys whose value is still a marked placeholder. */
  readonly placeholders: readonly string[];
  /** Public facts of the network out of the file that `paw:chain.network` names; nothing where it names no file. */
  readonly network?: Network;
  /** Content of the file that `paw:mesh.anchors` names. */
  readonly meshAnchors: string | undefined;
  /** Who signs the two systems' images; keys with the content of the files that the stack file names. */
  readonly signers: Signers;
  /** What is worth knowing though it is no fault. */
  readonly warnings: readonly string[];
};

/** By stack: an override of one must not lead another astray. */
const overridesSchema = z.partialRecord(
  z.enum(environments),
  z.strictObject({
    cluster: z.strictObject({ context: z.string().min(1) }).optional(),
    charts: z.strictObject({ source: z.literal("crds") }).optional(),
    certManager: z.strictObject({ install: z.literal("chart") }).optional(),
  }),
);
type Overrides = z.infer<typeof overridesSchema>;

/** All faults of a configuration in one message; Pulumi shows it without a stack trace. */
export class ConfigError extends pulumi.RunError {
  readonly faults: readonly Fault[];
  constructor(source: string, faults: readonly Fault[]) {
    const lines = faults.map((fault) => {
      const found = "found" in fault ? `found ${show(fault.found)}; ` : "";
      return `  ${fault.key}: ${found}${fault.wanted}`;
    });
    super(
      [
        `${source}: ${faults.length} fault${faults.length === 1 ? "" : "s"}`,
        ...lines,
        "See docs/configuration.md.",
      ].join("\n"),
    );
    this.faults = faults;
  }
}

/**
 * Reads the running stack's configuration.
 *
 * @throws ConfigError with every fault when the stack file or `PAW_OVERRIDES` is wrong.
 */
export function readConfig(): PawConfig {
  return parseConfig(pulumi.getStack(), pulumi.runtime.allConfig(), process.env.PAW_OVERRIDES);
}

/**
 * The pure part of {@link readConfig}.
 *
 * @param stack name of the stack, which is its environment.
 * @param raw configuration as Pulumi gives it: full key to text, objects as JSON.
 * @param overridesText content of `PAW_OVERRIDES`: JSON, or nothing.
 */
export function parseConfig(
  stack: string,
  raw: Readonly<Record<string, string>>,
  overridesText?: string,
): PawConfig {
  const environment = environments.find((candidate) => candidate === stack);
  if (!environment) {
    throw new ConfigError("stack name", [
      { key: "stack", found: stack, wanted: `must be one of ${environments.join(", ")}` },
    ]);
  }
  const source = `Pulumi.${stack}.yaml`;
  const own = Object.entries(raw).filter(([key]) => key.startsWith("paw:"));
  const values = Object.fromEntries(own.map(([key, text]) => [key.slice("paw:".length), parseValue(text)]));
  const overrides = parseOverrides(overridesText)[environment] ?? {};
  const { merged, changes } = applyOverrides(values, overrides);

  const result = schema.safeParse(merged);
  const faults = result.success ? [] : result.error.issues.flatMap((issue) => toFaults(issue, merged));
  const parsed = result.success ? result.data : undefined;
  const named = parsed ? networkOf(parsed, projectRoot) : { faults: [] };
  const anchors = parsed ? anchorsOf(parsed, projectRoot) : { faults: [] };
  const signers = parsed ? signersOf(parsed, projectRoot) : { signers: {}, faults: [] };
  faults.push(
    ...digestFaults(environment, merged),
    ...(parsed ? relationFaults(parsed, environment) : []),
    ...named.faults,
    ...anchors.faults,
    ...signers.faults,
  );
  if (!parsed || faults.length > 0) throw new ConfigError(source, faults);

  return deepFreeze({
    ...parsed,
    charts: absolute(parsed.charts),
    environment,
    overrides: changes,
    placeholders: [...placeholdersIn(parsed), ...signerPlaceholders(parsed)],
    warnings: warningsOf(parsed, environment),
    meshAnchors: anchors.pem,
    signers: signers.signers,
    ...(named.network ? { network: named.network } : {}),
  });
}

/** A mirror directory is meant from the project's root, wherever the program runs. */
function absolute(charts: Values["charts"]): Values["charts"] {
  const { mirror } = charts;
  if (mirror === undefined || isRegistry(mirror)) return charts;
  return { ...charts, mirror: resolve(fileURLToPath(projectRoot), mirror) };
}

/** Pulumi hands objects, numbers and booleans over as JSON text, and plain text as it is. */
function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function parseOverrides(text: string | undefined): Overrides {
  if (text === undefined || text === "") return {};
  const result = overridesSchema.safeParse(parseValue(text));
  if (result.success) return result.data;
  throw new ConfigError(
    "PAW_OVERRIDES",
    result.error.issues.flatMap((issue) => toFaults(issue, parseValue(text), "PAW_OVERRIDES")),
  );
}

/** Puts overrides over the stack's values; an override that changes nothing is not in force. */
function applyOverrides(
  values: Readonly<Record<string, unknown>>,
  overrides: NonNullable<Overrides[Environment]>,
): { merged: Record<string, unknown>; changes: string[] } {
  const merged: Record<string, unknown> = { ...values };
  const changes: string[] = [];
  for (const [key, fields] of Object.entries(overrides) as [string, Record<string, string>][]) {
    const before = isRecord(merged[key]) ? merged[key] : {};
    for (const [field, to] of Object.entries(fields)) {
      if (before[field] !== to) changes.push(`paw:${key}.${field}: ${show(before[field])} -> ${show(to)}`);
    }
    // What else is said of charts belongs to the source that is overridden.
    merged[key] = key === "charts" ? fields : { ...before, ...fields };
  }
  return { merged, changes };
}

function toFaults(issue: z.core.$ZodIssue, root: unknown, prefix = "paw"): Fault[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => ({
      key: fullKey([...issue.path, key], prefix),
      wanted: "is not a key of this program: remove it or correct its spelling",
    }));
  }
  const found = lookUp(root, issue.path);
  const wanted = found === undefined ? "is required" : issue.message.replace(/^Invalid \w+: /, "");
  return [{ key: fullKey(issue.path, prefix), found, wanted }];
}

function fullKey(path: readonly PropertyKey[], prefix: string): string {
  const [first, ...rest] = path.map(String);
  return [first === undefined ? prefix : `${prefix}:${first}`, ...rest].join(".");
}

function show(value: unknown): string {
  return value === undefined ? "nothing" : JSON.stringify(value);
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function deepFreeze<T>(value: T): T {
  if (typeof value === "object" && value !== null) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
