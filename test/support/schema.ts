/** Whether a value keeps a structural schema of a custom resource definition, read as strictly as `kubectl --validate=strict`. */

export interface Schema {
  readonly type?: "object" | "array" | "string" | "integer" | "number" | "boolean";
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: Schema | boolean;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly minLength?: number;
  readonly minItems?: number;
  readonly minProperties?: number;
  readonly maxProperties?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly "x-kubernetes-preserve-unknown-fields"?: boolean;
  readonly "x-kubernetes-int-or-string"?: boolean;
}

/** What is wrong, each with its path; nothing where all is well. Formats and rules in CEL are not looked at. */
export function schemaFaults(value: unknown, schema: Schema, path = ""): string[] {
  const fault = (wrong: boolean, what: string): string[] => (wrong ? [`${path}: ${what}`] : []);
  if (schema["x-kubernetes-int-or-string"] === true) {
    return fault(typeof value !== "string" && !Number.isInteger(value), "neither a whole number nor text");
  }
  if (!hasType(value, schema.type)) return [`${path}: ${JSON.stringify(value)} is no ${schema.type ?? ""}`];
  const own = fault(
    schema.enum !== undefined && !schema.enum.includes(value),
    `${JSON.stringify(value)} is none of ${JSON.stringify(schema.enum)}`,
  );
  if (typeof value === "string") {
    const { pattern, minLength = 0 } = schema;
    return [
      ...own,
      ...fault(
        pattern !== undefined && !new RegExp(pattern).test(value),
        `"${value}" does not match ${pattern ?? ""}`,
      ),
      ...fault(value.length < minLength, "too short"),
    ];
  }
  if (typeof value === "number") {
    const { minimum = -Infinity, maximum = Infinity } = schema;
    return [...own, ...fault(value < minimum || value > maximum, `${value} is out of range`)];
  }
  if (Array.isArray(value)) {
    const { items, minItems = 0 } = schema;
    return [
      ...own,
      ...fault(value.length < minItems, "too few items"),
      ...value.flatMap((item, index) => (items ? schemaFaults(item, items, `${path}[${index}]`) : [])),
    ];
  }
  return typeof value === "object" && value !== null
    ? [...own, ...objectFaults(value as Record<string, unknown>, schema, path)]
    : own;
}

function objectFaults(value: Record<string, unknown>, schema: Schema, path: string): string[] {
  const {
    properties = {},
    additionalProperties,
    required = [],
    minProperties = 0,
    maxProperties = Infinity,
  } = schema;
  // The API server knows these of every object by itself.
  const given = path === "" ? ["apiVersion", "kind", "metadata"] : [];
  const open = schema["x-kubernetes-preserve-unknown-fields"] === true || additionalProperties === true;
  const count = Object.keys(value).length;
  return [
    ...required.filter((name) => value[name] === undefined).map((name) => `${path}.${name}: is missing`),
    ...(count < minProperties || count > maxProperties ? [`${path}: ${count} fields`] : []),
    ...Object.entries(value).flatMap(([name, each]) => {
      if (given.includes(name)) return [];
      const known =
        properties[name] ?? (typeof additionalProperties === "object" ? additionalProperties : undefined);
      if (known !== undefined) return schemaFaults(each, known, `${path}.${name}`);
      return open ? [] : [`${path}.${name}: is not known`];
    }),
  ];
}

function hasType(value: unknown, type: Schema["type"]): boolean {
  switch (type) {
    case "object":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "array":
      return Array.isArray(value);
    case "integer":
      return Number.isInteger(value);
    case undefined:
      return true;
    default:
      return typeof value === type;
  }
}
