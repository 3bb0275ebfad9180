import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { expect } from "chai";
import { stringify } from "yaml";

import { alertingValues } from "../../../config/alerting.ts";
import { parseConfig } from "../../../config.ts";
import type { AlertmanagerConfig } from "../../../observability/alertmanager/config.ts";
import {
  type Alertmanager,
  type Mailbox,
  besideFiles,
  startAlertmanager,
  startMailbox,
} from "../../support/alertmanager.ts";
import { find } from "../../support/find.ts";
import { type KubernetesObject, render, stackConfig } from "../../support/rendered.ts";

const run = promisify(execFile);

function named(objects: readonly KubernetesObject[], name: string): KubernetesObject {
  const found = objects.find(({ kind, metadata }) => `${kind}/${metadata.name}` === name);
  if (!found) throw new Error(`${name} is not rendered`);
  return found;
}
const templates = {
  "paw.tmpl": readFileSync(new URL("../../../observability/alertmanager/paw.tmpl", import.meta.url), "utf8"),
};

function configOf(stack: string): AlertmanagerConfig {
  return alertingValues(parseConfig(stack, stackConfig(stack))).config as AlertmanagerConfig;
}

/** The configuration with the folders of the pod moved to one of a test, and without long waits. */
function moved(config: AlertmanagerConfig): AlertmanagerConfig {
  const text = JSON.stringify(besideFiles(config));
  return JSON.parse(text.replace(/"group_(wait|interval)":"\w+"/g, '"group_$1":"1s"')) as AlertmanagerConfig;
}

async function amtool(config: object, args: readonly string[]): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "paw-amtool-"));
  const file = join(folder, "alertmanager.yml");
  try {
    writeFileSync(file, stringify(config).replaceAll("FOLDER", folder));
    for (const [name, text] of Object.entries(templates)) writeFileSync(join(folder, name), text);
    const { stdout } = await run(
      find("amtool"),
      args.map((arg) => arg.replace("FILE", file)),
    );
    return stdout;
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function post(manager: Alertmanager, alerts: readonly object[]): Promise<void> {
  const response = await fetch(`${manager.address}/api/v2/alerts`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(alerts),
  });
  expect(response.ok, await response.text()).to.be.true;
}

async function until<T>(look: () => Promise<T> | T, good: (found: T) => boolean): Promise<T> {
  for (let tries = 0; tries < 150; tries++) {
    const found = await look();
    if (good(found)) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return look();
}

describe("Alertmanager's configuration", () => {
  for (const stack of ["staging", "production"]) {
    it(`A10: amtool takes what ${stack} gives to the chart`, async () => {
      const release = named(await render({ stack }), "Chart/prometheus");
      const { config, templateFiles } = release.values.alertmanager as {
        config: AlertmanagerConfig;
        templateFiles: Record<string, string>;
      };
      expect(templateFiles).to.deep.equal(templates);
      expect(await amtool(config, ["check-config", "FILE"])).to.match(/SUCCESS/);
      // Its folder here: the same with the templates that it names.
      expect(await amtool(moved(config), ["check-config", "FILE"])).to.match(/1 templates[^]*SUCCESS/);
    });
  }

  it("amtool takes that of local, which tells nobody", async () => {
    expect(await amtool(configOf("local"), ["check-config", "FILE"])).to.match(/SUCCESS/);
    expect(JSON.stringify(configOf("local").receivers)).to.equal('[{"name":"notify"},{"name":"page"}]');
  });

  it("amtool refuses what is wrong, so that the tests above can fail", async () => {
    const { route, ...rest } = configOf("production");
    const told = await amtool({ ...rest, route: { ...route, receiver: "nobody" } }, [
      "check-config",
      "FILE",
    ]).then(
      () => "accepted",
      (error: unknown) => (error as { stdout: string }).stdout,
    );
    expect(told).to.match(/undefined receiver/);
  });

  it("A10: Slack, PagerDuty and e-mail; critical alerts page, others do not", async () => {
    const config = configOf("production");
    const receivers = Object.fromEntries(config.receivers.map(({ name, ...of }) => [name, Object.keys(of)]));
    expect(receivers.notify).to.have.members(["slack_configs", "email_configs"]);
    expect(receivers.page).to.have.members(["slack_configs", "email_configs", "pagerduty_configs"]);
    const routed = async (...labels: string[]): Promise<string> =>
      (await amtool(config, ["config", "routes", "test", "--config.file=FILE", ...labels])).trim();
    expect(await routed("system=paw", "severity=critical")).to.equal("page");
    expect(await routed("system=paw", "severity=warning")).to.equal("notify");
    expect(await routed("system=bizra", "severity=critical")).to.equal("page");
    expect(await routed("system=bizra", "severity=warning")).to.equal("notify");
    expect(await routed("system=platform", "severity=warning")).to.equal("notify");
  });

  it("B12: bizra's groups are told anew every 30 s, the others' every five minutes", () => {
    const { group_interval, routes = [] } = configOf("production").route;
    expect(group_interval).to.equal("5m");
    const bizra = routes.filter(({ matchers }) => matchers?.includes('system="bizra"'));
    expect(bizra.map((route) => route.group_interval)).to.deep.equal(["30s"]);
  });

  it("secrets are named by file alone, and the Secret brings exactly these files from Vault", async () => {
    const text = JSON.stringify(configOf("production"));
    expect(text).not.to.match(/"(api_url|routing_key|service_key|auth_password|auth_secret|password|url)":/);
    const files = [...text.matchAll(/_file":"([^"]+)"/g)].map(([, file]) => file ?? "");
    const folder = "/etc/alertmanager/secrets/alertmanager-receivers/";
    for (const file of files) expect(file.startsWith(folder), file).to.be.true;

    const objects = await render({ stack: "production" });
    const { spec } = named(objects, "ExternalSecret/alertmanager-receivers");
    const brought = (spec.data as { secretKey: string; remoteRef: { key: string } }[]).map(
      (each) => each.secretKey,
    );
    expect([...new Set(files.map((file) => file.slice(folder.length)))]).to.have.members(brought);
    expect(spec.secretStoreRef).to.deep.equal({ kind: "ClusterSecretStore", name: "paw-vault-alerts" });
    for (const { remoteRef } of spec.data) expect(remoteRef.key).to.equal("paw/alerts/receivers");
    const release = named(objects, "Chart/prometheus");
    expect(release.values.alertmanager.alertmanagerSpec.secrets).to.deep.equal(["alertmanager-receivers"]);
  });

  it("every alert that leaves says which environment it is of", async () => {
    const release = named(await render({ stack: "staging" }), "Chart/prometheus");
    expect(release.values.prometheus.prometheusSpec.externalLabels).to.deep.equal({ environment: "staging" });
  });
});

describe("a real Alertmanager with production's configuration", function () {
  this.timeout(60_000);
  let manager: Alertmanager;
  let slack: Mailbox;
  let pagerduty: Mailbox;

  before(async () => {
    slack = await startMailbox();
    pagerduty = await startMailbox();
    const config = moved(configOf("production"));
    // No mail server here; PagerDuty's address is a global of its own.
    const receivers = config.receivers.map((receiver) => ({ ...receiver, email_configs: [] }));
    const global = { ...config.global, pagerduty_url: `${pagerduty.address}/v2/enqueue` };
    manager = await startAlertmanager(
      { ...config, receivers, global },
      { ...templates, slack_api_url: slack.address, pagerduty_routing_key: "key-from-file" },
    );
  });
  after(async () => {
    await manager.stop();
    slack.close();
    pagerduty.close();
  });

  const alert = (labels: Record<string, string>, more: object = {}): object => ({
    labels: { system: "paw", namespace: "paw", environment: "production", ...labels },
    annotations: {
      summary: `summary of ${labels.alertname ?? ""} ${labels.pod ?? ""}`,
      description: "What it means.",
      runbook_url: "docs/runbooks/node-behind.md",
    },
    ...more,
  });
  const inhibited = async (): Promise<Record<string, boolean>> => {
    const response = await fetch(`${manager.address}/api/v2/alerts`);
    const alerts = (await response.json()) as {
      labels: Record<string, string>;
      status: { inhibitedBy: string[] };
    }[];
    return Object.fromEntries(
      alerts.map(({ labels, status }) => [
        `${labels.namespace ?? ""}/${labels.alertname ?? ""}`,
        status.inhibitedBy.length > 0,
      ]),
    );
  };
  interface SlackMessage {
    readonly channel: string;
    readonly attachments: readonly { readonly title: string; readonly text: string }[];
  }

  it("three nodes with one trouble are one message, with what to do, and no page", async () => {
    const pods = ["paw-sentry-0", "paw-sentry-1", "paw-full-node-0"];
    await post(
      manager,
      pods.map((pod) => alert({ alertname: "PeersLow", severity: "warning", pod })),
    );
    const received = await until(
      () => slack.received as unknown as SlackMessage[],
      (found) => found.length > 0,
    );
    expect(received).to.have.length(1);
    const [{ title, text } = { title: "", text: "" }] = received[0]?.attachments ?? [];
    expect(received[0]?.channel).to.equal("#paw-production");
    expect(title).to.equal("[FIRING 3] production: PeersLow");
    for (const pod of pods) expect(text).to.include(`summary of PeersLow ${pod}`);
    expect(text).to.include("what to do: docs/runbooks/node-behind.md");
    expect(pagerduty.received).to.have.length(0);
  });

  it("a stalled chain pages, and silences what follows from it, in its own namespace alone", async () => {
    await post(manager, [alert({ alertname: "ChainHeightStalled", severity: "critical" })]);
    const [page] = await until(
      () => pagerduty.received,
      (found) => found.length > 0,
    );
    expect(page).to.deep.include({ routing_key: "key-from-file", event_action: "trigger" });
    expect(page?.payload).to.deep.include({
      severity: "critical",
      summary: "[FIRING 1] production: summary of ChainHeightStalled ",
    });

    const before = slack.received.length;
    await post(manager, [
      alert({ alertname: "NodeBehind", severity: "warning", pod: "paw-full-node-0" }),
      alert({ alertname: "ValidatorNotSigning", severity: "warning", pod: "paw-validator-0" }),
      alert({ alertname: "ApiUnavailable", severity: "critical" }),
      alert({ alertname: "VotingPowerLost", severity: "critical" }),
      alert({ alertname: "NodeBehind", severity: "warning", namespace: "other" }),
    ]);
    const found = await until(inhibited, (all) => all["paw/NodeBehind"] === true);
    expect(found).to.deep.include({
      "paw/ChainHeightStalled": false,
      "paw/VotingPowerLost": false,
      "paw/NodeBehind": true,
      "paw/ValidatorNotSigning": true,
      "paw/ApiUnavailable": true,
      "other/NodeBehind": false,
    });
    // What was not silenced arrives; what was does not.
    const told = await until(
      () =>
        (slack.received.slice(before) as unknown as SlackMessage[]).flatMap(({ attachments }) => attachments),
      (all) => all.length >= 2,
    );
    const titles = told.map(({ title }) => title).join("\n");
    expect(titles)
      .to.match(/VotingPowerLost/)
      .and.match(/NodeBehind/);
    expect(titles).not.to.match(/ApiUnavailable|ValidatorNotSigning/);
    expect(told.filter(({ title }) => title.includes("NodeBehind"))).to.have.length(1);
  });

  it("an alert that ends is told as over, and the page with it", async () => {
    const before = slack.received.length;
    const over = { endsAt: new Date().toISOString() };
    await post(manager, [alert({ alertname: "ChainHeightStalled", severity: "critical" }, over)]);
    const resolved = await until(
      () => pagerduty.received.find(({ event_action: action }) => action === "resolve"),
      (found) => found !== undefined,
    );
    expect(resolved).to.deep.include({ routing_key: "key-from-file" });
    const told = await until(
      () => JSON.stringify(slack.received.slice(before)),
      (text) => text.includes("RESOLVED"),
    );
    expect(told).to.include("over: summary of ChainHeightStalled");
  });
});
