/** `paw validators init` as it is typed, and its two targets. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import type { KubeConfig } from "@kubernetes/client-node";
import { expect } from "chai";
import { execa } from "execa";

import { UserError } from "../../../ops/src/errors.ts";
import { writeCluster } from "../../../ops/src/validators/cluster.ts";
import { gitWouldTake, writeFolder } from "../../../ops/src/validators/folder.ts";
import { type NewNetwork, newNetwork } from "../../../ops/src/validators/network.ts";
import { ApiStandIn } from "./apiStandIn.ts";

const project = fileURLToPath(new URL("../../../", import.meta.url));
const small = { validators: 1, sentries: 1, chainId: "paw-test-1", prefix: "cosmos", denom: "stake" };

/** All files below a folder. */
function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
}

describe("A19: paw validators init", () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "paw-init-"));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  const init = (...args: string[]) =>
    execa("node", [join(project, "ops/bin/paw.js"), "validators", "init", ...args], {
      reject: false,
      all: true,
    });

  it("writes files that nobody else can read, prints none of their secrets, and overwrites nothing", async () => {
    const out = join(folder, "net");
    const done = await init("--stack", "production", "--count", "4", "--out", out);
    expect(done.exitCode, done.all).to.equal(0);
    // Stake in what the nodes take as fees; Pulumi.production.yaml: minimumGasPrices: 0.025upaw
    const genesis = JSON.parse(readFileSync(join(out, "secrets/genesis/genesis.json"), "utf8"));
    expect(genesis.app_state.staking.params.bond_denom).to.equal("upaw");
    const secrets = filesIn(join(out, "secrets"));
    expect(secrets.length).to.be.greaterThan(4 * 3);
    for (const file of secrets) {
      expect(statSync(file).mode & 0o777, file).to.equal(0o600);
      const text = readFileSync(file, "utf8");
      const values = [...text.matchAll(/"(?:value|mnemonic)": ?"([^"]{40,})"/g)].map(
        ([, value = ""]) => value,
      );
      const all = file.includes("jwt") || file.includes("RESTIC") ? [text] : values;
      const open = new Set(file.includes("priv_validator_key") ? all.slice(0, 1) : []);
      for (const value of all.filter((each) => !open.has(each))) expect(done.all).not.to.contain(value);
    }
    expect(statSync(join(out, "secrets")).mode & 0o777).to.equal(0o700);
    const before = filesIn(out).map((file) => readFileSync(file, "utf8"));
    const again = await init("--stack", "production", "--out", out);
    expect(again.exitCode).to.equal(1);
    expect(again.all).to.contain("is there already; nothing was changed");
    expect(filesIn(out).map((file) => readFileSync(file, "utf8"))).to.deep.equal(before);
    expect(readdirSync(folder), "drafts").to.deep.equal(["net"]);
  }).timeout(20_000);

  for (const [what, args, message] of [
    ["no validator", ["--count", "0"], /whole number from 1 to 100/],
    ["a number below zero", ["--count=-2"], /whole number from 1 to 100/],
    ["more than a hundred", ["--count", "101"], /whole number from 1 to 100/],
    ["a chain id with blanks", ["--chain-id", "paw 1"], /a letter first/],
    ["no folder outside local", ["--stack", "production"], /needs --out/],
    [
      "a template that is none",
      ["--out", "/nowhere/x", "--genesis-template", "/nowhere/y"],
      /cannot be read/,
    ],
  ] as const) {
    it(`refuses ${what}, in one message and with a code`, async () => {
      const done = await init(...args);
      expect(done.exitCode).to.be.oneOf([1, 2]);
      expect(done.all).to.match(message);
      expect(done.all).not.to.contain("    at ");
    });
  }

  it("three validators come with a warning", async () => {
    const done = await init("--stack", "staging", "--count", "3", "--out", join(folder, "net"));
    expect(done.stderr).to.contain("four survive the loss of one");
  });

  it("says when git would take the secrets along", async () => {
    await execa("git", ["init", "--quiet"], { cwd: folder });
    mkdirSync(join(folder, "net"));
    expect(await gitWouldTake(join(folder, "net"))).to.be.true;
    expect(await gitWouldTake(tmpdir())).to.be.false;
  });

  it("a folder that somebody else fills meanwhile is left alone, and no draft stays", async () => {
    const out = join(folder, "net");
    const network = await newNetwork(small);
    const outcomes = await Promise.allSettled([writeFolder(out, network), writeFolder(out, network)]);
    expect(outcomes.filter(({ status }) => status === "fulfilled")).to.have.length(1);
    expect(existsSync(join(out, "network.json"))).to.be.true;
    expect(readdirSync(folder)).to.deep.equal(["net"]);
  });
});

describe("A19: a network in the local cluster", () => {
  let api: ApiStandIn;
  let objects: ApiStandIn["objects"];
  let kubeconfig: KubeConfig;
  let made: number;

  beforeEach(async () => {
    api = await ApiStandIn.start();
    ({ objects, kubeconfig } = api);
    made = 0;
  });
  afterEach(() => {
    api.stop();
  });

  const make = async (): Promise<NewNetwork> => {
    made++;
    return newNetwork(small);
  };
  const secret = (name: string): Record<string, string> => api.secret(name);

  it("leaves the Secrets that pods mount, the facts, and no draft", async () => {
    const { facts } = await writeCluster(kubeconfig, make);
    expect([...objects.keys()].map((key) => key.split("/").at(-1))).to.have.members([
      "paw",
      "paw-validator-keys",
      "paw-node-keys",
      "paw-genesis",
      "paw-operator-keys",
      "paw-api-jwt",
      "paw-backup",
      "paw-network",
    ]);
    expect(JSON.parse(secret("paw-validator-keys")["paw-validator-0.json"] ?? "").address).to.equal(
      facts.nodes["paw-validator-0"]?.consensusAddress,
    );
  });

  it("refuses where a network is, and changes nothing", async () => {
    await writeCluster(kubeconfig, make);
    const before = JSON.stringify([...objects]);
    const refused = await writeCluster(kubeconfig, make).catch((error: unknown) => error);
    expect(refused).to.be.instanceOf(UserError);
    expect(JSON.stringify([...objects])).to.equal(before);
    expect(made).to.equal(1);
  });

  it("refuses where keys of unknown origin are", async () => {
    objects.set("/api/v1/namespaces/paw/secrets/paw-validator-keys", { data: {} });
    const refused = await writeCluster(kubeconfig, make).catch((error: unknown) => error);
    expect(String(refused))
      .to.contain("paw/paw-validator-keys is there")
      .and.to.contain("nothing was changed");
    expect(made).to.equal(0);
  });

  it("killed after any step, the next run ends with the first run's keys", async () => {
    for (let steps = 0; steps < 9; steps++) {
      objects.clear();
      made = 0;
      api.left = steps;
      const first = await writeCluster(kubeconfig, make).catch(() => undefined);
      const keys = secret("paw-validator-keys")["paw-validator-0.json"];
      const drafted = objects.has("/api/v1/namespaces/paw/secrets/paw-network-draft");
      api.left = Infinity;
      const second = first ?? (await writeCluster(kubeconfig, make));
      expect(second.resumed, `after ${steps} steps`).to.equal(first === undefined && drafted);
      if (keys !== undefined) expect(secret("paw-validator-keys")["paw-validator-0.json"]).to.equal(keys);
      expect(objects.has("/api/v1/namespaces/paw/configmaps/paw-network")).to.be.true;
      expect(objects.has("/api/v1/namespaces/paw/secrets/paw-network-draft")).to.be.false;
    }
  }).timeout(20_000);
});
