/** Exceptions from rules that a change brings, or lets hold for longer. */
import { parse } from "yaml";

import { git } from "../checkout.ts";

export const exceptionsFile = "policy/exceptions.yaml";

/** An exception of one rule for one object. */
export interface Granted {
  readonly rule: string;
  readonly object: string;
  readonly reason: string;
  readonly owner: string;
  /** YYYY-MM-DD. */
  readonly expires: string;
  /** Until when it held before; nothing where it is new. */
  readonly before: string | undefined;
}

/** Exceptions in `now` that `before` does not have, or that hold longer than in it. Both are texts of the file. */
export function grantedBetween(before: string, now: string): Granted[] {
  const old = new Map(entriesOf(before).map((entry) => [keyOf(entry), entry.expires]));
  return entriesOf(now)
    .map((entry) => ({ ...entry, before: old.get(keyOf(entry)) }))
    .filter(({ expires, before: until }) => until === undefined || until < expires);
}

/** The text of the file at a commit; empty where it was not there. */
export async function exceptionsAt(commit: string): Promise<string> {
  return git("show", `${commit}:${exceptionsFile}`).catch(() => "");
}

type Entry = Omit<Granted, "before"> & { readonly stacks: string };
const keyOf = ({ rule, object, stacks }: Entry): string => `${rule} ${object} ${stacks}`;

/** An older file may name rules that are gone, so it is not held against today's. */
function entriesOf(text: string): Entry[] {
  const list = (parse(text) ?? []) as Record<string, unknown>[];
  const word = (value: unknown): string => (typeof value === "string" ? value : "");
  const words = (value: unknown): string[] => (Array.isArray(value) ? value.map(word) : []);
  return list.flatMap((entry) =>
    words(entry.objects).flatMap((object) =>
      words(entry.rules).map((rule) => ({
        rule,
        object,
        reason: word(entry.reason),
        owner: word(entry.owner),
        expires: word(entry.expires),
        stacks: words(entry.stacks).join(","),
      })),
    ),
  );
}
