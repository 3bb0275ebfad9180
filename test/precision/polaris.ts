/** Polaris: a folder for each check, a file for each case, named by what is expected. */
import { basename } from "node:path";

import { isRecord } from "../../policy/src/k8s/field.ts";
import type { Manifest } from "../../policy/src/k8s/manifest.ts";
import { parseAllDocuments } from "yaml";

import type { Case } from "./case.ts";
import type { Snapshot } from "./snapshot.ts";

export const folder = "test/checks";

/** The objects in a file; documents that are none are left out. */
export function objectsIn(text: string): readonly Manifest[] {
  return parseAllDocuments(text, { version: "1.1", merge: true })
    .map((document) => document.toJS() as unknown)
    .filter(
      (value): value is Manifest =>
        isRecord(value) && typeof value.apiVersion === "string" && typeof value.kind === "string",
    );
}

/** The cases of a check. */
export function polarisCases({ files }: Snapshot, check: string): readonly Case[] {
  return [...files].flatMap(([path, text]): Case[] => {
    const file = basename(path, ".yaml");
    const expected = /^success\b/.test(file) ? "pass" : /^failure\b/.test(file) ? "fail" : undefined;
    if (!path.startsWith(`${folder}/${check}/`) || expected === undefined) return [];
    return [{ check, name: file, manifests: objectsIn(text), expected }];
  });
}
