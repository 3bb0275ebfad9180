import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { writeDefinitions } from "../../../components/platform/charts/definitions.ts";
import { charts } from "../../../versions.ts";
import { standInCharts } from "../../support/charts.ts";

describe("charts made ready for an installation", () => {
  it("by two stacks at once: both succeed, and nothing is left half made", async () => {
    const { folder: mirror, dispose } = await standInCharts();
    const folder = mkdtempSync(join(tmpdir(), "paw-staged-"));
    try {
      const archive = join(mirror, `cert-manager-${charts["cert-manager"].version}.tgz`);
      const target = join(folder, "cert-manager-definitions.tgz");
      await Promise.all(Array.from({ length: 8 }, () => writeDefinitions("cert-manager", archive, target)));
      expect(readdirSync(folder)).to.deep.equal(["cert-manager-definitions.tgz"]);
    } finally {
      rmSync(folder, { recursive: true });
      dispose();
    }
  });
});
