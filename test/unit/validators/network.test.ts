import { createHash, createPrivateKey } from "node:crypto";

import { Secp256k1, Secp256k1Signature, sha256 } from "@cosmjs/crypto";
import { makeAuthInfoBytes, makeSignBytes, makeSignDoc, encodePubkey } from "@cosmjs/proto-signing";
import { expect } from "chai";
import { PubKey } from "cosmjs-types/cosmos/crypto/ed25519/keys";
import { MsgCreateValidator } from "cosmjs-types/cosmos/staking/v1beta1/tx";
import { TxBody } from "cosmjs-types/cosmos/tx/v1beta1/tx";

import { parseNetwork } from "../../../config/rules.ts";
import { newConsensusKey, newNodeKey, rawKey } from "../../../ops/src/validators/keys.ts";
import { type NewNetwork, newNetwork } from "../../../ops/src/validators/network.ts";

/* eslint-disable @typescript-eslint/no-explicit-any -- a genesis is read as it was written */

const args = { validators: 3, sentries: 2, chainId: "paw-test-1", prefix: "cosmos", denom: "upaw" };

/** A private key of RFC 8032, section 7.1 (test 1), and its public half as given there. */
const rfc8032 = {
  seed: "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
  publicKey: "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
};
const fromSeed = (seed: string) =>
  rawKey(
    createPrivateKey({
      key: Buffer.concat([Buffer.from("302e020100300506032b657004220420", "hex"), Buffer.from(seed, "hex")]),
      format: "der",
      type: "pkcs8",
    }),
  );

describe("A19: keys in CometBFT's formats", () => {
  const digest = createHash("sha256")
    .update(Buffer.from(rfc8032.publicKey, "hex"))
    .digest("hex")
    .slice(0, 40);

  it("a consensus key: address, public and private half of a known key", () => {
    const key = newConsensusKey(fromSeed(rfc8032.seed));
    const file = JSON.parse(key.file);
    expect(file.address).to.equal(digest.toUpperCase());
    expect(file.pub_key).to.deep.equal({
      type: "tendermint/PubKeyEd25519",
      value: Buffer.from(rfc8032.publicKey, "hex").toString("base64"),
    });
    expect(file.priv_key).to.deep.equal({
      type: "tendermint/PrivKeyEd25519",
      value: Buffer.from(rfc8032.seed + rfc8032.publicKey, "hex").toString("base64"),
    });
  });

  it("a node key: the id is the digest of the public half", () => {
    expect(newNodeKey(fromSeed(rfc8032.seed)).id).to.equal(digest);
  });

  it("no two are alike", () => {
    expect(new Set(Array.from({ length: 50 }, () => newConsensusKey().address)).size).to.equal(50);
  });
});

describe("A19: a new network", () => {
  let network: NewNetwork;
  let genesis: any;
  before(async () => {
    network = await newNetwork(args);
    genesis = JSON.parse(network.genesis);
  });

  it("its facts fit the program, and hold nothing secret", () => {
    const { faults } = parseNetwork(network.facts, { validators: 3, sentries: 2, fullNodes: 1 });
    expect(faults).to.deep.equal([]);
    const text = JSON.stringify(network.facts);
    for (const file of [...Object.values(network.consensusKeys), ...Object.values(network.nodeKeys)]) {
      expect(text).not.to.contain(JSON.parse(file).priv_key.value);
    }
  });

  it("the hash in the facts is that of the genesis, byte by byte", () => {
    const hash = createHash("sha256").update(Buffer.from(network.genesis)).digest("hex");
    expect(network.facts.genesisSha256).to.equal(hash);
  });

  it("there is a key for each validator, and a node key for each validator and sentry", () => {
    expect(Object.keys(network.consensusKeys)).to.deep.equal([0, 1, 2].map((i) => `paw-validator-${i}.json`));
    expect(Object.keys(network.nodeKeys)).to.have.length(5);
    for (const [file, content] of Object.entries(network.consensusKeys)) {
      const pod = file.replace(".json", "");
      expect(network.facts.nodes[pod]?.consensusAddress).to.equal(JSON.parse(content).address);
      expect(network.facts.nodes[pod]?.unused).to.be.true;
    }
  });

  it("every validator stakes the same, and the bank's sums are right", () => {
    const { bank, genutil, staking } = genesis.app_state;
    const stakes = genutil.gen_txs.map((tx: any) => tx.body.messages[0].value);
    expect(new Set(stakes.map((stake: any) => JSON.stringify(stake))).size).to.equal(1);
    const held = bank.balances.reduce((sum: bigint, each: any) => sum + BigInt(each.coins[0].amount), 0n);
    expect(bank.supply).to.deep.equal([{ denom: "upaw", amount: String(held) }]);
    expect(BigInt(bank.balances[0].coins[0].amount) > BigInt(stakes[0].amount)).to.be.true;
    expect(staking.params.bond_denom).to.equal("upaw");
    expect(JSON.stringify(genesis)).not.to.contain('"stake"');
  });

  it("every genesis transaction is signed by its own account, over what it says", () => {
    for (const [index, tx] of genesis.app_state.genutil.gen_txs.entries()) {
      const message = tx.body.messages[0];
      const consensus = JSON.parse(network.consensusKeys[`paw-validator-${index}.json`] ?? "{}");
      expect(message.pubkey.key).to.equal(consensus.pub_key.value);
      const value = MsgCreateValidator.encode(
        MsgCreateValidator.fromPartial({
          description: { moniker: message.description.moniker },
          commission: {
            rate: message.commission.rate.replace(/^0\.0*/, ""),
            maxRate: message.commission.max_rate.replace(/^0\.0*/, ""),
            maxChangeRate: message.commission.max_change_rate.replace(/^0\.0*/, ""),
          },
          minSelfDelegation: message.min_self_delegation,
          delegatorAddress: message.delegator_address,
          validatorAddress: message.validator_address,
          pubkey: {
            typeUrl: message.pubkey["@type"],
            value: PubKey.encode({ key: Buffer.from(message.pubkey.key, "base64") }).finish(),
          },
          value: message.value,
        }),
      ).finish();
      const body = TxBody.encode(
        TxBody.fromPartial({ messages: [{ typeUrl: message["@type"], value }] }),
      ).finish();
      const account = tx.auth_info.signer_infos[0].public_key.key;
      const pubkey = encodePubkey({ type: "tendermint/PubKeySecp256k1", value: account });
      const gas = Number(tx.auth_info.fee.gas_limit);
      const auth = makeAuthInfoBytes([{ pubkey, sequence: 0 }], [], gas, undefined, undefined);
      const signed = sha256(makeSignBytes(makeSignDoc(body, auth, "paw-test-1", 0)));
      const signature = Secp256k1Signature.fromFixedLength(Buffer.from(tx.signatures[0], "base64"));
      expect(Secp256k1.verifySignature(signature, signed, Buffer.from(account, "base64"))).to.be.true;
      const other = sha256(makeSignBytes(makeSignDoc(body, auth, "paw-test-2", 0)));
      expect(Secp256k1.verifySignature(signature, other, Buffer.from(account, "base64"))).to.be.false;
    }
  });

  it("private and public half of each key belong together", () => {
    for (const content of Object.values(network.consensusKeys)) {
      const { priv_key, pub_key } = JSON.parse(content);
      const seed = Buffer.from(priv_key.value, "base64").subarray(0, 32).toString("hex");
      expect(fromSeed(seed).publicKey.toString("base64")).to.equal(pub_key.value);
    }
  });
});
