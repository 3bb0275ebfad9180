import { expect } from "chai";

import type { CometRpc } from "../../../ops/src/chain/rpc.ts";
import { intervalBefore, intervals } from "../../../ops/src/load/blocks.ts";
import { steady } from "../../../ops/src/load/steady.ts";

/** A node whose first block is as old as its genesis, and the others so many seconds apart. */
function node(height: number, seconds: number, { age = 0, catchingUp = false } = {}): CometRpc {
  const now = Date.now() - age * 1000;
  const time = (at: number): string =>
    new Date(at === 1 ? 0 : now - (height - at) * seconds * 1000).toISOString();
  return {
    url: "http://node",
    status: () => Promise.resolve({ chainId: "paw-test-1", height, blockTime: time(height), catchingUp }),
    block: (at: number) => Promise.resolve({ height: at, time: time(at), txs: [] }),
  } as unknown as CometRpc;
}

describe("A26: the chain before a load", () => {
  const signal = new AbortController().signal;
  const refusal = async (rpc: CometRpc): Promise<string> =>
    steady(rpc, 1, signal).then(
      () => "none",
      (error: unknown) => String(error),
    );

  it("has the mean interval of its last twenty blocks", async () => {
    expect(await steady(node(500, 6), 5, signal)).to.deep.equal({ chainId: "paw-test-1", interval: 6 });
    expect(intervals([{ time: 1 }, { time: 2.5 }, { time: 7 }])).to.deep.equal([1.5, 4.5]);
    expect(intervals([{ time: 1 }])).to.deep.equal([]);
  });

  it("the first block's time is the genesis', and says nothing", async () => {
    expect(await intervalBefore(node(12, 1.5), 12, 20)).to.equal(1.5);
    expect(await intervalBefore(node(2, 1), 2, 20)).to.equal(undefined);
    expect(await intervalBefore(node(1, 1), 1, 20)).to.equal(undefined);
  });

  it("is refused where it makes no blocks, or the node is behind", async () => {
    expect(await refusal(node(500, 1, { age: 14 }))).to.equal("none");
    expect(await refusal(node(500, 1, { age: 16 }))).to.match(
      /last block is 16 s old, at height 500; nothing was sent/,
    );
    expect(await refusal(node(500, 1, { catchingUp: true }))).to.match(/it is catching up/);
  });

  it("Ctrl-C ends the wait for a young one", async () => {
    const stop = new AbortController();
    setTimeout(() => {
      stop.abort(new Error("stopped"));
    }, 50);
    const failure: unknown = await steady(node(3, 1), 1, stop.signal).catch((error: unknown) => error);
    expect(String(failure)).to.match(/stopped/);
  });
});
