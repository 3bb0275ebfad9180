/** What a change of the program does to the objects of a stack. */
import type { Given } from "../../../policy/src/graph/graph.ts";
import { describe, groupOf } from "../../../policy/src/k8s/manifest.ts";
import { fieldChanges, shown } from "./fields.ts";
import { isAtOrBelow, keepers, replaces } from "./replacement.ts";

export interface Field {
  readonly path: string;
  /** In words that anybody may read; see {@link shown}. */
  readonly from: string;
  readonly to: string;
  /** Whether a change here deletes the object and makes another. */
  readonly replaces: boolean;
  /** Whether Pulumi leaves the field to others (`ignoreChanges`), so that nothing happens. */
  readonly ignored: boolean;
}

export interface Change {
  readonly kind: "added" | "removed" | "changed" | "moved";
  /** As `Kind namespace/name`. */
  readonly object: string;
  /** What differs, of a changed object. */
  readonly fields: readonly Field[];
  /** Whether the object that is there now is deleted. */
  readonly deletes: boolean;
  /** Why somebody has to look before this is applied; nothing where it is an everyday change. */
  readonly danger: string | undefined;
}

/**
 * Changes from one set of a stack's objects to another, dangers first. An object is known by group, kind, namespace and
 * name, whatever it is called in the program.
 */
export function changesBetween(before: readonly Given[], after: readonly Given[]): Change[] {
  const [old, now] = [byKey(before), byKey(after)];
  const removed = [...old].filter(([key]) => !now.has(key)).map(([, given]) => removal(given));
  const others = [...now].flatMap(([key, given]) => {
    const was = old.get(key);
    return was === undefined ? [addition(given)] : changeOf(was, given);
  });
  const rank = ({ danger, kind }: Change): string =>
    `${danger === undefined ? 1 : 0}${["removed", "moved", "changed", "added"].indexOf(kind)}`;
  return [...removed, ...others].toSorted(
    (a, b) => rank(a).localeCompare(rank(b)) || a.object.localeCompare(b.object),
  );
}

function byKey(list: readonly Given[]): Map<string, Given> {
  return new Map(list.map((given) => [`${groupOf(given.manifest)} ${describe(given.manifest)}`, given]));
}

function addition({ manifest }: Given): Change {
  return { kind: "added", object: describe(manifest), fields: [], deletes: false, danger: undefined };
}

function removal({ manifest, protect }: Given): Change {
  const lost = keepers.includes(manifest.kind);
  const refused = protect === true ? "; it is protected, so pulumi up will refuse" : "";
  return {
    kind: "removed",
    object: describe(manifest),
    fields: [],
    deletes: true,
    danger: lost ? `the ${manifest.kind} is deleted, with what it keeps${refused}` : undefined,
  };
}

function changeOf(was: Given, now: Given): Change[] {
  const object = describe(now.manifest);
  const fields = fieldChanges(was.manifest, now.manifest).map(({ path, from, to }) => ({
    path,
    from: shown(path, from),
    to: shown(path, to),
    replaces: replaces(now.manifest, path),
    ignored: (now.ignored ?? []).some((field) => isAtOrBelow(path, field)),
  }));
  const by = fields.filter((field) => field.replaces && !field.ignored).map(({ path }) => path);
  const moved = was.urn !== undefined && now.urn !== undefined && was.urn !== now.urn && !isAlias(was, now);
  if (fields.length === 0 && !moved) return [];
  return [
    {
      kind: moved ? "moved" : "changed",
      object,
      fields,
      deletes: moved || by.length > 0,
      danger: dangerOf(now.manifest.kind, moved, by),
    },
  ];
}

const isAlias = (was: Given, now: Given): boolean => now.aliases?.includes(was.urn ?? "") ?? false;

function dangerOf(kind: string, moved: boolean, by: readonly string[]): string | undefined {
  if (moved)
    return "it has another place in the program: without an alias Pulumi makes it again and then deletes the one it made before, which is the same object";
  if (by.length > 0 && keepers.includes(kind))
    return `the ${kind} is replaced: ${by.join(", ")} cannot be changed`;
  return undefined;
}
