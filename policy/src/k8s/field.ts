/** Stands for a value that is known only once the deployment runs (a Pulumi unknown in a preview). */
export const UNKNOWN: unique symbol = Symbol("unknown");

/** Stands for a value below something that has no fields or items, such as `securityContext: "yes"`. */
export const MALFORMED: unique symbol = Symbol("malformed");

/**
 * A value and where it stands in its manifest: `spec.containers[0].image`. Where the way there is blocked by something
 * unknown or malformed, value is UNKNOWN or MALFORMED, and blockedAt the place of that.
 */
export interface Field {
  readonly path: string;
  /** undefined where the field is absent or null. */
  readonly value: unknown;
  readonly blockedAt?: string;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether a preview does not show what stands in a field, or what does has the wrong form. */
export function isHidden({ value }: Field): boolean {
  return value === UNKNOWN || value === MALFORMED;
}

/** The field below `from` that the names lead to. */
export function at(from: Field, ...names: readonly string[]): Field {
  return names.reduce(child, from);
}

function child(parent: Field, name: string): Field {
  const path = join(parent.path, name);
  if (parent.value === undefined) return { path, value: undefined };
  if (!isRecord(parent.value)) return blocked(parent, path);
  return { path, value: (Object.hasOwn(parent.value, name) ? parent.value[name] : undefined) ?? undefined };
}

/**
 * The items of a list: none where it is absent. A list that is unknown or malformed counts as one item that is, so
 * that whoever looks at the items cannot overlook it.
 */
export function items(list: Field): readonly Field[] {
  const { path, value } = list;
  if (value === undefined) return [];
  if (!Array.isArray(value)) return [blocked(list, `${path}[*]`)];
  return value.map((item: unknown, index) => ({ path: `${path}[${index}]`, value: item ?? MALFORMED }));
}

/** A field of a map; the key is undefined where the map is unknown or malformed. */
export interface Entry extends Field {
  readonly key: string | undefined;
}

/** The fields of a map that are set, as `items` gives those of a list. */
export function entries(map: Field): readonly Entry[] {
  const { path, value } = map;
  if (value === undefined) return [];
  if (!isRecord(value)) return [{ ...blocked(map, `${path}[*]`), key: undefined }];
  return Object.keys(value)
    .map((key) => ({ ...at(map, key), key }))
    .filter((entry) => entry.value !== undefined);
}

function blocked({ path, value, blockedAt }: Field, wantedPath: string): Field {
  return { path: wantedPath, value: value === UNKNOWN ? UNKNOWN : MALFORMED, blockedAt: blockedAt ?? path };
}

/** Names that hold more than letters, digits and underscores (annotation keys) are put in quotes. */
function join(path: string, name: string): string {
  if (!/^\w+$/.test(name)) return `${path}["${name}"]`;
  return path === "" ? name : `${path}.${name}`;
}
