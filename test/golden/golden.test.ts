/**
 * The full list of objects of each stack, so that a pull request shows what a change does to every environment.
 * After an intended change: npm run golden, then read the diff.
 */
import { createHash } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";

import { expect } from "chai";
import { stringify } from "yaml";

import { type KubernetesObject, render } from "../support/rendered.ts";

/** A dashboard has a golden file of its own, which can be read (observability.test.ts); here stands its digest. */
function withoutDashboards(object: KubernetesObject): KubernetesObject {
  if (object.metadata.labels?.grafana_dashboard === undefined) return object;
  const data = Object.entries(object.data as Record<string, string>).map(([name, text]) => [
    name,
    `see observability/${name}; sha256 ${createHash("sha256").update(text).digest("hex")}`,
  ]);
  return { ...object, data: Object.fromEntries(data) as Record<string, string> };
}

describe("golden files", () => {
  for (const stack of ["local", "staging", "production"]) {
    it(`${stack} renders to test/golden/${stack}.yaml`, async () => {
      const objects = await render({ stack });
      expect(objects.length).to.be.greaterThan(25);
      const text = objects
        .map(withoutDashboards)
        .map((object) => stringify(object, { sortMapEntries: true, lineWidth: 0 }))
        .join("---\n");
      const file = new URL(`${stack}.yaml`, import.meta.url);
      if (process.env.UPDATE_GOLDEN === "1") writeFileSync(file, text);
      expect(existsSync(file), "run: npm run golden").to.be.true;
      expect(text).to.equal(readFileSync(file, "utf8"));
    });
  }
});
