/**
 * What an operator looks at and is woken by, before a real network: a real Prometheus scrapes the chain and bizra's
 * simulator, both run out of what the API server stored, and a real Alertmanager tells a test receiver. Time runs five
 * times as fast for both (`PAW_TIME_FACTOR`, 1 for real time): every duration of rules, scrapes and grouping is divided.
 */
import { expect } from "chai";

import { alertingValues } from "../../config/alerting.ts";
import { parseConfig } from "../../config.ts";
import type { AlertmanagerConfig } from "../../observability/alertmanager/config.ts";
import { dashboards } from "../../observability/dashboards/index.ts";
import { type Mailbox, besideFiles, startMailbox } from "../support/alertmanager.ts";
import { canRunPods, eventually, nodes } from "../support/chain.ts";
import { Prometheus, type Series } from "../support/dashboards/prometheus.ts";
import { type Seen, lookAt, recordDashboards } from "../support/monitoring/dashboards.ts";
import { type System, startSystem } from "../support/monitoring/system.ts";
import { type Watch, startWatch } from "../support/monitoring/watch.ts";
import { siteOf } from "../support/observability.ts";
import { stackConfig } from "../support/rendered.ts";
import { Sandbox } from "../support/sandbox.ts";

const factor = Number(process.env.PAW_TIME_FACTOR ?? 5);

/** Seconds of the configuration's own time, as they are in this test. */
const lasting = (seconds: number): number => Math.ceil(seconds / factor);

/** Alertmanager's configuration of the local stack, with two receivers, which are the test's own. */
function alertmanagerFor(pagerduty: Mailbox): {
  config: object;
  templates: Readonly<Record<string, string>>;
} {
  const alerting = JSON.stringify({ slack: { channel: "#paw-local" }, pagerduty: true });
  const stack = { ...stackConfig("local"), "paw:alerting": alerting };
  const { config, templates } = alertingValues(parseConfig("local", stack));
  const moved = besideFiles(config as AlertmanagerConfig);
  const global = { ...moved.global, pagerduty_url: `${pagerduty.address}/v2/enqueue` };
  return { config: { ...moved, global }, templates };
}

describe("A7, A8, A10, B7, B11, B12: watched", () => {
  let system: System;
  let watch: Watch;
  let slack: Mailbox;
  let pagerduty: Mailbox;
  /** When the first scrapes were made, in seconds. */
  let begun = 0;

  before(async function () {
    if (!canRunPods()) this.skip();
    this.timeout(900_000);
    system = await startSystem();
    slack = await startMailbox();
    pagerduty = await startMailbox();
    const { config, templates } = alertmanagerFor(pagerduty);
    watch = await startWatch({
      sandbox: system.sandbox,
      addressOf: system.addressOf,
      alertmanager: config,
      files: { ...templates, slack_api_url: slack.address, pagerduty_routing_key: "key-from-file" },
      factor,
    });
    begun = Date.now() / 1000;
  });

  after(async function () {
    this.timeout(120_000);
    // Nothing was made where the suite was left out.
    await (watch as Watch | undefined)?.stop();
    await (system as System | undefined)?.dispose();
    for (const mailbox of [slack, pagerduty] as (Mailbox | undefined)[]) mailbox?.close();
    await Sandbox.disposeAll();
  });

  const ask = (expr: string): Promise<readonly Series[]> => new Prometheus(watch.prometheus).query(expr);
  /** Values of a label of all series that an expression gives. */
  const labelsOf = async (label: string, expr: string): Promise<string[]> =>
    (await ask(expr)).map(({ labels }) => labels[label] ?? "");
  const firing = async (): Promise<string[]> => [
    ...new Set(await labelsOf("alertname", 'ALERTS{alertstate="firing"}')),
  ];
  /** Texts of what Slack was sent, in order. */
  const told = (): string[] => slack.received.map((message) => JSON.stringify(message));
  const firstTold = (part: string): number => told().findIndex((text) => text.includes(part));

  it("every pod that a stored ServiceMonitor selects is a target that answers", async () => {
    const pods = [...nodes, ...system.bizra.keys()];
    await eventually("all targets are up", 60, async () => {
      const up = await labelsOf("pod", "up == 1");
      return pods.every((pod) => up.includes(pod)) && up.some((pod) => pod.startsWith("paw-api-"));
    });
    expect(await labelsOf("pod", "up == 0")).to.deep.equal([]);
  });

  it("B7: of bizra's metrics those that the monitor keeps arrive, the errors among them, and no others", async () => {
    const names = new Set(await labelsOf("__name__", '{job="bizra-apex",__name__!~"up|scrape_.*"}'));
    expect(
      [...names].filter((name) => !/^bizra_(poi|finality|consensus)_|^bizra_errors_total$/.test(name)),
    ).to.deep.equal([]);
    expect([...names]).to.include.members([
      "bizra_errors_total",
      "bizra_finality_check_seconds_bucket",
      "bizra_poi_generate_seconds_count",
      "bizra_poi_verify_seconds_count",
    ]);
  });

  it("nothing fires where nothing is wrong", async () => {
    // Longer than the longest wait of an alert that looks at minutes.
    await new Promise((resolve) => setTimeout(resolve, lasting(420) * 1000));
    expect(await firing()).to.deep.equal([]);
    expect(told()).to.deep.equal([]);
    expect(await ask("prometheus_rule_evaluation_failures_total > 0")).to.deep.equal([]);
  }).timeout(lasting(900) * 1000 + 60_000);

  describe("a chain that halts", () => {
    const stalled = "makes no blocks";
    const lost = "which is not enough";
    const down = "does not show its metrics";
    /** What PagerDuty was sent of one kind, by the keys under which it knows incidents. */
    const keysOf = (kind: "trigger" | "resolve"): unknown[] =>
      pagerduty.received
        .filter(({ event_action: action }) => action === kind)
        .map(({ dedup_key: key }) => key)
        .sort();

    it("two of four validators go: the chain's stall is told first, and pages; what votes are missing comes after it", async () => {
      const rest = nodes.filter((name) => name !== "paw-validator-3");
      await system.chain.pod("paw-validator-3").kill();
      // Blocks without it show that its power is missing; without a second one there are none.
      await system.chain.advances(rest, 3);
      await system.chain.pod("paw-validator-2").kill();
      await eventually("the stall is told", lasting(120 + 60) + 60, () => firstTold(stalled) >= 0);
      await eventually("lost votes are told", lasting(240) + 60, () => firstTold(lost) >= 0);
      expect(firstTold(stalled), "the stall before the votes").to.be.lessThan(firstTold(lost));
      await eventually("two pages", 30, () => keysOf("trigger").length >= 2);
      const pages = pagerduty.received.map((page) => JSON.stringify(page));
      expect(pages[0]).to.include(stalled);
      expect(pages[1]).to.include(lost);
    }).timeout(lasting(600) * 1000 + 240_000);

    it("two targets that are down are one message", async () => {
      const both = (): string | undefined =>
        told().find((text) => text.includes(down) && text.includes("FIRING 2"));
      await eventually("both are told of", lasting(900) + 60, () => both() !== undefined);
      for (const pod of ["paw-validator-2", "paw-validator-3"]) expect(both()).to.include(pod);
    }).timeout(lasting(900) * 1000 + 120_000);

    it("what follows from the stall fires, and is not told", async () => {
      await eventually("missing power fires", lasting(600) + 60, async () =>
        (await firing()).includes("VotingPowerMissing"),
      );
      const response = await fetch(`${watch.alertmanager.address}/api/v2/alerts`);
      const alerts = (await response.json()) as {
        labels: Record<string, string>;
        status: { state: string; inhibitedBy: string[] };
      }[];
      const missing = alerts.filter(({ labels }) => labels.alertname === "VotingPowerMissing");
      expect(missing).to.have.length(1);
      expect(missing[0]?.status.inhibitedBy).to.have.length.above(0);
      expect(told().filter((text) => /of the voting power of .* does not sign/.test(text))).to.deep.equal([]);
      const known = alerts
        .filter(({ status }) => status.state === "active")
        .map(({ labels }) => labels.alertname);
      expect([...new Set(known)].sort()).to.deep.equal([
        "ChainHeightStalled",
        "TargetDown",
        "VotingPowerLost",
      ]);
    }).timeout(lasting(600) * 1000 + 120_000);

    it("they come back: blocks go on, and everything is told to be over, the pages too", async () => {
      for (const name of ["paw-validator-2", "paw-validator-3"]) await system.chain.startNode(name);
      await system.chain.advances(nodes, 3);
      await eventually("all is over", lasting(900) + 120, async () => {
        const over = told().filter((text) => text.includes("RESOLVED"));
        return (
          [stalled, lost, down].every((part) => over.some((text) => text.includes(part))) &&
          (await firing()).length === 0
        );
      });
      expect(keysOf("resolve")).to.deep.equal(keysOf("trigger"));
    }).timeout(lasting(1800) * 1000 + 300_000);
  });

  describe("a bizra with faults", () => {
    const late = "of finality checks take longer";
    const since = (from: number, part: string, state: string): boolean =>
      told()
        .slice(from)
        .some((text) => text.includes(part) && text.includes(state));

    it("B12: slow: the latency is told, and when it is over as well", async () => {
      const from = told().length;
      await system.simulate("faults", ["slow"]);
      await eventually("latency is told", lasting(900) + 60, () => since(from, late, "FIRING"));
      await system.simulate("faults", []);
      await eventually("latency is over", lasting(900) + 60, () => since(from, late, "RESOLVED"));
    }).timeout(lasting(1800) * 1000 + 180_000);

    it("B11: failing: errors are counted, and their panel shows them", async () => {
      const errors = "sum(increase(bizra_errors_total[1m])) > 0";
      await system.simulate("faults", ["failing"]);
      await eventually("errors", 60, async () => (await ask(errors)).length > 0);
      const [pod] = system.bizra.values();
      await eventually("lines about them", 30, () => (pod?.output("bizra-apex") ?? "").includes(" ERROR "));
      await system.simulate("faults", []);
    }).timeout(120_000);
  });

  describe("dashboards, on what was scraped until here", () => {
    const seen: Seen[] = [];

    for (const spec of dashboards(siteOf("local"))) {
      it(`A8, B11: ${spec.title}: every query returns data, but for exporters that are not here`, async () => {
        const end = Date.now() / 1000;
        const range = { start: begun, end, step: Math.max(1, Math.round((end - begun) / 400)) };
        const found = await lookAt(spec, { prometheus: watch.prometheus, range, factor });
        seen.push(found);
        for (const { title, reason } of found.unavailable)
          console.info(`      not evaluated: ${title}: ${reason}`);
        expect(found.empty).to.deep.equal([]);
      }).timeout(60_000);
    }

    it("their pictures are taken where UPDATE_DOCS asks for them", async function () {
      if (process.env.UPDATE_DOCS !== "1") return this.skip();
      const about = [
        "Every panel, drawn from what a real Prometheus scraped in the end-to-end test: six nodes of ibc-go's simd, the API layer's proxy,",
        `bizra's simulator, and kube-state-metrics on the embedded cluster, on ${new Date().toISOString().slice(0, 10)}. Time ran ${factor} times as fast. In the middle two of`,
        "four validators were away, and bizra was slow and then failing. Grafana itself was not evaluated: an HTML page draws what its grid",
        "would show. Made by `UPDATE_DOCS=1 npx mocha --config test/e2e/.mocharc.json test/e2e/observability.test.ts`, which needs chromium.",
      ].join("\n");
      await recordDashboards(seen, about);
    }).timeout(120_000);
  });
});
