/** A11, A21: budgets under eviction, and a backup that is restored, on pods that really run. */
import { expect } from "chai";

import { eventually, nodes, validators } from "../support/chain.ts";
import { type LiveStage, cannotRun, liveStage } from "../support/live/stage.ts";

/* eslint-disable @typescript-eslint/no-explicit-any -- objects come from the API server as they are */

describe("live: disruptions and backups (A11, A21)", function () {
  this.timeout(600_000);
  let stage: LiveStage;

  before(async function () {
    if (cannotRun()) this.skip();
    stage = await liveStage();
    await allReady();
  });

  const allReady = (): Promise<void> =>
    eventually("all six are ready", 300, async () => {
      const all = await Promise.all(nodes.map((name) => stage.ready("paw", name)));
      return all.every(Boolean);
    });

  /** What the API server says of an eviction: nothing where it was made. */
  const evict = async (pod: string): Promise<string> => {
    const eviction = {
      apiVersion: "policy/v1",
      kind: "Eviction",
      metadata: { name: pod, namespace: "paw" },
      deleteOptions: { gracePeriodSeconds: 5 },
    };
    const path = `/api/v1/namespaces/paw/pods/${pod}/eviction`;
    const given = await stage.sandbox.run("bash", [
      "-c",
      `echo '${JSON.stringify(eviction)}' | kubectl create --raw ${path} -f -`,
    ]);
    return given.exitCode === 0 ? "" : given.all;
  };

  it("A11: of four validators one may be evicted, and no second one before it is back", async () => {
    const [first = "", second = ""] = validators;
    const height = await stage.height("paw-sentry-0");
    expect(await evict(second)).to.equal("");
    expect(await evict(first)).to.match(/disruption budget|TooManyRequests|429/);
    await allReady();
    expect(await stage.height("paw-sentry-0"), "blocks went on meanwhile").to.be.greaterThan(height);
  });

  it("the budget's own word: one disruption allowed again", async () => {
    await eventually("it allows one", 60, async () => {
      const { status } = await stage.sandbox.stored<any>("pdb", "paw-validator", "-n", "paw");
      return status.disruptionsAllowed === 1;
    });
  });

  describe("A21: a backup", () => {
    let stored: { height: number; id: string };

    it("the CronJob's own Job follows the chain, stops and stores", async () => {
      await stage.kubectl("create", "job", "-n", "paw", "--from=cronjob/paw-backup", "paw-backup-live");
      await stage.kubectl(
        ...["wait", "--for=condition=Complete", "--timeout=240s", "-n", "paw", "job/paw-backup-live"],
      );
      const listed = await stage.paw("backup", "list", "--json");
      expect(listed.exitCode, listed.all).to.equal(0);
      const { snapshots } = JSON.parse(listed.stdout) as { snapshots: { id: string; height: number }[] };
      expect(snapshots).to.have.length(1);
      stored = snapshots[0] ?? { height: 0, id: "" };
      expect(stored.height).to.be.greaterThan(3);
    });

    it("is restored on a fresh node, which has the same height and application hash, and follows on", async () => {
      const node = "paw-full-node-0";
      const hashOf = async (pod: string): Promise<string> =>
        (await stage.rpc(pod, `block?height=${stored.height}`)).block.header.app_hash;
      const before = await hashOf("paw-sentry-0");
      // A volume that has never held anything.
      await stage.kubectl("delete", "pvc", "-n", "paw", `data-${node}`, "--wait=false");
      await stage.kubectl("delete", "pod", "-n", "paw", node, "--grace-period=5");
      await eventually("a fresh node", 240, () => stage.ready("paw", node));
      const done = await stage.paw(
        "restore",
        "chain",
        "--to",
        node,
        "--stop",
        "--yes",
        "--confirm",
        node,
        "--json",
      );
      expect(done.exitCode, done.all).to.equal(0);
      expect(JSON.parse(done.stdout).height).to.equal(stored.height);
      await eventually("the restored node is ready", 240, () => stage.ready("paw", node));
      expect(await hashOf(node)).to.equal(before);
      const log = await stage.kubectl("logs", "-n", "paw", node, "-c", "node");
      expect(log, "it began from the restored height").to.match(
        new RegExp(`height=(\\S*m)?${stored.height}\\b|Completed ABCI Handshake.*${stored.height}`),
      );
      await eventually("it follows on", 120, async () => (await stage.height(node)) > stored.height + 3);
    });
  });
});
