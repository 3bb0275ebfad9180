import { fileURLToPath } from "node:url";

import { expect } from "chai";
import { execa } from "execa";

import { matcher } from "../../../ops/src/commands/silenceCommands.ts";
import { secondsTyped } from "../../../ops/src/duration.ts";
import { type Alertmanager, startAlertmanager } from "../../support/alertmanager.ts";

const paw = fileURLToPath(new URL("../../../ops/bin/paw.js", import.meta.url));

describe("A10: paw silence, on a real Alertmanager", function () {
  this.timeout(60_000);
  let manager: Alertmanager;

  before(async () => {
    manager = await startAlertmanager({ route: { receiver: "nobody" }, receivers: [{ name: "nobody" }] });
  });
  after(async () => {
    await manager.stop();
  });

  interface Outcome {
    readonly exitCode: number | undefined;
    readonly stdout: string;
    readonly all: string;
  }
  const run = async (args: readonly string[], address = manager.address): Promise<Outcome> => {
    const { exitCode, stdout, all } = await execa(process.execPath, [paw, "silence", ...args], {
      env: { ALERTMANAGER_URL: address, NO_COLOR: "1" },
      all: true,
      reject: false,
    });
    return { exitCode, stdout, all };
  };
  const fire = async (labels: Record<string, string>): Promise<void> => {
    await fetch(`${manager.address}/api/v2/alerts`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify([{ labels }]),
    });
  };
  /** Names of alerts that Alertmanager holds back for a silence. */
  const held = async (): Promise<string[]> => {
    const response = await fetch(`${manager.address}/api/v2/alerts?active=false&silenced=true`);
    return ((await response.json()) as { labels: { alertname: string } }[]).map(
      ({ labels }) => labels.alertname,
    );
  };

  it("adds one, which holds back what fits and nothing else; lists it; ends it", async () => {
    await fire({ alertname: "NodeBehind", namespace: "paw", pod: 'a"b' });
    await fire({ alertname: "PeersLow", namespace: "paw" });
    const matchers = ["--matcher", "alertname=~Node.*", "--matcher", 'pod=a"b'];
    const comment = ["--comment", "replacing its disk", "--author", "ada"];
    const added = await run(["add", ...matchers, "--for", "2h", ...comment]);
    expect(added.exitCode, added.all).to.equal(0);
    expect(added.stdout).to.match(/^[0-9a-f-]{36}$/);
    expect(added.all).to.match(/of the alerts that fire now it covers 1$/m);
    expect(await held()).to.deep.equal(["NodeBehind"]);

    const stored = await fetch(`${manager.address}/api/v2/silences`);
    const [silence] = (await stored.json()) as {
      startsAt: string;
      endsAt: string;
      createdBy: string;
      comment: string;
      status: { state: string };
    }[];
    expect(silence).to.deep.include({ createdBy: "ada", comment: "replacing its disk" });
    expect(silence?.status.state).to.equal("active");
    const hours = (Date.parse(silence?.endsAt ?? "") - Date.parse(silence?.startsAt ?? "")) / 3_600_000;
    expect(hours).to.be.closeTo(2, 0.01);
    expect((await run(["list"])).stdout).to.match(
      /ID +STATE +UNTIL +BY +MATCHERS +COMMENT\n.* active .* ada +alertname=~"Node\.\*" pod="a\\"b" +replacing its disk/,
    );

    const ended = await run(["expire", added.stdout]);
    expect(ended.all).to.equal(`ended ${added.stdout}`);
    expect(await held()).to.deep.equal([]);
    const all = JSON.parse((await run(["list", "--all", "--json"])).stdout) as {
      id: string;
      status: { state: string };
    }[];
    expect(all.map(({ id, status }) => [id, status.state])).to.deep.equal([[added.stdout, "expired"]]);
  });

  it("refuses a silence about everything", async () => {
    const everything = await run(["add", "--matcher", "namespace!=paw", "--for", "1h", "--comment", "x"]);
    expect(everything.exitCode).to.equal(1);
    expect(everything.all).to.match(/needs a matcher/);
  });

  it("reads matchers and durations, and takes nothing else for one", () => {
    expect(matcher("alertname=a=b")).to.deep.equal({
      name: "alertname",
      value: "a=b",
      isRegex: false,
      isEqual: true,
    });
    expect(matcher("pod!~x|y")).to.deep.equal({ name: "pod", value: "x|y", isRegex: true, isEqual: false });
    expect(["45s", "30m", "2h", "1d"].map(secondsTyped)).to.deep.equal([45, 1800, 7200, 86_400]);
    for (const wrong of ["alertname", "a-b=c", "=x"])
      expect(() => matcher(wrong), wrong).to.throw(/write name=value/);
    for (const wrong of ["soon", "0h", "1", "-1h", "1.5h"])
      expect(() => secondsTyped(wrong), wrong).to.throw(/write a number/);
  });

  it("says what Alertmanager says of an id that is none, and what to do when there is no Alertmanager", async () => {
    const unknown = await run(["expire", "no-such-silence"]);
    expect(unknown.exitCode).to.equal(1);
    expect(unknown.all).to.match(/would not end silence no-such-silence: \d{3}/);
    const absent = await run(["list"], "http://127.0.0.1:1");
    expect(absent.exitCode).to.equal(1);
    expect(absent.all)
      .to.match(/did not answer/)
      .and.match(/port-forward service\/prometheus-alertmanager/);
  });
});
