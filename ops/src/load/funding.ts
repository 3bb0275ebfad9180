/** Money for the accounts of a load: looked at first, and only what is lacking is sent. */
import { BaseAccount } from "cosmjs-types/cosmos/auth/v1beta1/auth";
import { QueryAccountRequest, QueryAccountResponse } from "cosmjs-types/cosmos/auth/v1beta1/query";
import { QueryBalanceRequest, QueryBalanceResponse } from "cosmjs-types/cosmos/bank/v1beta1/query";
import { MsgMultiSend } from "cosmjs-types/cosmos/bank/v1beta1/tx";

import { type CometRpc, RpcError } from "../chain/rpc.ts";
import { type Signer, feeFor, message } from "../chain/signer.ts";
import { UserError } from "../errors.ts";
import type { LoadAccount, Wallet } from "./wallets.ts";

/** Accounts that one transaction pays; its gas stays within what common chains allow a block. */
const perTransaction = 200;
/** Gas of a payment to many: a new account costs most of it (ibc-go's simd, measured: 31,000). */
const gasOf = (outputs: number): number => 100_000 + 50_000 * outputs;
/** Questions to the node at a time. */
const atOnce = 32;

export interface Funding {
  readonly rpc: CometRpc;
  readonly chainId: string;
  readonly funder: Signer;
  readonly denom: string;
  /** As the stack file has them, such as `0.025upaw`. */
  readonly gasPrices: string;
  /** What each account has to have, in the denom. */
  readonly each: bigint;
  readonly note: (text: string) => void;
  /** Ends it between two transactions. */
  readonly signal: AbortSignal;
}

/**
 * Makes sure that every account has its money.
 *
 * @returns the accounts as the chain knows them.
 * @throws UserError when the funder has too little; nothing was sent then.
 */
export async function fund(wallets: readonly Wallet[], funding: Funding): Promise<LoadAccount[]> {
  const { rpc, denom, each, note } = funding;
  const balances = await overAll(wallets, ({ address }) => balanceOf(rpc, address, denom));
  const lacking = wallets.flatMap(({ address }, index) => {
    const missing = each - (balances[index] ?? 0n);
    return missing > 0n ? [{ address, missing }] : [];
  });
  if (lacking.length > 0) await pay(lacking, funding);
  note(`${wallets.length} accounts, ${lacking.length} of them funded now`);
  const numbers = await overAll(wallets, ({ address }) => accountOf(rpc, address));
  return wallets.map((wallet, index) => {
    const number = numbers[index];
    if (number === undefined)
      throw new UserError(`the chain does not know ${wallet.address} after it was paid`);
    return { ...wallet, ...number };
  });
}

async function pay(
  lacking: readonly { readonly address: string; readonly missing: bigint }[],
  funding: Funding,
): Promise<void> {
  const { rpc, funder, denom, gasPrices, chainId, note, signal } = funding;
  const chunks = Array.from({ length: Math.ceil(lacking.length / perTransaction) }, (_, index) =>
    lacking.slice(index * perTransaction, (index + 1) * perTransaction),
  );
  const sum = (some: typeof lacking): bigint => some.reduce((total, { missing }) => total + missing, 0n);
  const fees = chunks.map((chunk) => feeFor(gasOf(chunk.length), gasPrices));
  const needed = sum(lacking) + fees.flat().reduce((total, { amount }) => total + BigInt(amount), 0n);
  const has = await balanceOf(rpc, funder.address, denom);
  if (has < needed) {
    throw new UserError(
      `the funder ${funder.address} has ${has} ${denom}, and ${lacking.length} accounts need ${needed}; nothing was sent`,
      ["send it more, name another mnemonic, or ask for a shorter load (--for) or a lower rate (--tps)"],
    );
  }
  for (const [index, chunk] of chunks.entries()) {
    signal.throwIfAborted();
    const coins = (amount: bigint): { denom: string; amount: string }[] => [
      { denom, amount: String(amount) },
    ];
    const payment = message(MsgMultiSend, {
      inputs: [{ address: funder.address, coins: coins(sum(chunk)) }],
      outputs: chunk.map(({ address, missing }) => ({ address, coins: coins(missing) })),
    });
    const fee = fees[index] ?? [];
    await funder.send(rpc, [payment], { chainId, gas: gasOf(chunk.length), fee });
    if (chunks.length > 1) note(`funded ${Math.min(lacking.length, (index + 1) * perTransaction)} accounts`);
  }
}

/** What an account has. */
export async function balanceOf(rpc: CometRpc, address: string, denom: string): Promise<bigint> {
  const data = QueryBalanceRequest.encode({ address, denom }).finish();
  const { value } = await rpc.query({ path: "/cosmos.bank.v1beta1.Query/Balance", data });
  return BigInt(QueryBalanceResponse.decode(value).balance?.amount ?? "0");
}

/** Number and sequence of an account; nothing where the chain knows none of that address. */
export async function accountOf(
  rpc: CometRpc,
  address: string,
): Promise<Pick<LoadAccount, "accountNumber" | "sequence"> | undefined> {
  const data = QueryAccountRequest.encode({ address }).finish();
  const answer = await rpc
    .query({ path: "/cosmos.auth.v1beta1.Query/Account", data })
    .catch((error: unknown) => {
      if (error instanceof RpcError) return undefined;
      throw error;
    });
  const { account } = answer === undefined ? {} : QueryAccountResponse.decode(answer.value);
  if (account?.typeUrl !== "/cosmos.auth.v1beta1.BaseAccount") return undefined;
  const { accountNumber, sequence } = BaseAccount.decode(account.value);
  return { accountNumber: Number(accountNumber), sequence: Number(sequence) };
}

/** Asks about all, some at a time, and keeps their order. */
async function overAll<T, R>(all: readonly T[], ask: (one: T) => Promise<R>): Promise<R[]> {
  const answers: R[] = [];
  for (let from = 0; from < all.length; from += atOnce) {
    answers.push(...(await Promise.all(all.slice(from, from + atOnce).map(ask))));
  }
  return answers;
}
