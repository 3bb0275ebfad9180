/**
 * kyverno's policies: beside each, `.kyverno-test` names objects with the result of each rule, and `.chainsaw-test` applies
 * files to a cluster, saying which must be refused.
 */
import { posix } from "node:path";

import { at, isRecord, items } from "../../policy/src/k8s/field.ts";
import type { Manifest } from "../../policy/src/k8s/manifest.ts";
import { parse } from "yaml";

import type { Case, Word } from "./case.ts";
import { objectsIn } from "./polaris.ts";
import type { Snapshot } from "./snapshot.ts";

/**
 * The cases of a policy; an object that both tests hold is one.
 *
 * @param check folder of the policy, and `#` with the name of one of its rules, or `#applied` for the files that are
 * applied: where a policy has several rules, the results name but one of them for an object.
 */
export function kyvernoCases(snapshot: Snapshot, check: string): readonly Case[] {
  const [policy = "", rule] = check.split("#");
  const cases = [
    ...(rule === "applied" ? [] : namedResults(snapshot, policy, rule)),
    ...(rule === undefined || rule === "applied" ? applied(snapshot, policy) : []),
  ].map((each) => ({ ...each, check }));
  const seen = new Set<string>();
  return cases.filter(({ manifests, expected }) => {
    const key = JSON.stringify([manifests, expected]);
    return !seen.has(key) && seen.add(key);
  });
}

const text = (value: unknown): string => (typeof value === "string" ? value : "");
const list = (value: unknown, name: string): readonly unknown[] =>
  items(at({ path: "", value }, name)).map((item) => item.value);

function nameOf({ kind, metadata }: Manifest): string {
  const of = isRecord(metadata) ? metadata : {};
  return `${kind}/${text(of.name) || text(of.generateName)}`;
}

function read({ files }: Snapshot, path: string): string {
  const found = files.get(path);
  if (found === undefined) throw new Error(`a test names ${path}, which the snapshot does not hold`);
  return found;
}

/** By rule and object: it fails if any rule of the policy says so; `skip` means that the policy lets it be. */
function namedResults(snapshot: Snapshot, check: string, rule?: string): readonly Case[] {
  const test = `${check}/.kyverno-test/kyverno-test.yaml`;
  if (!snapshot.files.has(test)) return [];
  const spec = parse(read(snapshot, test)) as unknown;
  const objects = list(spec, "resources").flatMap((file) =>
    objectsIn(read(snapshot, posix.join(posix.dirname(test), text(file)))),
  );
  const words = new Map<Manifest, Word>();
  for (const result of list(spec, "results").filter(isRecord)) {
    if (rule !== undefined && result.rule !== rule) continue;
    for (const wanted of list(result, "resources").map(text)) {
      const name = wanted.slice(wanted.lastIndexOf("/") + 1);
      const object = objects.find((each) => nameOf(each) === `${text(result.kind)}/${name}`);
      if (object === undefined) throw new Error(`${test} has no ${text(result.kind)} ${name}`);
      if (result.result === "fail" || !words.has(object))
        words.set(object, result.result === "fail" ? "fail" : "pass");
    }
  }
  return [...words].map(([object, expected]) => ({
    check,
    name: nameOf(object),
    manifests: [object],
    expected,
  }));
}

/** By file; those that only prepare the test have neither `good` nor `bad` in their names. */
function applied(snapshot: Snapshot, check: string): readonly Case[] {
  const test = `${check}/.chainsaw-test/chainsaw-test.yaml`;
  if (!snapshot.files.has(test)) return [];
  const spec = at({ path: "", value: parse(read(snapshot, test)) as unknown }, "spec").value;
  const operations = list(spec, "steps").flatMap((step) => list(step, "try").filter(isRecord));
  return operations.flatMap(({ apply }): Case[] => {
    const file = isRecord(apply) ? text(apply.file) : "";
    if (!isRecord(apply) || !/good|bad/i.test(file)) return [];
    const refused = list(apply, "expect").some((each) => isRecord(each) && isRecord(each.check));
    return objectsIn(read(snapshot, posix.join(posix.dirname(test), file))).map((object) => ({
      check,
      name: nameOf(object),
      manifests: [object],
      expected: refused ? "fail" : "pass",
    }));
  });
}
