/** What an unknown value may not hide: what stands above a bad field is a finding as well. */
import { judge } from "../../../policy/src/judge.ts";
import { UNKNOWN } from "../../../policy/src/k8s/field.ts";
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import type { Rule } from "../../../policy/src/rule.ts";
import { edited } from "../fixtures.ts";

/** What a resource's type says, which is always known. */
export const ofTheType = ["apiVersion", "kind"];

/** A path, its parent, and so on, up to the top. */
function upwards(path: string): readonly string[] {
  const parent = path.replace(/(\.\w+|\[\d+\]|\[\*\]|\["[^"]+"\])$/, "");
  return parent === path || parent === "" ? [path] : [path, ...upwards(parent)];
}

/** Places of an object in which an unknown value hides what a rule found there, or below. */
export function hidingPlaces(rule: Rule, manifest: Manifest): readonly string[] {
  return judge(manifest, [rule]).flatMap(({ path }) =>
    upwards(path)
      .filter((place) => !ofTheType.includes(place))
      // A text that is not known, under a name that speaks of no secret, is most often an address.
      .filter((place) => place !== path || !/^(env|configmap)-literal$/.test(rule.id))
      .filter((place) => judge(edited(manifest, { [place]: UNKNOWN }), [rule]).length === 0)
      .map((place) => `${path}, with ${place} unknown`),
  );
}
