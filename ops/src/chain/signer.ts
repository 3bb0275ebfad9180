/** An account that signs: its mnemonic comes from a file or from standard input, and is never printed. */
import { readFileSync, statSync } from "node:fs";

import { DirectSecp256k1HdWallet, encodePubkey, makeAuthInfoBytes, makeSignDoc } from "@cosmjs/proto-signing";
import { BaseAccount } from "cosmjs-types/cosmos/auth/v1beta1/auth";
import { QueryAccountRequest, QueryAccountResponse } from "cosmjs-types/cosmos/auth/v1beta1/query";
import { SignMode } from "cosmjs-types/cosmos/tx/signing/v1beta1/signing";
import { TxBody, TxRaw } from "cosmjs-types/cosmos/tx/v1beta1/tx";
import type { DeepPartial } from "cosmjs-types/helpers";

import { UserError } from "../errors.ts";
import { type CometRpc, type Executed, RpcError } from "./rpc.ts";

/** A message of a transaction, encoded. */
export interface Message {
  readonly typeUrl: string;
  readonly value: Uint8Array;
}

/** What cosmjs-types generates for each kind of message, as far as it matters here. */
interface MessageType<T> {
  readonly typeUrl: string;
  fromPartial(value: never): T;
  encode(value: T): { finish(): Uint8Array };
}

/** Encodes a message of a kind of cosmjs-types; fields that are not given have their zero value. */
export function message<T>(type: MessageType<T>, value: DeepPartial<T>): Message {
  return { typeUrl: type.typeUrl, value: type.encode(type.fromPartial(value as never)).finish() };
}

export interface Coin {
  readonly denom: string;
  readonly amount: string;
}

/** What a signature depends on beside the messages. */
export interface SignData {
  readonly chainId: string;
  readonly accountNumber: number;
  readonly sequence: number;
  readonly gas: number;
  readonly fee: readonly Coin[];
}

/**
 * Reads a mnemonic.
 *
 * @param source a file that its owner alone can read, or `-` for standard input. Words, or JSON with a field `mnemonic` as
 *   `paw validators init` writes it.
 * @throws UserError naming the file and what is wrong; never with its content.
 */
export function readMnemonic(source: string): string {
  const text = source === "-" ? readInput() : readPrivate(source);
  let words = text.trim();
  if (words.startsWith("{")) {
    try {
      const { mnemonic } = JSON.parse(words) as { mnemonic?: unknown };
      words = typeof mnemonic === "string" ? mnemonic.trim() : "";
    } catch {
      words = ""; // the parser's own words would quote the content
    }
  }
  const count = words === "" ? 0 : words.split(/\s+/).length;
  if (![12, 15, 18, 21, 24].includes(count)) {
    throw new UserError(`${named(source)} holds no mnemonic: ${count} words where 12 to 24 were expected`, [
      "it holds the words alone, or the JSON of an operator's key that paw validators init made",
    ]);
  }
  return words.split(/\s+/).join(" ");
}

const named = (source: string): string => (source === "-" ? "standard input" : source);

function readInput(): string {
  if (process.stdin.isTTY) {
    throw new UserError("the mnemonic is read from standard input, which is a terminal", [
      "pipe it in from where your secrets are kept, or name a file",
    ]);
  }
  return readFileSync(0, "utf8");
}

function readPrivate(file: string): string {
  try {
    const { mode } = statSync(file);
    // Windows has no such bits.
    if (process.platform !== "win32" && (mode & 0o077) !== 0) {
      throw new UserError(`others can read ${file} (mode ${(mode & 0o777).toString(8)})`, [
        `chmod 600 ${file}`,
      ]);
    }
    return readFileSync(file, "utf8");
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "no reason"}`);
  }
}

/** A wallet with one account. */
export class Signer {
  readonly address: string;
  /** The same account in the form of a validator's owner. */
  readonly validatorAddress: string;
  private readonly wallet: DirectSecp256k1HdWallet;
  private readonly publicKey: Uint8Array;

  private constructor(
    wallet: DirectSecp256k1HdWallet,
    own: { readonly address: string; readonly validatorAddress: string; readonly publicKey: Uint8Array },
  ) {
    this.wallet = wallet;
    this.address = own.address;
    this.validatorAddress = own.validatorAddress;
    this.publicKey = own.publicKey;
  }

  /**
   * @param prefix of the chain's addresses, such as `cosmos`.
   * @throws UserError when the words are no mnemonic; it does not name them.
   */
  static async of(mnemonic: string, prefix: string): Promise<Signer> {
    const open = (form: string): Promise<DirectSecp256k1HdWallet> =>
      DirectSecp256k1HdWallet.fromMnemonic(mnemonic, { prefix: form }).catch(() => {
        throw new UserError("the words are no mnemonic: one is unknown, or their checksum is wrong");
      });
    const wallet = await open(prefix);
    const [account] = await wallet.getAccounts();
    const [owner] = await (await open(`${prefix}valoper`)).getAccounts();
    if (account === undefined || owner === undefined) throw new Error("a wallet has no account");
    const { address, pubkey: publicKey } = account;
    return new Signer(wallet, { address, validatorAddress: owner.address, publicKey });
  }

  /** A signed transaction's bytes. */
  async sign(messages: readonly Message[], data: SignData): Promise<Uint8Array> {
    const body = TxBody.fromPartial({ messages: [...messages] });
    const bodyBytes = TxBody.encode(body).finish();
    const value = Buffer.from(this.publicKey).toString("base64");
    const pubkey = encodePubkey({ type: "tendermint/PubKeySecp256k1", value });
    const { sequence, fee, gas } = data;
    const authInfoBytes = makeAuthInfoBytes(
      [{ pubkey, sequence }],
      fee,
      gas,
      undefined,
      undefined,
      SignMode.SIGN_MODE_DIRECT,
    );
    const document = makeSignDoc(bodyBytes, authInfoBytes, data.chainId, data.accountNumber);
    const { signature } = await this.wallet.signDirect(this.address, document);
    const signatures = [new Uint8Array(Buffer.from(signature.signature, "base64"))];
    return TxRaw.encode(TxRaw.fromPartial({ bodyBytes, authInfoBytes, signatures })).finish();
  }

  /**
   * What the chain knows of the account.
   *
   * @throws UserError when it knows none of that address.
   */
  async account(rpc: CometRpc): Promise<Pick<SignData, "accountNumber" | "sequence">> {
    const data = QueryAccountRequest.encode({ address: this.address }).finish();
    const { value } = await rpc
      .query({ path: "/cosmos.auth.v1beta1.Query/Account", data })
      .catch((error: unknown) => {
        if (!(error instanceof RpcError)) throw error;
        throw new UserError(`the chain has no account ${this.address}: ${error.message}`, [
          "send it something first, or name another mnemonic",
        ]);
      });
    const { account } = QueryAccountResponse.decode(value);
    if (account?.typeUrl !== "/cosmos.auth.v1beta1.BaseAccount") {
      throw new UserError(`the account ${this.address} is no plain one: ${account?.typeUrl ?? "unknown"}`);
    }
    const { accountNumber, sequence } = BaseAccount.decode(account.value);
    return { accountNumber: Number(accountNumber), sequence: Number(sequence) };
  }

  /**
   * Signs, hands over, and waits until it is in a block.
   *
   * @throws UserError when it is not taken, in no block within 60 s, or fails when it is executed.
   */
  async send(
    rpc: CometRpc,
    messages: readonly Message[],
    how: Pick<SignData, "chainId" | "gas" | "fee">,
  ): Promise<Executed & { readonly hash: string; readonly bytes: Uint8Array }> {
    const bytes = await this.sign(messages, { ...how, ...(await this.account(rpc)) });
    const hash = await rpc.broadcast(bytes);
    for (const end = Date.now() + 60_000; Date.now() < end;) {
      const executed = await rpc.transaction(hash);
      if (executed !== undefined && executed.code !== 0)
        throw new UserError(
          `the transaction ${hash} failed with code ${executed.code}: ${firstOf(executed.log)}`,
        );
      if (executed !== undefined) return { ...executed, hash, bytes };
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
    throw new UserError(`the transaction ${hash} was in no block within 60 s`, [
      "does the chain make blocks? npx paw test smoke",
    ]);
  }
}

const firstOf = (log: string): string => log.split("\n")[0]?.slice(0, 300) ?? "";

/**
 * The fee for some gas at the chain's least prices.
 *
 * @param prices as the stack file has them: `0.025upaw`, several separated by commas; the first one is paid.
 */
export function feeFor(gas: number, prices: string): Coin[] {
  const [, price = "0", denom = ""] = /^(\d+(?:\.\d+)?)([^,]+)/.exec(prices) ?? [];
  const amount = Math.ceil(gas * Number(price));
  return amount === 0 ? [] : [{ denom, amount: String(amount) }];
}
