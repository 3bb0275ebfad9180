import { readFileSync } from "node:fs";

import { expect } from "chai";

import { ConfigError, parseConfig } from "../../../config.ts";
import { observabilitySite } from "../../../config/observability.ts";
import { stackConfig } from "../../support/rendered.ts";

const parsed = (stack: string, alerting: object): ReturnType<typeof parseConfig> =>
  parseConfig(stack, { ...stackConfig(stack), "paw:alerting": JSON.stringify(alerting) });

describe("paw:alerting", () => {
  it("B12: without a word of it, the figures are the specification's, and nobody is told", () => {
    const { thresholds } = observabilitySite(parsed("local", {}));
    expect(thresholds).to.deep.equal({
      finalitySeconds: 0.001,
      poiThroughput: 50_000,
      backupAgeHours: 30,
      vaultSnapshotAgeHours: 3,
    });
    expect(parsed("local", {}).alerting.pagerduty).to.equal(false);
  });

  it("staging and production are warned when nobody is told; local, which runs no Alertmanager, is not", () => {
    const warned = (stack: string, alerting: object): boolean =>
      parsed(stack, alerting).warnings.some((line) => line.includes("paw:alerting"));
    expect(warned("production", {})).to.equal(true);
    expect(warned("production", { pagerduty: true })).to.equal(false);
    expect(warned("staging", { slack: { channel: "#x" } })).to.equal(false);
    expect(warned("local", {})).to.equal(false);
  });

  it("says every fault at once, and what would be right", () => {
    const faults = {
      slack: { channel: "alerts", url: "x" },
      email: { to: [], from: "nobody", smarthost: "smtp.example.com:25", username: "u" },
      runbooks: "http://example.com",
      thresholds: { finalityMs: 0 },
    };
    expect(() => parsed("production", faults))
      .to.throw(ConfigError)
      .with.property("message")
      .that.matches(/paw:alerting\.slack\.channel: .*such as #paw-alerts/)
      .and.matches(/paw:alerting\.slack\.url: is not a key/)
      .and.matches(/paw:alerting\.email\.to: .*must name an address/)
      .and.matches(/paw:alerting\.email\.from/)
      .and.matches(/paw:alerting\.email\.smarthost: .*host:587/)
      .and.matches(/paw:alerting\.runbooks: .*https/)
      .and.matches(/paw:alerting\.thresholds\.finalityMs: .*above zero/);
  });

  it("every key of it is in docs/configuration.md", () => {
    const text = readFileSync(new URL("../../../docs/configuration.md", import.meta.url), "utf8");
    for (const key of [
      "slack.channel",
      "pagerduty",
      "email",
      "runbooks",
      "thresholds.finalityMs",
      "thresholds.poiThroughput",
      "thresholds.backupAgeHours",
      "thresholds.vaultSnapshotAgeHours",
    ]) {
      expect(text).to.include(`\`paw:alerting.${key}\``);
    }
  });
});
