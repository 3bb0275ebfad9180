import { verify } from "node:crypto";

import { stringToPath } from "@cosmjs/crypto";
import { DirectSecp256k1HdWallet } from "@cosmjs/proto-signing";
import { expect } from "chai";
import { MsgSend } from "cosmjs-types/cosmos/bank/v1beta1/tx";
import { AuthInfo, SignDoc, TxBody, TxRaw } from "cosmjs-types/cosmos/tx/v1beta1/tx";

import { moneyFor } from "../../../ops/src/commands/load.ts";
import { hashOf } from "../../../ops/src/load/blocks.ts";
import { Ledger } from "../../../ops/src/load/ledger.ts";
import { AccountPool, accountsFor } from "../../../ops/src/load/pool.ts";
import { planOf } from "../../../ops/src/load/profiles.ts";
import { deriveWallets, signPayment } from "../../../ops/src/load/wallets.ts";

/** The first test vector of BIP 39: everybody knows it, and nobody keeps money there. */
const mnemonic =
  "abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon abandon about";
/** Its address on the Cosmos Hub, as every wallet shows it. */
const known = "cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4";

describe("A26: accounts of a load", () => {
  it("are derived beside the funder's own, each by its path", async () => {
    const wallets = await deriveWallets(mnemonic, { prefix: "cosmos", count: 3 });
    const paths = [0, 1, 2].map((index) => stringToPath(`m/44'/118'/1'/0/${index}`));
    const other = await DirectSecp256k1HdWallet.fromMnemonic(mnemonic, { prefix: "cosmos", hdPaths: paths });
    expect(wallets.map(({ address }) => address)).to.deep.equal(
      (await other.getAccounts()).map(({ address }) => address),
    );
    expect(wallets.map(({ address }) => address)).not.to.include(known);
    const [funder] = await (await DirectSecp256k1HdWallet.fromMnemonic(mnemonic)).getAccounts();
    expect(funder?.address).to.equal(known);
  });

  it("sign a payment that says what it should, with a signature that OpenSSL takes", async () => {
    const [wallet] = await deriveWallets(mnemonic, { prefix: "paw", count: 1 });
    if (wallet === undefined) throw new Error("no wallet");
    const raw = await signPayment(
      { ...wallet, accountNumber: 7, sequence: 3 },
      {
        to: "paw1receiver",
        amount: { denom: "upaw", amount: "1" },
        chainId: "paw-test-1",
        gas: 150_000,
        fee: [{ denom: "upaw", amount: "3750" }],
      },
    );
    const { bodyBytes, authInfoBytes, signatures } = TxRaw.decode(raw);
    const [message] = TxBody.decode(bodyBytes).messages;
    expect(message?.typeUrl).to.equal("/cosmos.bank.v1beta1.MsgSend");
    expect(MsgSend.toJSON(MsgSend.decode(message?.value ?? new Uint8Array()))).to.deep.equal({
      fromAddress: wallet.address,
      toAddress: "paw1receiver",
      amount: [{ denom: "upaw", amount: "1" }],
    });
    const info = AuthInfo.decode(authInfoBytes);
    expect(info.signerInfos.map(({ sequence }) => sequence)).to.deep.equal([3n]);
    expect([info.fee?.gasLimit, info.fee?.amount]).to.deep.equal([
      150_000n,
      [{ denom: "upaw", amount: "3750" }],
    ]);
    const signed = SignDoc.encode({
      bodyBytes,
      authInfoBytes,
      chainId: "paw-test-1",
      accountNumber: 7n,
    }).finish();
    const key = {
      key: spki(wallet.publicKey),
      format: "der",
      type: "spki",
      dsaEncoding: "ieee-p1363",
    } as const;
    expect(verify("sha256", signed, key, signatures[0] ?? new Uint8Array())).to.be.true;
  });

  it("rest longest, go first; none has two on their way", () => {
    const accounts = ["a", "b", "c"].map((name) => ({ name, accountNumber: 1, sequence: 5 }));
    const pool = new AccountPool(accounts);
    const [a, b, c] = [pool.take(), pool.take(), pool.take()];
    expect([a?.name, b?.name, c?.name, pool.take(), pool.resting]).to.deep.equal([
      "a",
      "b",
      "c",
      undefined,
      0,
    ]);
    if (!a || !b) throw new Error("the pool was empty");
    pool.used(b);
    pool.corrected(a, 9);
    expect(pool.resting).to.equal(2);
    const [first, second] = [pool.take(), pool.take()];
    expect([first?.name, first?.sequence, second?.name, second?.sequence]).to.deep.equal(["b", 6, "a", 9]);
  });

  it("every sequence of every account is used once, over many turns", () => {
    const accounts = Array.from({ length: 37 }, (_, index) => ({ index, accountNumber: index, sequence: 0 }));
    const pool = new AccountPool(accounts);
    const used = new Set<string>();
    const busy: (typeof accounts)[number][] = [];
    for (let turn = 0; turn < 20_000; turn++) {
      const account = pool.take();
      if (account !== undefined) {
        const key = `${account.index}/${account.sequence}`;
        expect(used.has(key), key).to.be.false;
        used.add(key);
        busy.push(account);
      }
      // Answers come in any order, and in between many are out.
      if (busy.length > 30 || (account === undefined && busy.length > 0)) {
        const [back] = busy.splice((turn * 7) % busy.length, 1);
        if (back) pool.used(back);
      }
    }
    expect(used.size).to.be.greaterThan(15_000);
    expect(pool.resting + busy.length).to.equal(37);
  });

  it("there are enough for the rate and the blocks, and money for their share", () => {
    expect(accountsFor(10, 1)).to.equal(60);
    expect(accountsFor(1000, 6)).to.equal(20_010);
    // 3000 payments over 60 accounts are 50 each; half as much again and ten are 85, at 1 and a fee of 3750 each.
    expect(moneyFor(planOf("minimal", {}), 60, "3750")).to.equal(85n * 3751n);
    expect(moneyFor(planOf("minimal", {}), 60, "0")).to.equal(85n);
  });

  it("a transaction is known by the SHA-256 of its bytes", () => {
    expect(hashOf(Buffer.from("abc"))).to.equal(
      "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD",
    );
  });
});

describe("A26: the ledger of a load", () => {
  it("gives up what is in no block for too long, and nothing else", () => {
    const ledger = new Ledger<string>();
    for (const [index, name] of ["A", "B", "C"].entries())
      ledger.sent(name, { account: name, due: index * 1000 });
    ledger.seen("A", 0, 500);
    expect(ledger.expire(2000, "late")).to.deep.equal([{ account: "B", due: 1000 }]);
    expect([ledger.open, Object.fromEntries(ledger.failures)]).to.deep.equal([1, { late: 1 }]);
    expect(ledger.seen("B", 0, 3000), "it came after all, and is counted once").to.equal(undefined);
    expect(ledger.latencies).to.deep.equal([0.5]);
  });

  it("counts each once, from when it was due", () => {
    const ledger = new Ledger<string>();
    ledger.began(1000, 1050);
    ledger.sent("A", { account: "a", due: 1000 });
    ledger.sent("B", { account: "b", due: 1100 });
    ledger.sent("C", { account: "c", due: 1200 });
    ledger.sent("D", { account: "d", due: 1300 });
    expect(ledger.open).to.equal(4);
    expect(ledger.seen("A", 0, 3000)?.account).to.equal("a");
    expect(ledger.seen("A", 0, 4000), "seen twice").to.equal(undefined);
    expect(ledger.seen("elsewhere", 0, 4000)).to.equal(undefined);
    expect(ledger.seen("B", 11, 3500)?.account).to.equal("b");
    expect(ledger.refused("C", "full")?.account).to.equal("c");
    expect(ledger.refused("C", "full")).to.equal(undefined);
    ledger.lost("no account");
    ledger.close("late");
    expect(ledger.latencies).to.deep.equal([2]);
    expect(ledger.delays).to.deep.equal([0.05]);
    expect(ledger.lastIncluded).to.equal(3000);
    expect(Object.fromEntries(ledger.failures)).to.deep.equal({
      "failed in its block with code 11": 1,
      full: 1,
      "no account": 1,
      late: 1,
    });
    expect(ledger.open).to.equal(0);
  });
});

/** A compressed point on secp256k1 as SubjectPublicKeyInfo (RFC 5480): the header is the same for all of them. */
function spki(point: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from("3036301006072a8648ce3d020106052b8104000a032200", "hex"), point]);
}
