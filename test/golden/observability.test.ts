/**
 * Dashboards as Grafana gets them and rules as Prometheus reads them, for production. After an intended change:
 * npm run golden, then read the diff.
 */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";

import { expect } from "chai";

import { ruleFile } from "../../observability/alerts/index.ts";
import { dashboards } from "../../observability/dashboards/index.ts";
import { renderDashboard } from "../../observability/dashboards/render.ts";
import { siteOf } from "../support/observability.ts";

const folder = new URL("observability/", import.meta.url);
const update = process.env.UPDATE_GOLDEN === "1";

describe("golden files of dashboards and rules", () => {
  const site = siteOf("production");
  const files = new Map([
    ...dashboards(site).map(
      (spec) => [`${spec.uid}.json`, `${JSON.stringify(renderDashboard(spec), null, 2)}\n`] as const,
    ),
    ["rules.yaml", ruleFile(site)] as const,
  ]);
  if (update) {
    rmSync(folder, { recursive: true, force: true });
    mkdirSync(folder);
  }

  for (const [name, text] of files) {
    it(`${name} is as it was looked at`, () => {
      const file = new URL(name, folder);
      if (update) writeFileSync(file, text);
      expect(existsSync(file), "run: npm run golden").to.be.true;
      expect(text).to.equal(readFileSync(file, "utf8"));
    });
  }

  it("there is no file of a dashboard that is gone", () => {
    expect(readdirSync(folder)).to.have.members([...files.keys()]);
  });
});
