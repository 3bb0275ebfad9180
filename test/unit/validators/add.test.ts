/** `paw validators add`: keys for further nodes, and none of the old ones touched. */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";
import { execa } from "execa";

import { parseNetwork } from "../../../config/rules.ts";
import { UserError } from "../../../ops/src/errors.ts";
import { addToCluster, readClusterNetwork, writeCluster } from "../../../ops/src/validators/cluster.ts";
import { writeFolder } from "../../../ops/src/validators/folder.ts";
import { type NewNetwork, newNetwork, newNodes } from "../../../ops/src/validators/network.ts";
import { ApiStandIn } from "./apiStandIn.ts";

const small = { validators: 1, sentries: 1, chainId: "paw-test-1", prefix: "cosmos", denom: "stake" };
const more = { validators: 3, sentries: 2, prefix: "cosmos" };
const newPods = ["paw-validator-1", "paw-validator-2", "paw-sentry-1"];

describe("A19: keys for further nodes", () => {
  let network: NewNetwork;
  before(async () => {
    network = await newNetwork(small);
  });

  it("are made for the nodes that are lacking, and the facts then fit the larger numbers", async () => {
    const added = await newNodes({ ...more, facts: network.facts });
    expect(Object.keys(added.nodeKeys)).to.have.members(newPods.map((pod) => `${pod}.json`));
    expect(Object.keys(added.consensusKeys)).to.have.members([
      "paw-validator-1.json",
      "paw-validator-2.json",
    ]);
    const { faults } = parseNetwork(added.facts, { validators: 3, sentries: 2, fullNodes: 1 });
    expect(faults).to.deep.equal([]);
    for (const [pod, facts] of Object.entries(network.facts.nodes)) {
      expect(added.facts.nodes[pod]).to.deep.equal(facts);
    }
    expect(added.facts.genesisSha256).to.equal(network.facts.genesisSha256);
    expect(added.facts.nodes["paw-validator-2"]?.unused).to.be.true;
  });

  it("none are made where none is lacking", async () => {
    const added = await newNodes({ validators: 1, sentries: 1, prefix: "cosmos", facts: network.facts });
    expect(added.facts).to.equal(network.facts);
    expect(added.nodeKeys).to.deep.equal({});
  });

  it("as files: the new keys beside facts of all nodes, without what a network has once", async () => {
    const folder = mkdtempSync(join(tmpdir(), "paw-add-"));
    try {
      const out = join(folder, "net");
      await writeFolder(out, await newNodes({ ...more, facts: network.facts }));
      expect(readdirSync(join(out, "secrets"))).to.have.members(["validators", "operators"]);
      const keys = readdirSync(join(out, "secrets", "validators", "priv_validator_key"));
      expect(keys).to.have.members(["paw-validator-1.json", "paw-validator-2.json"]);
      const facts = JSON.parse(readFileSync(join(out, "network.json"), "utf8")) as typeof network.facts;
      expect(Object.keys(facts.nodes)).to.have.members(["paw-validator-0", "paw-sentry-0", ...newPods]);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it("a stack without a network is told to make one", async () => {
    const paw = fileURLToPath(new URL("../../../ops/bin/paw.js", import.meta.url));
    const args = ["validators", "add", "--stack", "staging", "--count", "5", "--out", "never-made"];
    const done = await execa("node", [paw, ...args], { reject: false, all: true });
    expect(done.exitCode).to.equal(1);
    expect(done.all).to.contain("names no network yet").and.to.contain("paw validators init");
  });
});

describe("A19: keys for further nodes of the local cluster", () => {
  let api: ApiStandIn;
  let network: NewNetwork;
  before(async () => {
    network = await newNetwork(small);
  });
  beforeEach(async () => {
    api = await ApiStandIn.start();
    await writeCluster(api.kubeconfig, () => Promise.resolve(network));
  });
  afterEach(() => {
    api.stop();
  });
  const secrets = ["paw-validator-keys", "paw-node-keys", "paw-operator-keys"];

  /** Every entry that was there is there as it was. */
  function expectKept(before: Readonly<Record<string, Record<string, string>>>): void {
    for (const [name, entries] of Object.entries(before)) expect(api.secret(name)).to.include(entries);
  }
  const snapshot = (): Record<string, Record<string, string>> =>
    Object.fromEntries(secrets.map((name) => [name, api.secret(name)]));

  it("stand beside the old ones, and facts and keys agree", async () => {
    const before = snapshot();
    const facts = await addToCluster(api.kubeconfig, more);
    expectKept(before);
    expect(await readClusterNetwork(api.kubeconfig)).to.deep.equal(facts);
    for (const pod of ["paw-validator-0", "paw-validator-1", "paw-validator-2"]) {
      const key = JSON.parse(api.secret("paw-validator-keys")[`${pod}.json`] ?? "");
      expect(facts?.nodes[pod]?.consensusAddress).to.equal(key.address);
      expect(JSON.parse(api.secret("paw-operator-keys")[`${pod}.json`] ?? "")).to.have.keys(
        "address",
        "mnemonic",
      );
    }
    expect(Object.keys(api.secret("paw-node-keys"))).to.have.length(5);
    expect(api.secret("paw-genesis")["genesis.json"]).to.equal(network.genesis);
  });

  it("a second run changes nothing", async () => {
    await addToCluster(api.kubeconfig, more);
    const before = JSON.stringify([...api.objects]);
    expect(await addToCluster(api.kubeconfig, more)).to.be.undefined;
    expect(JSON.stringify([...api.objects])).to.equal(before);
  });

  it("killed after any step, the next run keeps what was made", async () => {
    for (let steps = 0; steps < 4; steps++) {
      api.objects.clear();
      api.left = Infinity;
      await writeCluster(api.kubeconfig, () => Promise.resolve(network));
      api.left = steps;
      const killed = await addToCluster(api.kubeconfig, more).catch((error: unknown) => error);
      expect(killed, `after ${steps} steps`).to.be.instanceOf(Error);
      const before = snapshot();
      api.left = Infinity;
      const facts = await addToCluster(api.kubeconfig, more);
      expectKept(before);
      const { faults } = parseNetwork(facts, { validators: 3, sentries: 2, fullNodes: 1 });
      expect(faults).to.deep.equal([]);
      for (const [file, content] of Object.entries(api.secret("paw-validator-keys"))) {
        const address = facts?.nodes[file.replace(".json", "")]?.consensusAddress;
        expect(address).to.equal(JSON.parse(content).address);
      }
    }
  }).timeout(20_000);

  it("a Secret that somebody else changes meanwhile is not overwritten", async () => {
    const path = "/api/v1/namespaces/paw/secrets/paw-validator-keys";
    const [first, second] = await Promise.allSettled([
      addToCluster(api.kubeconfig, more),
      addToCluster(api.kubeconfig, more),
    ]);
    expect([first.status, second.status]).to.include("rejected");
    const facts = await readClusterNetwork(api.kubeconfig);
    expect(api.objects.has(path)).to.be.true;
    for (const [file, content] of Object.entries(api.secret("paw-validator-keys"))) {
      const known = facts?.nodes[file.replace(".json", "")];
      if (known !== undefined) expect(known.consensusAddress).to.equal(JSON.parse(content).address);
    }
  });

  it("an entry that is no key stops it, without a word of its content", async () => {
    const path = "/api/v1/namespaces/paw/secrets/paw-validator-keys";
    const stored = api.objects.get(path);
    const bad = Buffer.from("top secret words").toString("base64");
    api.objects.set(path, { ...stored, data: { ...stored?.data, "paw-validator-1.json": bad } });
    const before = JSON.stringify([...api.objects]);
    const refused = await addToCluster(api.kubeconfig, more).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(UserError);
    expect(String(refused)).to.contain("nothing was changed").and.not.to.contain("top secret");
    expect(JSON.stringify([...api.objects])).to.equal(before);
  });

  it("a cluster without a network is told to make one", async () => {
    api.objects.clear();
    const refused = await addToCluster(api.kubeconfig, more).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(UserError);
    expect(String(refused)).to.contain("no network yet");
  });
});
