/** What a preview does not know yet, and what has a wrong form, is no reason for a report to fail: it says so, and goes on. */
import { randomInt } from "node:crypto";

import { expect } from "chai";

import { pageOf } from "../../../ops/src/report/html/page.ts";
import { commentOf } from "../../../ops/src/report/markdown.ts";
import { reportOf } from "../../../ops/src/report/report.ts";
import { UNKNOWN, isRecord } from "../../../policy/src/k8s/field.ts";
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import { world } from "../../policy/graph/world.ts";
import { input } from "../../support/report.ts";
import { Chance } from "../../support/reach/random.ts";

const first = Number(process.env.PAW_SEED ?? randomInt(2 ** 31));

/** A copy in which some values below the top are unknown, or of a wrong form. */
function veiled(value: unknown, chance: Chance, depth = 0): unknown {
  if (depth > 1 && chance.happens(0.02)) return chance.of([UNKNOWN, "wrong", 7, [], {}, null]);
  if (Array.isArray(value)) return value.map((each) => veiled(each, chance, depth + 1));
  if (!isRecord(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, each]) => [key, veiled(each, chance, depth + 1)]),
  );
}

describe(`a report of objects that are not wholly known (PAW_SEED=${first})`, function () {
  this.timeout(60_000);

  it("is written all the same", () => {
    for (let seed = first; seed < first + 12; seed++) {
      const chance = new Chance(seed);
      const given = world().map(({ manifest, source }) => ({
        manifest: veiled(manifest, chance) as Manifest,
        source,
      }));
      const report = reportOf(input(given));
      for (const text of [pageOf(report), commentOf(report)]) {
        expect(text, `seed ${seed}`).to.contain("Report on production");
        const odd = [...text.matchAll(/.{0,60}(?:Symbol\(|\[object |NaN|undefined).{0,20}/g)].map(
          ([found]) => found,
        );
        expect(odd, `seed ${seed}`).to.deep.equal([]);
      }
    }
  });
});
