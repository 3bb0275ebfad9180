/** A small deployment that keeps every rule about the whole, and ways to break it. */
import { type Given, type Graph, graphOf } from "../../../policy/src/graph/graph.ts";
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import { type Edits, edited } from "../fixtures.ts";
import { chainObjects } from "./world/chain.ts";
import { platformObjects } from "./world/platform.ts";

export { account, labels, object, template } from "./world/shapes.ts";

/** Changes by object, named as messages name it: its fields by path, or its removal. */
export type Changes = Readonly<Record<string, Edits | "gone">>;

/** The deployment with changes; further objects may be added. */
export function world(changes: Changes = {}, more: readonly Manifest[] = []): Given[] {
  const all = [...chainObjects, ...platformObjects];
  const names = all.map(nameOf);
  for (const name of Object.keys(changes)) {
    if (!names.includes(name)) throw new Error(`the world has no ${name}`);
  }
  const kept = all.flatMap((manifest) => {
    const change = changes[nameOf(manifest)];
    if (change === "gone") return [];
    return [change === undefined ? manifest : edited(manifest, change)];
  });
  return [...kept, ...more].map((manifest) => ({ manifest, source: manifest.kind }));
}

export const graph = (changes?: Changes, more?: readonly Manifest[]): Graph => graphOf(world(changes, more));

function nameOf({ kind, metadata }: Manifest): string {
  const { name, namespace: home } = metadata as { name: string; namespace?: string };
  return `${kind} ${home === undefined ? "" : `${home}/`}${name}`;
}
