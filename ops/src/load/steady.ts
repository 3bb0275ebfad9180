/** A chain that makes blocks, and how often: what a load is measured by. */
import { setTimeout as sleep } from "node:timers/promises";

import type { CometRpc } from "../chain/rpc.ts";
import { UserError } from "../errors.ts";
import { intervalBefore } from "./blocks.ts";
import { healthyInterval } from "./profiles.ts";

/** Blocks whose mean interval is that of a healthy chain, and how many a young chain has to have at least. */
const [most, fewest] = [20, 7];

export interface Steady {
  readonly chainId: string;
  /** Seconds between two blocks. */
  readonly interval: number;
}

/**
 * The interval of a chain that makes blocks; waits for the first ones of a young chain.
 *
 * @param timeoutCommit seconds of `timeout_commit`.
 * @throws UserError when it makes none: a load on it would tell nothing.
 */
export async function steady(rpc: CometRpc, timeoutCommit: number, signal: AbortSignal): Promise<Steady> {
  const old = Math.max(15, 3 * healthyInterval(timeoutCommit));
  for (;;) {
    signal.throwIfAborted();
    const { chainId, height, blockTime, catchingUp } = await rpc.status();
    const age = (Date.now() - Date.parse(blockTime)) / 1000;
    if (catchingUp || age > old) {
      const late = `its last block is ${age.toFixed(0)} s old, at height ${height}`;
      const why = catchingUp ? "it is catching up" : late;
      throw new UserError(
        `the node at ${rpc.url} follows no chain that makes blocks: ${why}; nothing was sent`,
        ["docs/runbooks/consensus-stalled.md"],
      );
    }
    const interval = height < fewest ? undefined : await intervalBefore(rpc, height, most);
    if (interval !== undefined) return { chainId, interval };
    await sleep(1000);
  }
}
