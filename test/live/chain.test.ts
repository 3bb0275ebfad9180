/** A11 to A15: the chain of the local stack in pods that really run, one after the other looked at from inside. */
import { createHash } from "node:crypto";

import { expect } from "chai";

import { eventually, nodes, validators } from "../support/chain.ts";
import { type LiveStage, cannotRun, liveStage } from "../support/live/stage.ts";

/* eslint-disable @typescript-eslint/no-explicit-any -- objects come from the API server as they are */

describe("live: the chain (A11 to A15)", function () {
  this.timeout(600_000);
  let stage: LiveStage;

  before(async function () {
    if (cannotRun()) this.skip();
    stage = await liveStage();
    await eventually("all six are ready", 300, async () => {
      const all = await Promise.all(nodes.map((name) => stage.ready("paw", name)));
      return all.every(Boolean);
    });
  });

  const inside = (pod: string, line: string, container = "node"): Promise<string> =>
    stage.inside({ namespace: "paw", pod, container }, line);
  const advances = async (name: string, by = 3): Promise<void> => {
    const before = await stage.height(name);
    await eventually(
      `${name} makes ${by} blocks more`,
      120,
      async () => (await stage.height(name)) >= before + by,
    );
  };
  /** Who signed the block before the last one. */
  const signers = async (): Promise<string[]> => {
    const height = (await stage.height("paw-sentry-0")) - 1;
    const { signatures } = (await stage.rpc("paw-sentry-0", `commit?height=${height}`)).signed_header.commit;
    return signatures.map((each: any) => each.validator_address);
  };
  const addressOf = async (name: string): Promise<string> => {
    const facts = (await stage.sandbox.stored<any>("configmap", "paw-network", "-n", "paw")).data;
    return JSON.parse(facts["network.json"]).nodes[name].consensusAddress;
  };

  it("pods run on the real node, and none is simulated", async () => {
    const { items } = await stage.sandbox.stored<{ items: any[] }>("pods", "-n", "paw");
    const where = new Set(items.map(({ spec }) => spec.nodeName));
    expect([...where]).to.deep.equal(["live-0"]);
    expect(stage.summary).to.match(/really run on live-0: .*paw-validator/i);
  });

  it("four validators, a sentry and a full node make blocks, and agree on them", async () => {
    for (const name of nodes) await advances(name);
    const height = Math.min(...(await Promise.all(nodes.map((name) => stage.height(name)))));
    const hashes = await Promise.all(
      nodes.map(async (name) => (await stage.rpc(name, `block?height=${height}`)).block_id.hash),
    );
    expect(new Set(hashes).size).to.equal(1);
  });

  it("A11: each validator sees its own key and no other, as user 1000, on a root that it cannot write", async () => {
    const addresses = new Set<string>();
    for (const name of validators) {
      expect(await inside(name, "ls /keys")).to.equal("node_key.json\npriv_validator_key.json");
      const found = await inside(name, "cat /keys/priv_validator_key.json");
      expect(JSON.parse(found).address).to.equal(await addressOf(name));
      addresses.add(found);
      expect(await inside(name, "id -u")).to.equal("1000");
      expect(await inside(name, "touch /x")).to.match(/Read-only file system/);
      expect(await inside(name, "touch /keys/x /settings/x 2>&1")).to.match(/Read-only|denied/);
      expect(await inside(name, "grep CapEff /proc/self/status")).to.match(/0{16}$/);
    }
    expect(addresses.size).to.equal(4);
    expect(await inside("paw-sentry-0", "ls /keys")).to.equal("node_key.json");
    expect(await inside("paw-full-node-0", "ls /keys 2>&1")).to.match(/No such file/);
  });

  it("a validator's pod that is killed comes back with its identity and its data, and signs on", async () => {
    const name = "paw-validator-2";
    const id = (await stage.rpc(name, "status")).node_info.id;
    const before = await stage.pod("paw", name);
    const height = await stage.height(name);
    await stage.kubectl("delete", "pod", "-n", "paw", name, "--grace-period=0", "--force");
    await eventually("another pod of that name is ready", 180, async () => {
      const uid = (
        await stage.sandbox.run("kubectl", [
          "get",
          "pod",
          name,
          "-n",
          "paw",
          "-o",
          "jsonpath={.metadata.uid}",
        ])
      ).stdout;
      return uid !== "" && uid !== before.metadata.uid && (await stage.ready("paw", name));
    });
    expect((await stage.rpc(name, "status")).node_info.id).to.equal(id);
    const earliest = Number((await stage.rpc(name, "status")).sync_info.earliest_block_height);
    expect(earliest, "it went on from its data").to.equal(1);
    expect(await stage.height(name)).to.be.at.least(height);
    const address = await addressOf(name);
    await eventually("it signs", 120, async () => (await signers()).includes(address));
    const guard = await stage.kubectl("logs", "-n", "paw", name, "-c", "start-guard");
    expect(guard).to.match(/goes on at height [1-9]/);
  });

  it("a node that is killed inside its pod is started again by the kubelet", async () => {
    const name = "paw-sentry-0";
    const restarts = async (): Promise<number> => {
      const { status } = await stage.pod("paw", name);
      return status.containerStatuses.find((each: any) => each.name === "node").restartCount;
    };
    const before = await restarts();
    await inside(name, "kill -9 $(pidof simd)");
    await eventually("one restart more", 120, async () => (await restarts()) === before + 1);
    await eventually("ready again", 180, () => stage.ready("paw", name));
  });

  it("the genesis init container refuses a changed genesis, and takes the right one again", async () => {
    const name = "paw-full-node-0";
    const secret = await stage.sandbox.stored<any>("secret", "paw-genesis", "-n", "paw");
    const right = secret.data["genesis.json"];
    const changed = Buffer.from(right, "base64").toString().replace("paw-local-1", "paw-other-1");
    const put = (content: string): Promise<string> =>
      stage.kubectl(
        ...["patch", "secret", "paw-genesis", "-n", "paw", "--type=merge"],
        `-p=${JSON.stringify({ data: { "genesis.json": content } })}`,
      );
    await put(Buffer.from(changed).toString("base64"));
    try {
      await stage.kubectl("delete", "pod", "-n", "paw", name, "--grace-period=1");
      await eventually("the init container fails", 120, async () => {
        const found = await stage.sandbox.run("kubectl", ["get", "pod", name, "-n", "paw", "-o", "json"]);
        if (found.exitCode !== 0) return false;
        const genesis = (JSON.parse(found.stdout).status.initContainerStatuses ?? []).find(
          (each: any) => each.name === "genesis",
        );
        return genesis?.restartCount > 0 || genesis?.state.terminated?.exitCode === 1;
      });
      const said = await stage.kubectl("logs", "-n", "paw", name, "-c", "genesis");
      const hash = createHash("sha256").update(changed).digest("hex");
      expect(said).to.contain(`has the SHA-256 ${hash}`).and.to.contain("on another chain");
      expect(await stage.ready("paw", name)).to.equal(false);
    } finally {
      await put(right);
    }
    await stage.kubectl("delete", "pod", "-n", "paw", name, "--grace-period=1");
    await eventually("it follows the chain again", 240, () => stage.ready("paw", name));
  });

  /** Restarts of all containers of some nodes' pods. */
  const restarts = (names: readonly string[]): Promise<number[]> =>
    Promise.all(
      names.map(async (name) => {
        const { status } = await stage.pod("paw", name);
        const counts: number[] = status.containerStatuses.map((each: any) => each.restartCount);
        return counts.reduce((sum, count) => sum + count, 0);
      }),
    );
  /** What the health server says of a question, whatever it is. */
  const health = (name: string, question: string): Promise<string> =>
    inside(
      name,
      `wget -O - http://127.0.0.1:36661/cgi-bin/${question} 2>&1; sh /scripts/probe.sh ${question}ness`,
      "health",
    );

  it("probes: a node that catches up is not ready, and lives", async () => {
    const name = "paw-full-node-0";
    // Its only peer stands still, so that nobody tells it where the chain is.
    await inside("paw-sentry-0", "kill -STOP $(pidof simd)");
    try {
      await stage.kubectl("delete", "pod", "-n", "paw", name, "--grace-period=5");
      await eventually("it catches up", 180, async () =>
        (await health(name, "readi")).includes("catching up"),
      );
      expect(await stage.ready("paw", name)).to.equal(false);
      expect(await health(name, "live")).to.contain("the node answers");
      const node = async (): Promise<any> => {
        const { status } = await stage.pod("paw", name);
        return status.containerStatuses.find((each: any) => each.name === "node");
      };
      await eventually("its startup probe passes", 60, async () => (await node()).started);
      // Longer than the readiness probe takes to ask twice.
      await new Promise((resolve) => setTimeout(resolve, 25_000));
      expect((await node()).ready).to.equal(false);
      expect(await health(name, "readi")).to.contain("catching up");
    } finally {
      await inside("paw-sentry-0", "kill -CONT $(pidof simd)");
    }
    await eventually("it has caught up", 240, () => stage.ready("paw", name));
    expect(await restarts([name])).to.deep.equal([0]);
  });

  it("probes: a chain that stands still makes nodes unready, and restarts none", async () => {
    const two = ["paw-validator-2", "paw-validator-3"];
    const others = ["paw-validator-0", "paw-validator-1", "paw-sentry-0"];
    const before = await restarts(nodes);
    // Half of the power: no block any more, and the last one grows old.
    for (const name of two) await inside(name, "kill -STOP $(pidof simd)");
    try {
      await eventually("the others say that the last block is old", 240, async () => {
        const unready = await Promise.all(others.map(async (name) => !(await stage.ready("paw", name))));
        return unready.every(Boolean);
      });
      for (const name of others) expect(await health(name, "live"), name).to.contain("the node answers");
      expect(await restarts(nodes)).to.deep.equal(before);
    } finally {
      for (const name of two) await inside(name, "kill -CONT $(pidof simd)");
    }
    await eventually("all are ready", 240, async () => {
      const all = await Promise.all(nodes.map((name) => stage.ready("paw", name)));
      return all.every(Boolean);
    });
    await advances("paw-sentry-0");
    expect(await restarts(nodes)).to.deep.equal(before);
  });

  it("probes: a node that halts at its height is not ready, and is not restarted", async () => {
    const name = "paw-full-node-0";
    const settings = await stage.sandbox.stored<any>("configmap", "paw-full-node-settings", "-n", "paw");
    const setHalt = async (height: number): Promise<void> => {
      const app = settings.data["app.toml"].replace("halt-height = 0", `halt-height = ${height}`);
      const patch = JSON.stringify({ data: { "app.toml": app } });
      await stage.kubectl(
        "patch",
        "configmap",
        "paw-full-node-settings",
        "-n",
        "paw",
        "--type=merge",
        `-p=${patch}`,
      );
      await stage.kubectl(
        "set",
        "env",
        "-n",
        "paw",
        "statefulset/paw-full-node",
        "-c",
        "node",
        `HALT_HEIGHT=${height}`,
      );
    };
    const height = (await stage.height("paw-sentry-0")) + 20;
    await setHalt(height);
    try {
      await eventually("it has halted", 240, async () =>
        (await health(name, "readi")).includes(`halted at height ${height}, as configured`),
      );
      // Long enough for the liveness probe to have asked.
      await new Promise((resolve) => setTimeout(resolve, 45_000));
      expect(await stage.ready("paw", name)).to.equal(false);
      expect(await health(name, "live")).to.contain("as configured");
      expect(await restarts([name])).to.deep.equal([0]);
      expect(await stage.height("paw-sentry-0"), "the others go on").to.be.greaterThan(height);
    } finally {
      await setHalt(0);
    }
    // As docs/operations.md has it: what is not ready is not changed by its StatefulSet alone.
    await stage.kubectl("delete", "pod", "-n", "paw", name, "--grace-period=5");
    await eventually("it goes on", 240, () => stage.ready("paw", name));
    expect(await stage.height(name)).to.be.greaterThan(height);
  });
});
