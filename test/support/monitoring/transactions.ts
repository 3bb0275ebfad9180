/** Transactions of a validator's operator, so that a network has something to count. */
import {
  DirectSecp256k1HdWallet,
  type EncodeObject,
  Registry,
  encodePubkey,
  makeAuthInfoBytes,
  makeSignDoc,
} from "@cosmjs/proto-signing";
import { MsgSend } from "cosmjs-types/cosmos/bank/v1beta1/tx";
import { MsgBeginRedelegate, MsgDelegate, MsgUndelegate } from "cosmjs-types/cosmos/staking/v1beta1/tx";
import { SignMode } from "cosmjs-types/cosmos/tx/signing/v1beta1/signing";
import { TxRaw } from "cosmjs-types/cosmos/tx/v1beta1/tx";

const gasLimit = 400_000;
const denom = "stake";

export interface Ledger {
  /** A node's REST and RPC. */
  readonly rest: string;
  readonly rpc: string;
  readonly chainId: string;
  readonly prefix: string;
}

/** An account that sends transactions one after the other. */
export class Sender {
  readonly address: string;
  /** The same account in the form of a validator. */
  readonly validator: string;
  private readonly ledger: Ledger;
  private readonly wallet: DirectSecp256k1HdWallet;
  private readonly publicKey: Uint8Array;
  private readonly registry = new Registry(
    [MsgSend, MsgDelegate, MsgUndelegate, MsgBeginRedelegate].map((type) => [type.typeUrl, type]),
  );

  private constructor(
    ledger: Ledger,
    wallet: DirectSecp256k1HdWallet,
    own: { readonly address: string; readonly validator: string; readonly publicKey: Uint8Array },
  ) {
    this.ledger = ledger;
    this.wallet = wallet;
    this.address = own.address;
    this.validator = own.validator;
    this.publicKey = own.publicKey;
  }

  static async of(ledger: Ledger, mnemonic: string): Promise<Sender> {
    const { prefix } = ledger;
    const wallet = await DirectSecp256k1HdWallet.fromMnemonic(mnemonic, { prefix });
    const owner = await DirectSecp256k1HdWallet.fromMnemonic(mnemonic, { prefix: `${prefix}valoper` });
    const [account, validator] = [(await wallet.getAccounts())[0], (await owner.getAccounts())[0]];
    if (account === undefined || validator === undefined) throw new Error("a wallet has no account");
    return new Sender(ledger, wallet, {
      address: account.address,
      validator: validator.address,
      publicKey: account.pubkey,
    });
  }

  delegate(validator: string, amount: number): Promise<number> {
    const value = { delegatorAddress: this.address, validatorAddress: validator, amount: coin(amount) };
    return this.send({ typeUrl: MsgDelegate.typeUrl, value: MsgDelegate.fromPartial(value) });
  }

  undelegate(validator: string, amount: number): Promise<number> {
    const value = { delegatorAddress: this.address, validatorAddress: validator, amount: coin(amount) };
    return this.send({ typeUrl: MsgUndelegate.typeUrl, value: MsgUndelegate.fromPartial(value) });
  }

  redelegate(from: string, to: string, amount: number): Promise<number> {
    const value = {
      delegatorAddress: this.address,
      validatorSrcAddress: from,
      validatorDstAddress: to,
      amount: coin(amount),
    };
    return this.send({ typeUrl: MsgBeginRedelegate.typeUrl, value: MsgBeginRedelegate.fromPartial(value) });
  }

  pay(to: string, amount: number): Promise<number> {
    const value = { fromAddress: this.address, toAddress: to, amount: [coin(amount)] };
    return this.send({ typeUrl: MsgSend.typeUrl, value: MsgSend.fromPartial(value) });
  }

  /**
   * Signs a message, sends it, and waits until it is in a block.
   *
   * @returns the code of its execution: 0 where it succeeded.
   */
  private async send(message: EncodeObject): Promise<number> {
    const { number, sequence } = await this.account();
    const bodyBytes = this.registry.encodeTxBody({ messages: [message] });
    const key = { type: "tendermint/PubKeySecp256k1", value: Buffer.from(this.publicKey).toString("base64") };
    const authInfoBytes = makeAuthInfoBytes(
      [{ pubkey: encodePubkey(key), sequence }],
      [],
      gasLimit,
      undefined,
      undefined,
      SignMode.SIGN_MODE_DIRECT,
    );
    const document = makeSignDoc(bodyBytes, authInfoBytes, this.ledger.chainId, number);
    const { signature } = await this.wallet.signDirect(this.address, document);
    const signatures = [Buffer.from(signature.signature, "base64")];
    const raw = TxRaw.encode(TxRaw.fromPartial({ bodyBytes, authInfoBytes, signatures })).finish();
    const answer = await this.rpc(`broadcast_tx_sync?tx=0x${Buffer.from(raw).toString("hex")}`);
    const { code, log, hash } = answer.result as { code: number; log: string; hash: string };
    if (code !== 0) throw new Error(`the transaction was not taken: ${log}`);
    for (const end = Date.now() + 30_000; Date.now() < end;) {
      const found = await this.rpc(`tx?hash=0x${hash}`);
      const result = found.result as { tx_result: { code: number } } | undefined;
      if (result !== undefined) return result.tx_result.code;
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    throw new Error(`the transaction ${hash} was in no block within 30 s`);
  }

  private async account(): Promise<{ number: number; sequence: number }> {
    const response = await fetch(`${this.ledger.rest}/cosmos/auth/v1beta1/accounts/${this.address}`);
    const { account } = (await response.json()) as {
      account: { account_number: string; sequence: string };
    };
    return { number: Number(account.account_number), sequence: Number(account.sequence) };
  }

  private async rpc(path: string): Promise<{ result?: unknown }> {
    return (await (await fetch(`${this.ledger.rpc}/${path}`)).json()) as { result?: unknown };
  }
}

function coin(amount: number): { denom: string; amount: string } {
  return { denom, amount: String(amount) };
}
