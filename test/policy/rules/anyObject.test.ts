/** What holds for every rule about single objects, over whatever objects may be. */
import { expect } from "chai";
import fc from "fast-check";

import { judge, message } from "../../../policy/src/judge.ts";
import { isRecord } from "../../../policy/src/k8s/field.ts";
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import { checklistRules, integrityRules } from "../../../policy/src/rules/index.ts";
import { edited } from "../fixtures.ts";
import { bad } from "./badObjects.ts";
import { badOperations } from "./badOperations.ts";
import { badPods } from "./badPods.ts";
import { badSecrets } from "./badSecrets.ts";
import { good } from "./goodObjects.ts";
import { hidingPlaces, ofTheType } from "./hidden.ts";

const rules = [...checklistRules, ...integrityRules];
const objects: readonly Manifest[] = [
  ...good.map(([, manifest]) => manifest),
  ...[...bad, ...badPods, ...badSecrets, ...badOperations].map(([, , manifest]) => manifest),
];

/** Every path below an object, as rules write it. */
function paths(value: unknown, path = ""): readonly string[] {
  if (Array.isArray(value)) return value.flatMap((item, index) => below(item, `${path}[${index}]`));
  if (!isRecord(value)) return [];
  return Object.keys(value).flatMap((key) => {
    const name = /^\w+$/.test(key) ? (path === "" ? key : `.${key}`) : `["${key}"]`;
    return below(value[key], path + name);
  });
}

function below(value: unknown, path: string): readonly string[] {
  return [path, ...paths(value, path)];
}

/** An object, and a place in it that is not what says which kind it is. */
const places = fc.constantFrom(...objects).chain((manifest) =>
  fc.record({
    manifest: fc.constant(manifest),
    path: fc.constantFrom(...paths(manifest).filter((path) => !ofTheType.includes(path))),
  }),
);

describe("rules about single objects, over objects of all kinds", () => {
  it("throw nothing and repeat nothing, whatever stands in any field", () => {
    const secret = "hunter2-kV9";
    const anything = fc.oneof(
      fc.anything(),
      fc.constant(secret),
      fc.constant([secret]),
      fc.constant({ a: secret }),
    );
    fc.assert(
      fc.property(places, anything, ({ manifest, path }, value) => {
        const odd = edited(manifest, { [path]: value });
        for (const verdict of judge(odd, rules)) {
          expect(verdict.found).not.to.contain(secret);
          expect(message([verdict], "an object", "r")).to.be.a("string");
        }
      }),
      { numRuns: 2000 },
    );
  }).timeout(60_000);

  it("find no less where a field, or anything above it, is not known", () => {
    const lost = objects.flatMap((manifest) =>
      rules.flatMap((rule) =>
        hidingPlaces(rule, manifest).map((place) => `${rule.id}: ${manifest.kind} ${place}`),
      ),
    );
    expect(lost).to.deep.equal([]);
  }).timeout(60_000);

  it("do not depend on the order of a map's keys", () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (!isRecord(value)) return value;
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, each]) => [key, reversed(each)]),
      );
    };
    const found = (manifest: Manifest): string[] =>
      judge(manifest, rules)
        .map(({ rule, path }) => `${rule.id} ${path}`)
        .sort();
    for (const manifest of objects)
      expect(found(reversed(manifest) as Manifest)).to.deep.equal(found(manifest));
  });
});
