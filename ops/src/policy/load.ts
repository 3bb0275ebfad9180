/** Objects to judge, out of files. */
import { readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { LineCounter, isNode, parseAllDocuments } from "yaml";

import { type Given, unlisted } from "../../../policy/src/graph/graph.ts";
import { isRecord } from "../../../policy/src/k8s/field.ts";
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import { UserError, firstLine } from "../errors.ts";

/**
 * Objects of YAML or JSON files; folders are searched for such files, `-` is standard input.
 *
 * @throws UserError that names every file that cannot be read or is no YAML.
 */
export function fromFiles(paths: readonly string[]): Given[] {
  const faults: string[] = [];
  const given = paths.flatMap(filesIn).flatMap((file) => {
    try {
      return fromText(readFileSync(file === "-" ? 0 : file, "utf8"), file === "-" ? "standard input" : file);
    } catch (error) {
      faults.push(`${file}: ${firstLine(error)}`);
      return [];
    }
  });
  if (faults.length > 0) {
    throw new UserError(`Nothing was judged, since some files could not be read:\n${faults.join("\n")}`, [
      "Name YAML or JSON files with Kubernetes objects, folders of such files, or - for standard input.",
    ]);
  }
  return given;
}

/** Objects of a YAML text with any number of documents and lists. Documents that are no objects are passed over. */
export function fromText(text: string, file: string): Given[] {
  const lines = new LineCounter();
  return parseAllDocuments(text, { lineCounter: lines, merge: true }).flatMap((document) => {
    const [error] = document.errors;
    if (error) throw error;
    const value: unknown = document.toJS();
    if (!isObject(value)) return [];
    const { line } = lines.linePos(isNode(document.contents) ? document.contents.range[0] : 0);
    return unlisted(value)
      .filter(isObject)
      .map((manifest) => ({ manifest, source: `${file}:${line}` }));
  });
}

function isObject(value: unknown): value is Manifest {
  return isRecord(value) && typeof value.apiVersion === "string" && typeof value.kind === "string";
}

function filesIn(path: string): string[] {
  if (path === "-" || !statSync(path, { throwIfNoEntry: false })?.isDirectory()) return [path];
  return readdirSync(path, { recursive: true, encoding: "utf8" })
    .filter((name) => /\.(ya?ml|json)$/.test(name))
    .map((name) => join(path, name))
    .toSorted();
}
