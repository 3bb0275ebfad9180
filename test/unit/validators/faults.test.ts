/** What may go wrong around `paw validators init`, each with a word of help and no trace. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, watch, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";
import { execa } from "execa";

import { UserError } from "../../../ops/src/errors.ts";
import { readClusterNetwork, removeDraft, writeCluster } from "../../../ops/src/validators/cluster.ts";
import { genesisText, readTemplate } from "../../../ops/src/validators/genesis.ts";
import { keyIn, newConsensusKey } from "../../../ops/src/validators/keys.ts";
import { newNetwork } from "../../../ops/src/validators/network.ts";
import { ApiStandIn } from "./apiStandIn.ts";

const paw = fileURLToPath(new URL("../../../ops/bin/paw.js", import.meta.url));
const small = { validators: 1, sentries: 1, chainId: "paw-test-1", prefix: "cosmos", denom: "stake" };

describe("A19: paw validators init, when something is wrong", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "paw-init-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const init = (...args: string[]) =>
    execa("node", [paw, "validators", "init", ...args], { reject: false, all: true });

  it("a folder that is a file, or below one, is refused in a sentence", async () => {
    const file = join(folder, "file");
    writeFileSync(file, "mine");
    const [itself, below] = await Promise.all([init("--out", file), init("--out", join(file, "net"))]);
    expect(itself.all).to.contain("is a file; nothing was changed");
    expect(below.all).to.contain("cannot be written");
    for (const { all, exitCode } of [itself, below]) {
      expect(exitCode).to.equal(1);
      expect(all).not.to.contain("    at ");
    }
    expect(readFileSync(file, "utf8")).to.equal("mine");
    expect(readdirSync(folder)).to.deep.equal(["file"]);
  }).timeout(20_000);

  it("killed while it writes: the folder is whole or not there, and the next run points at the rest", async () => {
    const out = join(folder, "net");
    const run = spawn("node", [paw, "validators", "init", "--count", "8", "--out", out], { stdio: "ignore" });
    const watcher = watch(folder, () => run.kill("SIGKILL"));
    await once(run, "exit");
    watcher.close();
    if (existsSync(out)) {
      expect(readdirSync(out)).to.have.members(["network.json", "secrets"]);
      return;
    }
    const [draft = "no draft"] = readdirSync(folder);
    const next = await init("--out", out);
    expect(next.exitCode, next.all).to.equal(0);
    expect(next.stderr).to.contain(join(folder, draft)).and.to.contain("killed");
  }).timeout(20_000);

  for (const [what, args] of [
    ["a denomination that the Cosmos SDK refuses", ["--denom", "1x"]],
    ["a prefix in capitals", ["--prefix", "PAW"]],
  ] as const) {
    it(`${what} is wrong usage`, async () => {
      const done = await init("--out", join(folder, "net"), ...args);
      expect(done.exitCode).to.equal(2);
      expect(readdirSync(folder)).to.be.empty;
    });
  }

  it("a template's own denomination is replaced wherever it stands, and no other text", () => {
    const template = join(folder, "template.json");
    const coin = [{ denom: "uown", amount: "1" }];
    const state = {
      auth: {},
      bank: {},
      genutil: {},
      staking: { params: { bond_denom: "uown" } },
      mint: { params: { mint_denom: "uown" }, note: "uown" },
      gov: { deposit: coin, other: [{ denom: "uelse", amount: "1" }] },
    };
    writeFileSync(template, JSON.stringify({ consensus: { params: { block: {} } }, app_state: state }));
    const args = { chainId: "paw-test-1", time: new Date(0), denom: "upaw", accounts: ["a"], gentxs: [] };
    const made = JSON.parse(genesisText({ ...args, template: readTemplate(template) }));
    expect(made.consensus_params).to.deep.equal({ block: {} });
    expect(made.app_state.staking.params.bond_denom).to.equal("upaw");
    expect(made.app_state.mint).to.deep.equal({ params: { mint_denom: "upaw" }, note: "uown" });
    expect(made.app_state.gov).to.deep.equal({
      deposit: [{ denom: "upaw", amount: "1" }],
      other: [{ denom: "uelse", amount: "1" }],
    });
  });

  it("a file that is no key is refused without a word of its content", () => {
    const secret = newConsensusKey();
    expect(newConsensusKey(keyIn(secret.file))).to.deep.equal(secret);
    for (const content of [
      "c2VjcmV0IHdvcmRz",
      '"c2VjcmV0IHdvcmRz"',
      '{"priv_key":{"value":"c2VjcmV0IHdvcmRz"}}',
    ]) {
      expect(() => keyIn(content)).to.throw(/^no Ed25519 key/);
    }
  });
});

describe("A19: the local cluster, when something is wrong", () => {
  let api: ApiStandIn;
  beforeEach(async () => {
    api = await ApiStandIn.start();
  });
  afterEach(() => {
    api.stop();
  });
  const path = (kind: string, name: string): string => `/api/v1/namespaces/paw/${kind}/${name}`;

  it("accounts of another network stop it: the new genesis would not have them", async () => {
    api.objects.set(path("secrets", "paw-operator-keys"), { data: {} });
    const refused = await writeCluster(api.kubeconfig, () => newNetwork(small)).catch((e: unknown) => e);
    expect(refused).to.be.instanceOf(UserError);
    expect(String(refused)).to.contain("paw-operator-keys");
    expect(api.objects.has(path("configmaps", "paw-network"))).to.be.false;
    expect(api.objects.has(path("secrets", "paw-network-draft"))).to.be.false;
  });

  it("facts that are none are said to be none, not taken for a network", async () => {
    for (const data of [{}, { "network.json": "{" }, { "network.json": '{"chainId":"x"}' }]) {
      api.objects.set(path("configmaps", "paw-network"), { data });
      const refused = await readClusterNetwork(api.kubeconfig).catch((error: unknown) => error);
      expect(refused, JSON.stringify(data)).to.be.instanceOf(UserError);
    }
  });

  it("the draft that a run killed at its very end left can be removed, once and again", async () => {
    api.objects.set(path("secrets", "paw-network-draft"), {});
    await removeDraft(api.kubeconfig);
    await removeDraft(api.kubeconfig);
    expect(api.objects.size).to.equal(0);
  });
});
