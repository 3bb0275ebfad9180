import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";
import { execa } from "execa";

import { Signer, feeFor, readMnemonic } from "../../../ops/src/chain/signer.ts";
import { allHold } from "../../../ops/src/running/checks.ts";
import { UserError } from "../../../ops/src/errors.ts";

const paw = fileURLToPath(new URL("../../../ops/bin/paw.js", import.meta.url));
/** The test vector of BIP 39 whose entropy is all zeros, and its first Cosmos account (also in cosmjs' own tests). */
const words = `${"abandon ".repeat(11)}about`;

describe("A23: who signs", () => {
  let folder: string;
  before(() => (folder = mkdtempSync(join(tmpdir(), "paw-signer-"))));
  after(() => {
    rmSync(folder, { recursive: true });
  });

  const file = (content: string, mode = 0o600): string => {
    const path = join(folder, "words");
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  };
  const refusal = (path: string): string => {
    try {
      readMnemonic(path);
    } catch (error) {
      expect(error).to.be.instanceOf(UserError);
      return [(error as UserError).message, ...(error as UserError).hints].join("\n");
    }
    return "none";
  };

  it("reads words, and the JSON of an operator's key", () => {
    expect(readMnemonic(file(`${words}\n`))).to.equal(words);
    expect(readMnemonic(file(`  ${words.replaceAll(" ", "\n")} `))).to.equal(words);
    expect(readMnemonic(file(JSON.stringify({ address: "x", mnemonic: words })))).to.equal(words);
  });

  it("refuses a file that others can read", function () {
    if (process.platform === "win32") return this.skip();
    expect(refusal(file(words, 0o640))).to.match(/others can read .*\(mode 640\)\nchmod 600/);
  });

  it("refuses what is no mnemonic, and never says what it holds", () => {
    for (const content of ["", "abandon about", `${words} abandon`, "{ abandon", '{"key": "abandon"}']) {
      const said = refusal(file(content));
      expect(said).to.include("holds no mnemonic");
      expect(said).not.to.include("abandon");
    }
    expect(refusal(join(folder, "nothing"))).to.include("cannot be read: ENOENT");
  });

  it("has the account of BIP 39's and SLIP 44's path, with the chain's own prefix", async () => {
    const signer = await Signer.of(words, "cosmos");
    expect(signer.address).to.equal("cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4");
    expect(signer.validatorAddress).to.match(/^cosmosvaloper19rl4cm2hmr8afy4kldpxz3fka4jguq0/);
    expect((await Signer.of(words, "paw")).address).to.match(/^paw19rl4cm2hmr8afy4kldpxz3fka4jguq0/);
    const wrong = await Signer.of(words.replace("about", "abandon"), "paw").catch((error: unknown) =>
      String(error),
    );
    expect(wrong).to.include("the words are no mnemonic").and.not.to.include("abandon");
  });

  it("a fee is the least price times the gas, rounded up, of the first coin", () => {
    expect(feeFor(200_000, "0.025upaw")).to.deep.equal([{ denom: "upaw", amount: "5000" }]);
    expect(feeFor(3, "0.5uatom,1stake")).to.deep.equal([{ denom: "uatom", amount: "2" }]);
    expect(feeFor(200_000, "0stake")).to.deep.equal([]);
  });

  it("as typed: two mnemonics from one standard input, and a peer without an account, are refused before anything is asked", async () => {
    const kubeconfig = join(folder, "kubeconfig");
    writeFileSync(kubeconfig, "apiVersion: v1\nkind: Config\nclusters: []\ncontexts: []\nusers: []\n");
    const run = async (...args: string[]): Promise<{ exitCode: number | undefined; all: string }> => {
      const { exitCode, all } = await execa(process.execPath, [paw, "test", ...args], {
        ...{ all: true, reject: false, input: words },
        env: { NO_COLOR: "1", KUBECONFIG: kubeconfig },
      });
      return { exitCode, all };
    };
    const twice = await run("integration", "--mnemonic-file", "-", "--mnemonic-file", "-");
    expect(twice.exitCode).to.equal(1);
    expect(twice.all).to.include("standard input holds one mnemonic");
    expect((await run("integration", "--ibc-peer", "http://x")).all).to.include("belong together");
    expect((await run("integration", "--wait", "soon")).exitCode).to.equal(2);
    const id = await run("smoke", "--only", "blokcs");
    expect(id.all).to.include("there is no check blokcs").and.to.include("node-rpc, blocks, health");
    expect((await run("smoke", "--accept", "a b")).exitCode).to.equal(2);
    const nobody = await run("smoke");
    expect(nobody.exitCode).to.equal(1);
    expect(nobody.all).to.include('the kubeconfig has no context "paw-local"');
  }).timeout(60_000);

  it("not evaluated is not good, but where it was accepted; a failure never is", () => {
    const of = (
      verdict: "proven" | "simulated" | "not evaluated" | "failed",
    ): { id: string; verdict: typeof verdict }[] => [{ id: "a", verdict }];
    expect(allHold(of("proven"), [])).to.be.true;
    expect(allHold(of("simulated"), [])).to.be.true;
    expect(allHold(of("not evaluated"), [])).to.be.false;
    expect(allHold(of("not evaluated"), ["a"])).to.be.true;
    expect(allHold(of("not evaluated"), ["b"])).to.be.false;
    expect(allHold(of("failed"), ["a"])).to.be.false;
  });
});
