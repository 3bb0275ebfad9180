/**
 * The only reader of Pulumi configuration (and of `PAW_OVERRIDES`): stack file -> schema -> one frozen, typed object.
 *
 * Keys written `paw:a.b` mean the key `paw:a` holding an object with `b`. docs/configuration.md lists them all.
 */
import * as pulumi from "@pulumi/pulumi";
import { z } from "zod";

import { isPositiveQuantity } from "./components/quantity.ts";

const environments = ["local", "staging", "production"] as const;
/** The environment of a stack is its name. */
export type Environment = (typeof environments)[number];

/** Marks a value that the repository cannot know and a team must fill in; `up` refuses it, preview warns. */
export const placeholder = "REPLACE-ME";

const quantity = z
  .string()
  .refine(
    isPositiveQuantity,
    "must be a Kubernetes quantity above zero, such as 500m, 2 or 4Gi (written as text)",
  );
const count = z.int("must be a whole number").min(1, "must be 1 or more");
const name = z
  .string()
  .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, "must be a DNS label: a-z, 0-9, '-', at most 63 characters");

const taggedImage = /^[a-z0-9.-]+(:\d+)?(\/[a-z0-9._-]+)+:[\w][\w.-]{0,127}(@sha256:[0-9a-f]{64})?$/;
const image = z.string().refine((text) => taggedImage.test(text.replace(`@sha256:${placeholder}`, "")), {
  message: "must be registry/name:tag, optionally with @sha256: and 64 hexadecimal digits",
});

const workload = z.strictObject({ cpu: quantity, memory: quantity, storage: quantity });
const groups = z.array(z.string().min(1, "must not be empty"));

const schema = z.strictObject({
  /** Which cluster the stack belongs to: the name of a kubeconfig context. */
  cluster: z.strictObject({ context: z.string().min(1, "must name a kubeconfig context") }),
  /** Where the platform's charts come from; `crds` installs no chart, only the custom resource definitions in use. */
  charts: z.strictObject({ source: z.enum(["upstream", "crds"]) }),
  /** The class that chain data is stored on. `provisioner` and `parameters` are the CSI driver's own. */
  storage: z.strictObject({
    provisioner: z.string().min(1, "must name a provisioner"),
    parameters: z.record(z.string(), z.string()).default({}),
  }),
  /** Group names, as the cluster's identity provider gives them, bound to the read and the operate roles. */
  access: z.strictObject({ viewers: groups, operators: groups }),
  /** Sizes of the validator network; the namespace's quota is derived from them. */
  chain: z.strictObject({ validators: count, sentries: count, fullNodes: count }),
  /** Limits per pod (spec A16); requests default to the same. */
  resources: z.strictObject({ validator: workload, fullNode: workload }),
  /** The bizra application (spec part B). */
  bizra: z.strictObject({
    namespace: name,
    nodeEnv: z.string().min(1, "must not be empty"),
    image,
    replicas: count,
    maxReplicas: count,
    poiBatchVerify: z.boolean("must be true or false"),
  }),
});

type Values = z.infer<typeof schema>;
/** Everything the program is told, frozen. */
export type PawConfig = Readonly<Values> & {
  readonly environment: Environment;
  /** What `PAW_OVERRIDES` changed, as `key: from -> to` lines; empty where nothing is overridden. */
  readonly overrides: readonly string[];
  /** Keys whose value is still a marked placeholder. */
  readonly placeholders: readonly string[];
};

const overridesSchema = z.strictObject({
  cluster: z.strictObject({ context: z.string().min(1) }).optional(),
  charts: z.strictObject({ source: z.literal("crds") }).optional(),
});

/** One fault of a stack file. `found` is missing for an unknown key: its value may be anything, even a secret. */
export interface Fault {
  readonly key: string;
  readonly found?: unknown;
  readonly wanted: string;
}

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
  const overrides = parseOverrides(overridesText);
  const { merged, changes } = applyOverrides(values, overrides);

  const result = schema.safeParse(merged);
  const faults = result.success ? [] : result.error.issues.flatMap((issue) => toFaults(issue, merged));
  const parsed = result.success ? result.data : undefined;
  faults.push(...digestFaults(environment, merged), ...(parsed ? relationFaults(parsed) : []));
  if (!parsed || faults.length > 0) throw new ConfigError(source, faults);

  const placeholders = parsed.bizra.image.includes(placeholder) ? ["paw:bizra.image"] : [];
  return deepFreeze({ ...parsed, environment, overrides: changes, placeholders });
}

/** Pulumi hands objects, numbers and booleans over as JSON text, and plain text as it is. */
function parseValue(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

function parseOverrides(text: string | undefined): z.infer<typeof overridesSchema> {
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
  overrides: z.infer<typeof overridesSchema>,
): { merged: Record<string, unknown>; changes: string[] } {
  const merged: Record<string, unknown> = { ...values };
  const changes: string[] = [];
  for (const [key, fields] of Object.entries(overrides) as [string, Record<string, string>][]) {
    const before = isRecord(merged[key]) ? merged[key] : {};
    for (const [field, to] of Object.entries(fields)) {
      if (before[field] !== to) changes.push(`paw:${key}.${field}: ${show(before[field])} -> ${show(to)}`);
    }
    merged[key] = { ...before, ...fields };
  }
  return { merged, changes };
}

/** Outside `local` an image must be pinned by digest; a marked placeholder is told apart from a forgotten one. */
function digestFaults(environment: Environment, values: Readonly<Record<string, unknown>>): Fault[] {
  const found = isRecord(values.bizra) ? values.bizra.image : undefined;
  if (environment === "local" || typeof found !== "string" || found.includes("@sha256:")) return [];
  return [
    {
      key: "paw:bizra.image",
      found,
      wanted: `must be pinned by a digest in ${environment}: name:tag@sha256:<64 hex digits>`,
    },
  ];
}

/** Faults that only two values together show. */
function relationFaults({ bizra }: Values): Fault[] {
  if (bizra.maxReplicas >= bizra.replicas) return [];
  return [
    {
      key: "paw:bizra.maxReplicas",
      found: bizra.maxReplicas,
      wanted: `must be at least paw:bizra.replicas, which is ${bizra.replicas}`,
    },
  ];
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

function lookUp(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    root,
  );
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
