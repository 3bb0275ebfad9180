import { existsSync, readdirSync } from "node:fs";

import { expect } from "chai";
import { parse } from "yaml";

import type { Alert, RuleGroup } from "../../../observability/alerts/alert.ts";
import { ruleFile, ruleGroups } from "../../../observability/alerts/index.ts";
import { runbooks } from "../../../observability/runbooks.ts";
import { siteOf } from "../../support/observability.ts";
import { type Situation, checkRules, testRules } from "../../support/promtool.ts";
import { backups } from "./cases/backups.ts";
import { bizra } from "./cases/bizra.ts";
import { consensus } from "./cases/consensus.ts";
import { platform } from "./cases/platform.ts";
import { resources } from "./cases/resources.ts";
import { slo } from "./cases/slo.ts";
import { sync } from "./cases/sync.ts";

const situations: readonly Situation[] = [
  ...consensus,
  ...sync,
  ...resources,
  ...backups,
  ...platform,
  ...bizra,
  ...slo,
];
const groups = ruleGroups(siteOf("production"));
const alerts = groups.flatMap((group) => group.alerts);

/** A group with what one alert needs and nothing else, since days of every service level take their time. */
function groupOf(name: string): RuleGroup {
  const group = groups.find(({ alerts: of }) => of.some((each) => each.name === name));
  const alert = group?.alerts.find((each) => each.name === name);
  if (!group || !alert) throw new Error(`no alert is called ${name}`);
  const needed = (group.recordings ?? []).filter(({ labels }) =>
    alert.query.expr.includes(`slo="${labels?.slo ?? ""}"`),
  );
  return { ...group, recordings: needed, alerts: [alert] };
}

const labelsIn = (text: string): string[] =>
  [...text.matchAll(/\$labels\.(\w+)/g)].map(([, label]) => label ?? "");

describe("alerts", function () {
  // Days of a service level are evaluated minute by minute.
  this.timeout(60_000);

  for (const stack of ["local", "staging", "production"]) {
    it(`promtool takes the rules of ${stack}`, async () => {
      const { ok, output } = await checkRules(ruleFile(siteOf(stack)));
      expect(ok, output).to.be.true;
    });
  }

  it("every alert has a situation in which it fires and one in which it stays quiet, and no situation is about none", () => {
    const names = (of: readonly Situation[]): Set<string> => new Set(of.map(({ alert }) => alert));
    const all = alerts.map(({ name }) => name);
    expect(names(situations.filter(({ fires }) => fires.length > 0))).to.deep.equal(new Set(all));
    expect(names(situations.filter(({ fires }) => fires.length === 0))).to.deep.equal(new Set(all));
    expect(new Set(all).size).to.equal(all.length);
  });

  for (const { name } of alerts) {
    const own = situations.filter(({ alert }) => alert === name);
    it(`${name} fires in ${own.filter(({ fires }) => fires.length > 0).length} of ${own.length} situations, as written by hand`, async () => {
      // One run of promtool for all situations of the same step, which is how often rules are evaluated.
      for (const step of new Set(own.map((each) => each.step))) {
        const same = own.filter((each) => each.step === step);
        const { ok, output } = await testRules(groupOf(name), same);
        expect(ok, `${same.map(({ when }) => when).join("\n")}\n${output}`).to.be.true;
      }
    });
  }

  it("promtool says no when an alert fires that should not, and when one does not that should", async () => {
    for (const wrong of situations.filter(({ alert }) => alert === "ByzantineEvidence")) {
      const opposite = { labels: { namespace: "paw", system: "paw", severity: "critical" }, summary: "x" };
      const { ok } = await testRules(groupOf("ByzantineEvidence"), [
        { ...wrong, fires: wrong.fires.length > 0 ? [] : [opposite] },
      ]);
      expect(ok, wrong.when).to.be.false;
    }
  });

  it("texts name only labels that the alert has when it fires", () => {
    for (const { name, summary, description } of alerts) {
      const fired = situations.filter(({ alert, fires }) => alert === name && fires.length > 0);
      for (const { labels } of fired.flatMap(({ fires }) => fires)) {
        expect(Object.keys(labels), name).to.include.members(labelsIn(summary + description));
      }
    }
  });

  it("each has a severity, a summary of one line, a description and a runbook that is there", () => {
    for (const { name, severity, summary, description, runbook } of alerts) {
      expect(["critical", "warning"], name).to.include(severity);
      expect(summary, name).to.match(/^[^\n]{10,120}[^.\n]$/);
      expect(description, name).to.match(/^[^\n]{15,}\.$/);
      expect(existsSync(new URL(`../../../docs/runbooks/${runbook}.md`, import.meta.url)), runbook).to.be
        .true;
    }
  });

  it("links lead to the address that is configured, or else to the file in this project", () => {
    const link = (stack: string, changes = {}): string => {
      const file = parse(ruleFile(siteOf(stack, changes))) as {
        groups: { rules: { alert?: string; annotations?: { runbook_url: string } }[] }[];
      };
      const rules = file.groups.flatMap(({ rules: of }) => of);
      return rules.find(({ alert }) => alert === "ChainHeightStalled")?.annotations?.runbook_url ?? "";
    };
    expect(link("production")).to.equal("docs/runbooks/consensus-stalled.md");
    expect(link("production", { alerting: { runbooks: "https://example.com/runbooks/" } })).to.equal(
      "https://example.com/runbooks/consensus-stalled.md",
    );
  });

  it("every runbook that alerts may name is reached by one", () => {
    expect([...new Set(alerts.map(({ runbook }) => runbook))]).to.have.members([...runbooks]);
    const files = readdirSync(new URL("../../../docs/runbooks/", import.meta.url));
    expect(files).to.include.members(runbooks.map((name) => `${name}.md`));
  });

  it("what an alert follows from exists, and no two follow from each other", () => {
    const byName = new Map<string, Alert>(alerts.map((alert) => [alert.name, alert]));
    for (const { name, follows = [] } of alerts) {
      for (const { alert } of follows) {
        expect(byName.has(alert), `${name} follows ${alert}`).to.be.true;
        const back = byName.get(alert)?.follows?.map((cause) => cause.alert) ?? [];
        expect(back, `${alert} and ${name}`).not.to.include(name);
      }
    }
  });
});

describe("figures of the alerts", () => {
  const named = (name: string, site = siteOf("production")): Alert => {
    const found = ruleGroups(site)
      .flatMap((group) => group.alerts)
      .find((alert) => alert.name === name);
    if (!found) throw new Error(name);
    return found;
  };

  it("B12: bizra's four, their times and severities, evaluated every 30 s", () => {
    const of = (name: string): string[] => [named(name).for, named(name).severity];
    expect(of("FinalityLatencyHigh")).to.deep.equal(["5m", "warning"]);
    expect(of("PoIThroughputLow")).to.deep.equal(["5m", "warning"]);
    expect(of("PodNotReady")).to.deep.equal(["2m", "critical"]);
    expect(of("HighRestartCount")).to.deep.equal(["1m", "warning"]);
    expect(groups.find(({ name }) => name === "bizra")?.interval).to.equal("30s");
  });

  it("B12: the bounds are 1 ms and 50,000 operations per second, and can be set", () => {
    expect(named("FinalityLatencyHigh").query.expr).to.match(/> 0\.001$/);
    expect(named("PoIThroughputLow").query.expr).to.match(/< 50000$/);
    const site = siteOf("production", {
      alerting: { thresholds: { finalityMs: 2.5, poiThroughput: 12_000 } },
    });
    expect(named("FinalityLatencyHigh", site).query.expr).to.match(/> 0\.0025$/);
    expect(named("PoIThroughputLow", site).query.expr).to.match(/< 12000$/);
  });

  it("the platform's alerts are there where its charts are", () => {
    const local = ruleGroups(siteOf("local")).map(({ name }) => name);
    expect(local).to.include.members(["paw-consensus", "bizra", "bizra-slo"]).and.not.to.include("platform");
    expect(groups.map(({ name }) => name)).to.include("platform");
  });

  it("peers: half of those that a node is told to connect to, of each kind", () => {
    // local: 4 validators and 1 sentry. A validator knows 4 others, a sentry 4, a full node 1.
    const { expr } = named("PeersLow", siteOf("local")).query;
    const least = [...expr.matchAll(/job="(paw-[a-z-]+)"\}\) < (\d+)/g)].map(([, job, count]) => [
      job,
      count,
    ]);
    expect(least).to.deep.equal([
      ["paw-validator", "2"],
      ["paw-sentry", "2"],
      ["paw-full-node", "1"],
    ]);
  });
});
