import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { withoutConversion, writeDefinitions } from "../../../components/platform/charts/definitions.ts";
import { charts } from "../../../versions.ts";
import { standInCharts } from "../../support/charts.ts";

describe("charts made ready for an installation", () => {
  it("by two stacks at once: both succeed, and nothing is left half made", async () => {
    const { folder: mirror, dispose } = await standInCharts();
    const folder = mkdtempSync(join(tmpdir(), "paw-staged-"));
    try {
      const archive = join(mirror, `cert-manager-${charts["cert-manager"].version}.tgz`);
      const target = join(folder, "cert-manager-definitions.tgz");
      const source = { chart: "cert-manager", archive, converted: true } as const;
      await Promise.all(Array.from({ length: 8 }, () => writeDefinitions(source, target)));
      expect(readdirSync(folder)).to.deep.equal(["cert-manager-definitions.tgz"]);
    } finally {
      rmSync(folder, { recursive: true });
      dispose();
    }
  });

  it("for a cluster where no webhook answers: without the conversion, and with everything else", () => {
    const written = [
      "spec:",
      "  conversion:",
      "    strategy: Webhook",
      "    webhook:",
      '      conversionReviewVersions: ["v1"]',
      "      clientConfig:",
      "        service: { name: webhook, namespace: {{ .Release.Namespace }} }",
      "  group: example.org",
      "  versions:",
      "    - name: v1",
      "      schema: { openAPIV3Schema: { description: 'conversion: none' } }",
      "",
    ];
    const kept = [...written.slice(0, 1), ...written.slice(7)];
    expect(withoutConversion(written.join("\n"))).to.equal(kept.join("\n"));
    expect(withoutConversion(kept.join("\n"))).to.equal(kept.join("\n"));
  });
});
