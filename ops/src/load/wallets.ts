/** Accounts of a load: derived from the funder's mnemonic, so that what is left on them is never lost. */
import { Bip39, EnglishMnemonic, Slip10, Slip10Curve, Slip10RawIndex } from "@cosmjs/crypto";
import { DirectSecp256k1Wallet, encodePubkey, makeAuthInfoBytes, makeSignDoc } from "@cosmjs/proto-signing";
import { MsgSend } from "cosmjs-types/cosmos/bank/v1beta1/tx";
import { SignMode } from "cosmjs-types/cosmos/tx/signing/v1beta1/signing";
import { TxBody, TxRaw } from "cosmjs-types/cosmos/tx/v1beta1/tx";

import { type Coin, message } from "../chain/signer.ts";
import type { Numbered } from "./pool.ts";

/**
 * SLIP-44's number of the Cosmos Hub's coin, and the second account of a mnemonic (`m/44'/118'/1'/0/i`): wallets use the
 * first one, so that a load never touches what a person holds.
 */
const [purpose, coinType, loadAccount] = [44, 118, 1];

/** One account, with its key in memory. */
export interface Wallet {
  readonly address: string;
  readonly publicKey: Uint8Array;
  readonly signer: DirectSecp256k1Wallet;
}

/**
 * Derives accounts. Takes some milliseconds for each.
 *
 * @param prefix of the chain's addresses, such as `cosmos`.
 */
export async function deriveWallets(
  mnemonic: string,
  { prefix, count }: { readonly prefix: string; readonly count: number },
): Promise<Wallet[]> {
  const seed = await Bip39.mnemonicToSeed(new EnglishMnemonic(mnemonic));
  const base = [purpose, coinType, loadAccount].map((index) => Slip10RawIndex.hardened(index));
  const wallets: Wallet[] = [];
  for (let index = 0; index < count; index++) {
    const path = [...base, Slip10RawIndex.normal(0), Slip10RawIndex.normal(index)];
    const { privkey } = Slip10.derivePath(Slip10Curve.Secp256k1, seed, path);
    const signer = await DirectSecp256k1Wallet.fromKey(privkey, prefix);
    const [account] = await signer.getAccounts();
    if (account === undefined) throw new Error("a wallet has no account");
    wallets.push({ address: account.address, publicKey: account.pubkey, signer });
  }
  return wallets;
}

/** An account of the load that the chain knows. */
export interface LoadAccount extends Wallet, Numbered {}

export interface Payment {
  readonly to: string;
  readonly amount: Coin;
  readonly chainId: string;
  readonly gas: number;
  readonly fee: readonly Coin[];
}

/** A signed transaction that pays, as bytes. */
export async function signPayment(from: LoadAccount, payment: Payment): Promise<Uint8Array> {
  const { to, amount, chainId, gas, fee } = payment;
  const send = message(MsgSend, { fromAddress: from.address, toAddress: to, amount: [amount] });
  const bodyBytes = TxBody.encode(TxBody.fromPartial({ messages: [send] })).finish();
  const value = Buffer.from(from.publicKey).toString("base64");
  const pubkey = encodePubkey({ type: "tendermint/PubKeySecp256k1", value });
  const authInfoBytes = makeAuthInfoBytes(
    [{ pubkey, sequence: from.sequence }],
    fee,
    gas,
    undefined,
    undefined,
    SignMode.SIGN_MODE_DIRECT,
  );
  const document = makeSignDoc(bodyBytes, authInfoBytes, chainId, from.accountNumber);
  const { signature } = await from.signer.signDirect(from.address, document);
  const signatures = [new Uint8Array(Buffer.from(signature.signature, "base64"))];
  return TxRaw.encode(TxRaw.fromPartial({ bodyBytes, authInfoBytes, signatures })).finish();
}
