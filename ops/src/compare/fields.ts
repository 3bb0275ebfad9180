/** What differs between two values, field by field. */
import { isRecord } from "../../../policy/src/k8s/field.ts";

export interface FieldChange {
  /** As in `spec.template.spec.containers[bizra-apex].image`: items of a list by name where all have one, else by number. */
  readonly path: string;
  /** Nothing where the field was not there, or is not there any more. */
  readonly from: unknown;
  readonly to: unknown;
}

/** Every place at which two values differ, in the order of the first, then of the second. */
export function fieldChanges(from: unknown, to: unknown, path = ""): FieldChange[] {
  if (Object.is(from, to)) return [];
  const [before, after] = [childrenOf(from), childrenOf(to)];
  if (before?.list === undefined || before.list !== after?.list) return [{ path, from, to }];
  const names = [...new Set([...before.entries.keys(), ...after.entries.keys()])];
  return names.flatMap((name) =>
    fieldChanges(before.entries.get(name), after.entries.get(name), joined(path, name, before.list)),
  );
}

interface Children {
  readonly list: boolean;
  readonly entries: ReadonlyMap<string, unknown>;
}

function childrenOf(value: unknown): Children | undefined {
  if (isRecord(value)) return { list: false, entries: new Map(Object.entries(value)) };
  if (!Array.isArray(value)) return undefined;
  const items = value as unknown[];
  const names = items.map((item) =>
    isRecord(item) && typeof item.name === "string" ? item.name : undefined,
  );
  const named = new Set(names).size === items.length && !names.includes(undefined);
  return {
    list: true,
    entries: new Map(items.map((item, index) => [named ? (names[index] ?? "") : String(index), item])),
  };
}

function joined(path: string, name: string, inList: boolean): string {
  if (inList) return `${path}[${name}]`;
  if (!/^\w+$/.test(name)) return `${path}["${name}"]`;
  return path === "" ? name : `${path}.${name}`;
}

/** Fields whose texts say nothing that could be secret. */
const plain =
  /(?:^|\.)(?:image|cpu|memory|storage|ephemeral-storage|schedule|storageClassName|type|policy|mode|interval|kind|path|host)$|\["(?:ephemeral-storage|limits\.\w+|requests\.\w+)"\]$/;
/** Fields that may hold anything at all. */
const free = /(?:^|\.)(?:data|stringData|binaryData|env|args|command|annotations)(?:$|[.[])/;

/**
 * A value for a comment that anybody may read: numbers, booleans, and texts of fields that are known to be harmless.
 * Pulumi does not mark every secret, so no other text is shown.
 */
export function shown(path: string, value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "symbol") return "not known in a preview";
  if (Array.isArray(value)) return `${value.length} items`;
  if (isRecord(value)) return "an object";
  if (free.test(path)) return "not shown";
  if (typeof value === "number" || typeof value === "boolean" || value === null) return String(value);
  return plain.test(path) && typeof value === "string" ? value : "not shown";
}
