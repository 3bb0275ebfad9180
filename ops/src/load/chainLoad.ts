/** A load on the chain: payments at a held rate, each followed until a block has it. */
import { setTimeout as sleep } from "node:timers/promises";

import { type CometRpc, RpcError } from "../chain/rpc.ts";
import type { Coin } from "../chain/signer.ts";
import { BlockWatch, hashOf, intervals } from "./blocks.ts";
import { accountOf } from "./funding.ts";
import { Ledger } from "./ledger.ts";
import { AccountPool } from "./pool.ts";
import { type Plan, drainSeconds, heldWithin, lostSeconds } from "./profiles.ts";
import { type Clock, type Due, type Held, holdRate } from "./schedule.ts";
import { largest, mean, percentiles } from "./statistics.ts";
import { type LoadAccount, signPayment } from "./wallets.ts";

/** Gas of a payment, with room: a bank send uses 65,000 to 90,000 (ibc-go's simd, measured). */
export const paymentGas = 150_000;

export interface ChainLoad {
  readonly plan: Plan;
  readonly rpc: CometRpc;
  readonly accounts: readonly LoadAccount[];
  readonly chainId: string;
  readonly denom: string;
  readonly fee: readonly Coin[];
  /** Seconds between two blocks before the load. */
  readonly intervalBefore: number;
  readonly clock: Clock;
  readonly signal: AbortSignal;
  readonly note: (text: string) => void;
}

/** What was seen; times in seconds. */
export interface ChainFigures {
  readonly plan: Plan;
  /** How many were due, and for how long the rate was held. */
  readonly offered: number;
  readonly seconds: number;
  readonly cutShort: boolean;
  readonly accounts: number;
  /** Share of those sent that were begun within a tenth of a second of their time. */
  readonly held: number;
  readonly included: number;
  /** Transactions a second that got into blocks. */
  readonly achieved: number;
  /** Over all that were offered; those that were lost took for ever. */
  readonly latency: { readonly p50?: number; readonly p95?: number; readonly p99?: number };
  readonly failures: Readonly<Record<string, number>>;
  readonly blocks: number;
  /** Between blocks: before the load, and under it. */
  readonly intervalBefore: number;
  readonly interval?: number;
  readonly longestInterval?: number;
  /** Questions that had to be asked again, and transactions whose answer did not come. */
  readonly unanswered: number;
}

/** Holds the rate, waits for what is on its way, and counts. */
export async function loadChain(load: ChainLoad): Promise<ChainFigures> {
  const { plan, rpc, clock, signal } = load;
  const watch = new BlockWatch(rpc, (await rpc.status()).height);
  const run = new Run(load);
  watch.start((block, now) => {
    for (const { hash, code } of block.txs) run.seen(hash, code, now);
    run.expire(now);
  }, clock.now);
  const telling = setInterval(() => {
    load.note(run.soFar());
  }, 10_000);
  try {
    const held = await holdRate(plan, run.begin, { clock, signal });
    await run.drain();
    return run.figures(held, watch);
  } finally {
    clearInterval(telling);
    await watch.stop();
  }
}

class Run {
  private readonly load: ChainLoad;
  private readonly pool: AccountPool<LoadAccount>;
  private readonly ledger = new Ledger<LoadAccount>();
  /** Each pays the next one, so that the money goes round. */
  private readonly receivers: ReadonlyMap<LoadAccount, LoadAccount>;
  private readonly underWay = new Set<Promise<void>>();
  private unanswered = 0;
  private offered = 0;

  constructor(load: ChainLoad) {
    this.load = load;
    this.pool = new AccountPool(load.accounts);
    const { accounts } = load;
    this.receivers = new Map(
      accounts.map((account, index) => [account, accounts[(index + 1) % accounts.length] ?? account]),
    );
  }

  readonly begin = ({ at, index }: Due): void => {
    this.offered = index + 1;
    const account = this.pool.take();
    if (account === undefined) {
      this.ledger.lost("no account was free: earlier ones are in no block yet");
      return;
    }
    this.track(this.send(account, at));
  };

  seen(hash: string, code: number, now: number): void {
    const found = this.ledger.seen(hash, code, now);
    if (found === undefined) return;
    if (code === 0) this.pool.used(found.account);
    else this.track(this.correct(found.account));
  }

  /** A transaction that a mempool has dropped comes into no block, and nobody says so. */
  expire(now: number): void {
    const lost = this.ledger.expire(now - lostSeconds * 1000, `in no block within ${lostSeconds} s`);
    for (const { account } of lost) this.track(this.correct(account));
  }

  soFar(): string {
    const { ledger } = this;
    const lost = [...ledger.failures.values()].reduce((sum, count) => sum + count, 0);
    return `${this.offered} offered, ${ledger.latencies.length} in blocks, ${ledger.open} on their way, ${lost} lost`;
  }

  /** Waits until nothing is on its way, or for as long as something may be. */
  async drain(): Promise<void> {
    const end = Date.now() + drainSeconds * 1000;
    while ((this.ledger.open > 0 || this.underWay.size > 0) && Date.now() < end) await sleep(50);
    this.ledger.close(`in no block ${drainSeconds} s after the last one`);
  }

  figures(held: Held, watch: BlockWatch): ChainFigures {
    const { ledger, load } = this;
    const included = ledger.latencies.length;
    const latency = percentiles(ledger.latencies, held.begun - included);
    // A pipeline of any length delays the last one as well as the first.
    const delay = percentiles(ledger.latencies).p50 ?? 0;
    const seconds = Math.max(held.seconds, (ledger.lastIncluded - held.start) / 1000 - delay);
    const gaps = intervals(watch.blocks);
    const [interval, longestInterval] = [mean(gaps), largest(gaps)];
    const inTime = ledger.delays.filter((each) => each <= heldWithin).length;
    return {
      plan: load.plan,
      offered: held.begun,
      seconds: held.seconds,
      cutShort: held.cutShort,
      accounts: load.accounts.length,
      held: ledger.delays.length === 0 ? 0 : inTime / ledger.delays.length,
      included,
      achieved: seconds === 0 ? 0 : included / seconds,
      latency,
      failures: Object.fromEntries(ledger.failures),
      blocks: watch.blocks.length,
      intervalBefore: load.intervalBefore,
      ...(interval === undefined ? {} : { interval }),
      ...(longestInterval === undefined ? {} : { longestInterval }),
      unanswered: this.unanswered + watch.unanswered,
    };
  }

  private track(work: Promise<void>): void {
    this.underWay.add(work);
    void work.finally(() => this.underWay.delete(work));
  }

  private async send(account: LoadAccount, due: number): Promise<void> {
    const { rpc, chainId, denom, fee, clock } = this.load;
    const { address: to } = this.receivers.get(account) ?? account;
    const amount = { denom, amount: "1" };
    const tx = await signPayment(account, { to, amount, chainId, gas: paymentGas, fee });
    const hash = hashOf(tx);
    this.ledger.began(due, clock.now());
    this.ledger.sent(hash, { account, due });
    try {
      await rpc.broadcast(tx);
    } catch (error) {
      if (!(error instanceof RpcError)) {
        // Whether the node has it is not known: a block will tell, or none in time.
        this.unanswered += 1;
        return;
      }
      if (this.ledger.refused(hash, refusal(error)) !== undefined) await this.correct(account);
    }
  }

  /** Asks for the sequence of an account whose last transaction came to nothing. */
  private async correct(account: LoadAccount): Promise<void> {
    for (let tries = 0; tries < 3; tries++) {
      const known = await accountOf(this.load.rpc, account.address).catch(() => undefined);
      if (known !== undefined) {
        this.pool.corrected(account, known.sequence);
        return;
      }
      await sleep(1000);
    }
  }
}

/** Why a node did not take a transaction, in as many words as there are reasons. */
function refusal({ code, message }: RpcError): string {
  if (message.includes("mempool is full")) return "the node's mempool was full";
  if (code === 32 || message.includes("sequence mismatch")) return "refused: sequence mismatch";
  return `refused by the node with code ${code}`;
}
