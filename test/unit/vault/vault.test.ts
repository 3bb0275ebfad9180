import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";
import { execa } from "execa";

import { type SimulatedVault, startVault, token } from "./simulatedVault.ts";

const paw = fileURLToPath(new URL("../../../ops/bin/paw.js", import.meta.url));

/** Planted values: none may appear in what is printed. */
const planted = {
  "validators/priv_validator_key/paw-validator-0.json": '{"planted":"consensus-zero"}',
  "validators/priv_validator_key/paw-validator-1.json": '{"planted":"consensus-one"}',
  "validators/node_key/paw-validator-0.json": '{"planted":"node-zero"}',
  "api/jwt_secret": "planted-jwt",
  "genesis/genesis.json": '{"chain_id":"planted-genesis"}',
  "backup/RESTIC_PASSWORD": "planted-restic",
};

describe("A19: paw vault init, on a simulated Vault", () => {
  let vault: SimulatedVault;
  let folder = "";

  beforeEach(async () => {
    vault = await startVault();
    folder = mkdtempSync(join(tmpdir(), "paw-test-"));
    for (const [name, content] of Object.entries(planted)) {
      const file = join(folder, "net", "secrets", name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content, { mode: 0o600 });
    }
  });
  afterEach(() => {
    vault.close();
    rmSync(folder, { recursive: true });
  });

  interface Outcome {
    readonly exitCode: number | undefined;
    readonly all: string;
  }
  const run = async (
    args: readonly string[],
    options: { env?: Record<string, string>; input?: string } = {},
  ): Promise<Outcome> => {
    const result = await execa(process.execPath, [paw, "vault", ...args], {
      cwd: folder,
      env: { VAULT_ADDR: vault.address, VAULT_TOKEN: token, VAULT_CACERT: "", HOME: folder, ...options.env },
      input: options.input ?? "",
      all: true,
      reject: false,
    });
    for (const value of [...Object.values(planted), "planted", token]) {
      expect(result.all.includes(value), "a planted value in the output").to.equal(false);
    }
    return { exitCode: result.exitCode, all: result.all };
  };
  const from = ["init", "--from", "net"];

  it("fills the paths as the ExternalSecrets read them, and says names alone", async () => {
    writeFileSync(join(folder, "tls.crt"), "planted-crt");
    writeFileSync(join(folder, "tls.key"), "planted-key");
    writeFileSync(join(folder, "restic.env"), "# store\nRESTIC_REPOSITORY=s3:planted-store\n");
    const tls = ["--tls-cert", "tls.crt", "--tls-key", "tls.key"];
    const outcome = await run([...from, ...tls, "--backup-env", "restic.env"]);
    expect(outcome.exitCode, outcome.all).to.equal(0);
    expect(Object.fromEntries(vault.data)).to.deep.equal({
      "paw/validators/priv_validator_key": {
        "paw-validator-0.json": planted["validators/priv_validator_key/paw-validator-0.json"],
        "paw-validator-1.json": planted["validators/priv_validator_key/paw-validator-1.json"],
      },
      "paw/validators/node_key": {
        "paw-validator-0.json": planted["validators/node_key/paw-validator-0.json"],
      },
      "paw/api/jwt_secret": { jwt_secret: "planted-jwt" },
      "paw/genesis/genesis_json": {
        genesis_json: Buffer.from(planted["genesis/genesis.json"]).toString("base64"),
      },
      "paw/tls/certificates": { "tls.crt": "planted-crt", "tls.key": "planted-key" },
      "paw/backup/restic": { RESTIC_PASSWORD: "planted-restic", RESTIC_REPOSITORY: "s3:planted-store" },
    });
    expect(outcome.all).to.contain("paw/logs/object_store"); // what is still missing
  });

  it("takes one path from standard input", async () => {
    const outcome = await run(["init", "--stdin", "paw/logs/object_store"], {
      input: JSON.stringify({ AWS_ACCESS_KEY_ID: "planted-id" }),
    });
    expect(outcome.exitCode, outcome.all).to.equal(0);
    expect(vault.data.get("paw/logs/object_store")).to.deep.equal({ AWS_ACCESS_KEY_ID: "planted-id" });
  });

  it("refuses to overwrite: names every path that is there, and writes none", async () => {
    vault.data.set("paw/api/jwt_secret", { jwt_secret: "older" });
    vault.data.set("paw/validators/node_key", { a: "older" });
    const outcome = await run(from);
    expect(outcome.exitCode).to.equal(1);
    expect(outcome.all).to.contain("paw/api/jwt_secret").and.to.contain("paw/validators/node_key");
    expect(outcome.all).to.contain("nothing was written");
    expect(vault.data.size).to.equal(2);
    expect(vault.data.get("paw/api/jwt_secret")).to.deep.equal({ jwt_secret: "older" });
  });

  it("of two at once one wins, and nothing is written twice", async () => {
    const [one, two] = await Promise.all([run(from), run(from)]);
    expect([one.exitCode, two.exitCode].filter((code) => code === 0).length).to.be.at.most(1);
    expect(vault.data.size).to.equal(5);
  });

  it("says what was written before Vault failed", async () => {
    vault.failAt = "paw/api/jwt_secret";
    const outcome = await run(from);
    expect(outcome.exitCode).to.equal(1);
    expect(outcome.all).to.contain("503").and.to.contain("written before: paw/validators/priv_validator_key");
  });

  it("--dry-run sends nothing, and needs no Vault", async () => {
    const outcome = await run([...from, "--dry-run"], { env: { VAULT_ADDR: "", VAULT_TOKEN: "" } });
    expect(outcome.exitCode, outcome.all).to.equal(0);
    expect(outcome.all).to.contain("paw-validator-1.json");
    expect(vault.data.size).to.equal(0);
  });

  it("warns of files that others can read", async () => {
    chmodSync(join(folder, "net", "secrets", "api", "jwt_secret"), 0o644);
    expect((await run([...from, "--dry-run"])).all).to.match(/warning: others can read .*jwt_secret/);
  });

  it("status shows what is missing, by whom it is read, and no value", async () => {
    vault.data.set("paw/api/jwt_secret", { jwt_secret: "planted" });
    const outcome = await run(["status", "--json"]);
    const found = JSON.parse(outcome.all) as { path: string; version: number; reader: string }[];
    expect(found.find(({ path }) => path === "paw/api/jwt_secret")).to.include({
      version: 1,
      reader: "paw-vault-api",
    });
    expect(found.filter(({ version }) => version === 0)).to.have.length(found.length - 1);
  });

  for (const [what, args, env, says] of [
    ["no address", from, { VAULT_ADDR: "" }, "VAULT_ADDR does not hold"],
    ["an address in the clear", from, { VAULT_ADDR: "http://vault.example.com:8200" }, "in the clear"],
    ["no token", from, { VAULT_TOKEN: "" }, "there is no token"],
    ["a token that is refused", from, { VAULT_TOKEN: "wrong" }, "403 permission denied"],
    ["a server that is not there", from, { VAULT_ADDR: "http://127.0.0.1:1" }, "did not answer"],
    [
      "a certificate file that Node would not read",
      from,
      { VAULT_CACERT: "ca.crt", NODE_EXTRA_CA_CERTS: "" },
      "NODE_EXTRA_CA_CERTS",
    ],
    ["a folder that is not there", ["init", "--from", "nowhere"], {}, "is not there"],
    ["a certificate without its key", ["init", "--tls-cert", "x"], {}, "belong together"],
    ["a path that nobody reads", ["init", "--stdin", "paw/other"], {}, "nobody would read paw/other"],
    [
      "input that is no object of texts",
      ["init", "--stdin", "paw/api/jwt_secret"],
      {},
      "JSON object of texts",
    ],
    ["nothing at all", ["init"], {}, "nothing to write was named"],
  ] as const) {
    it(`${what} is one clear message`, async () => {
      const outcome = await run(args, { env, input: '{"planted": 5}' });
      expect(outcome.exitCode).to.equal(1);
      expect(outcome.all).to.contain(says);
      expect(outcome.all).not.to.match(/\n\s+at /);
      expect(vault.data.size).to.equal(0);
    });
  }
});
