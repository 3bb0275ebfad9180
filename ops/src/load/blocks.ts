/** Blocks as they come, seen by a client who asks a node again and again. */
import { createHash } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";

import type { CometRpc } from "../chain/rpc.ts";
import { mean } from "./statistics.ts";

/** Milliseconds between two questions: inclusion is seen that much late at most, beside the answer's own time. */
const pause = 100;

export interface SeenBlock {
  readonly height: number;
  /** Of its header, in seconds. */
  readonly time: number;
  /** Hash in upper-case hexadecimal digits, and the code of its execution, of each transaction. */
  readonly txs: readonly { readonly hash: string; readonly code: number }[];
}

/** The hash by which CometBFT knows a transaction: 64 upper-case hexadecimal digits. */
export function hashOf(tx: Uint8Array): string {
  return createHash("sha256").update(tx).digest("hex").toUpperCase();
}

/** The first block whose time says something: that of the first one is the genesis', however long ago that is. */
export const firstTimed = 2;

/** The mean seconds between the blocks up to a height; nothing where there are too few. */
export async function intervalBefore(
  rpc: CometRpc,
  height: number,
  blocks: number,
): Promise<number | undefined> {
  const from = Math.max(firstTimed, height - blocks);
  if (from >= height) return undefined;
  const [first, last] = [await rpc.block(from), await rpc.block(height)];
  return (Date.parse(last.time) - Date.parse(first.time)) / 1000 / (height - from);
}

/** Seconds between the blocks of a list, in order. */
export function intervals(blocks: readonly Pick<SeenBlock, "time">[]): number[] {
  return blocks.slice(1).map(({ time }, index) => time - (blocks[index]?.time ?? time));
}

/** The mean seconds between the blocks of a list. */
export function meanInterval(blocks: readonly Pick<SeenBlock, "time">[]): number | undefined {
  return mean(intervals(blocks));
}

/** Follows a chain from the block after a height. */
export class BlockWatch {
  /** Height and time of all blocks that were seen, in order. */
  readonly blocks: Pick<SeenBlock, "height" | "time">[] = [];
  /** How often the node did not answer, or not in time. */
  unanswered = 0;
  private readonly rpc: CometRpc;
  private height: number;
  private stopped = false;
  private running: Promise<void> = Promise.resolve();

  constructor(rpc: CometRpc, from: number) {
    this.rpc = rpc;
    this.height = from;
  }

  /** @param onBlock is called for each block, in order, with the clock's time at which it was seen. */
  start(onBlock: (block: SeenBlock, now: number) => void, now: () => number): void {
    this.running = this.follow(onBlock, now);
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async follow(onBlock: (block: SeenBlock, now: number) => void, now: () => number): Promise<void> {
    while (!this.stopped) {
      const newest = await this.answer(async () => (await this.rpc.status()).height);
      const seen = now();
      while (newest !== undefined && this.height < newest) {
        const block = await this.answer(() => this.read(this.height + 1));
        if (block === undefined) break;
        this.height += 1;
        this.blocks.push({ height: block.height, time: block.time });
        onBlock(block, seen);
      }
      await sleep(pause);
    }
  }

  /** A node that does not answer is asked again; what is not seen in time is lost, and counted as such. */
  private async answer<T>(ask: () => Promise<T>): Promise<T | undefined> {
    try {
      return await ask();
    } catch {
      this.unanswered += 1;
      return undefined;
    }
  }

  private async read(height: number): Promise<SeenBlock> {
    const { time, txs } = await this.rpc.block(height);
    const codes = txs.length === 0 ? [] : await this.codes(height);
    return {
      height,
      time: Date.parse(time) / 1000,
      txs: txs.map((tx, index) => ({ hash: hashOf(Buffer.from(tx, "base64")), code: codes[index] ?? -1 })),
    };
  }

  /** The code of each transaction's execution. */
  private async codes(height: number): Promise<number[]> {
    const { txs_results: results } = await this.rpc.call<{
      readonly txs_results: readonly { readonly code?: number }[] | null;
    }>("block_results", { height: String(height) });
    return (results ?? []).map(({ code }) => code ?? 0);
  }
}
