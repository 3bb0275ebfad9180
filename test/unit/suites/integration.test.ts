import { expect } from "chai";
import { ProposalStatus } from "cosmjs-types/cosmos/gov/v1/gov";
import { QueryChannelsResponse } from "cosmjs-types/ibc/core/channel/v1/query";

import type { Block } from "../../../ops/src/chain/rpc.ts";
import type { Outcome } from "../../../ops/src/running/checks.ts";
import { heightOf, revisionOf, timestampOf } from "../../../ops/src/chain/ibc/lightClient.ts";
import { countFirst, dexPackages, judgeDex } from "../../../ops/src/suites/integration/dex.ts";
import { judgeProposal } from "../../../ops/src/suites/integration/governance.ts";
import { judgeChannels, judgeTransfer, voucherOf } from "../../../ops/src/suites/integration/ibc.ts";
import { judgeFinality, signedPower } from "../../../ops/src/suites/integration/transaction.ts";

const faults = ({ faults: list }: Outcome): string[] => list.map(({ found }) => found);

describe("A23: finality", () => {
  const block = (change: Partial<Block> = {}): Block => ({
    ...{ hash: "AAAA", height: 7, time: "", txs: ["dHg="], previousHash: "0000", signatures: 4 },
    ...change,
  });
  const next = block({ hash: "BBBB", height: 8, previousHash: "AAAA", txs: [] });
  const seen = (first = block(), second = block(), after = next): Parameters<typeof judgeFinality>[0] => ({
    tx: "dHg=",
    seen: [
      { pod: "a", block: first, next },
      { pod: "b", block: second, next: after },
    ],
    signed: { power: 3n, total: 4n },
  });

  it("the same block, with the transaction, under the next one, signed by more than two thirds", () => {
    expect(faults(judgeFinality(seen()))).to.deep.equal([]);
  });

  it("another block on the second node, and the transaction missing in it", () => {
    expect(faults(judgeFinality(seen(block(), block({ hash: "CCCC", txs: [] }))))).to.deep.equal([
      "the block is not the same everywhere: a AAAA, b CCCC",
      "b: the transaction is not in block 7",
      "b: block 8 stands on AAAA, not on CCCC",
    ]);
  });

  it("the next block stands on another", () => {
    const after = { ...next, previousHash: "DDDD" };
    expect(faults(judgeFinality(seen(block(), block(), after)))).to.deep.equal([
      "b: block 8 stands on DDDD, not on AAAA",
    ]);
  });

  it("exactly two thirds are not more than two thirds", () => {
    expect(faults(judgeFinality({ ...seen(), signed: { power: 2n, total: 3n } }))).to.have.length(1);
    expect(faults(judgeFinality({ ...seen(), signed: { power: 67n, total: 100n } }))).to.deep.equal([]);
  });

  it("power is that of those who signed the block, not of those who were absent or voted for none", () => {
    const validators = ["A", "B", "C"].map((address, index) => ({
      address,
      voting_power: String(10 ** index),
    }));
    const signatures = [2, 1, 3].map((flag, index) => ({
      ...{ block_id_flag: flag, validator_address: validators[index]?.address ?? "" },
    }));
    expect(signedPower({ signatures }, validators)).to.deep.equal({ power: 1n, total: 111n });
  });
});

describe("A23: governance", () => {
  const base = {
    ...{ id: 3n, votes: 2, reason: "", votingSeconds: 20, quorum: 0.334, deposit: [], wait: 120 },
  };
  const judge = (status: ProposalStatus, change: object = {}): Outcome =>
    judgeProposal({ ...base, status, ...change });

  it("passed", () => {
    const outcome = judge(ProposalStatus.PROPOSAL_STATUS_PASSED);
    expect(outcome).to.deep.equal({ found: "proposal 3 submitted, 2 voted yes, passed", faults: [] });
  });

  it("rejected and failed are faults, with what would help", () => {
    const rejected = judge(ProposalStatus.PROPOSAL_STATUS_REJECTED);
    expect(faults(rejected)).to.deep.equal(["proposal 3 ended as rejected"]);
    expect(rejected.faults[0]?.next).to.include("33.4 %");
    expect(faults(judge(ProposalStatus.PROPOSAL_STATUS_FAILED, { reason: "out of gas" }))).to.deep.equal([
      "proposal 3 ended as failed: out of gas",
    ]);
  });

  it("a vote that lasts longer than the patience is not evaluated; one that should be over is a fault", () => {
    const open = ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD;
    expect(judge(open, { votingSeconds: 172_800 }).notEvaluated).to.include("lasts 172800 s");
    expect(faults(judge(open, { votingSeconds: 172_800 }))).to.deep.equal([]);
    expect(faults(judge(open))).to.have.length(1);
  });
});

describe("A23: IBC", () => {
  it("channels: none is not evaluated, a client that ended is a fault", () => {
    const channel = (id: string, open: boolean, client?: string): Parameters<typeof judgeChannels>[0][0] => ({
      ...{ id, port: "transfer", open },
      ...(client === undefined ? {} : { client }),
    });
    expect(judgeChannels([]).notEvaluated).to.match(/^0 of 0 channels open; .*--ibc-peer/);
    expect(judgeChannels([channel("channel-0", false)]).notEvaluated).to.match(/^0 of 1 channels open/);
    const good = judgeChannels([channel("channel-0", true, "Active"), channel("channel-1", false)]);
    expect(good).to.deep.equal({ found: "1 of 2 channels open, clients of 1 active", faults: [] });
    expect(faults(judgeChannels([channel("channel-0", true, "Expired")]))).to.deep.equal([
      "transfer/channel-0 is open, and its client is Expired: nothing can go over it",
    ]);
    expect(judgeChannels([channel("channel-0", true, "Frozen")]).faults[0]?.next).to.include("byzantine");
  });

  it("a transfer: what the other chain refused, and what did not arrive", () => {
    const base = {
      channels: "channel-0 to channel-0",
      voucher: "ibc/X",
      acknowledgement: '{"result":"AQ=="}',
    };
    expect(faults(judgeTransfer({ ...base, before: 4n, after: 5n }))).to.deep.equal([]);
    expect(faults(judgeTransfer({ ...base, before: 4n, after: 4n }))).to.deep.equal([
      "channel-0 to channel-0: 0 of ibc/X arrived, not 1",
    ]);
    const refused = { ...base, before: 4n, after: 5n, acknowledgement: '{"error":"no"}' };
    expect(faults(judgeTransfer(refused))).to.have.length(1);
  });

  it("a coin of elsewhere is called by the hash of its way: ATOM on Osmosis", () => {
    expect(voucherOf("channel-0", "uatom")).to.equal(
      "ibc/27394FB092D2ECCD56123C74F36E4C1F926001CEADA9CA97EA622B25F41E5EB2",
    );
  });

  it("the revision is the number at the end of a chain id", () => {
    expect(revisionOf("cosmoshub-4")).to.equal(4n);
    expect(revisionOf("paw-local-1")).to.equal(1n);
    for (const id of ["paw", "paw-0", "paw-01", "paw1"]) expect(revisionOf(id), id).to.equal(0n);
    expect(heightOf("paw-2", 7)).to.deep.equal({ revisionNumber: 2n, revisionHeight: 7n });
  });

  it("times keep their nanoseconds, and the time of an absent vote is Go's zero", () => {
    expect(timestampOf("2026-11-25T12:00:00.123456789Z")).to.deep.equal({
      seconds: BigInt(Date.UTC(2026, 10, 25, 12) / 1000),
      nanos: 123_456_789,
    });
    expect(timestampOf("2026-11-25T12:00:00.5Z").nanos).to.equal(500_000_000);
    expect(timestampOf("0001-01-01T00:00:00Z")).to.deep.equal({ seconds: -62_135_596_800n, nanos: 0 });
  });
});

describe("A23: DEX", () => {
  it("is told by its package among all messages", () => {
    const simapp = [
      "/cosmos.bank.v1beta1.MsgSend",
      "/ibc.core.channel.v1.MsgRecvPacket",
      "/x.index.v1.MsgPut",
    ];
    expect(dexPackages(simapp)).to.deep.equal([]);
    const paw = [...simapp, "/paw.dex.v1.MsgSwap", "/paw.dex.v1.MsgCreatePool"];
    expect(dexPackages(paw)).to.deep.equal(["paw.dex.v1"]);
    expect(dexPackages(["/osmosis.gamm.v1beta1.MsgSwapExactAmountIn"])).to.deep.equal([
      "osmosis.gamm.v1beta1",
    ]);
  });

  it("pools are counted in any answer that lists them first", () => {
    const listed = QueryChannelsResponse.fromPartial({
      channels: [{ channelId: "channel-0" }, { channelId: "channel-1", version: "v".repeat(300) }],
      pagination: { total: 300n },
    });
    expect(countFirst(QueryChannelsResponse.encode(listed).finish())).to.equal(2);
    expect(countFirst(new Uint8Array())).to.equal(0);
  });

  it("a module that answers holds, one that refuses does not", () => {
    const path = "/paw.dex.v1.Query/Pools";
    expect(judgeDex([{ path, pools: 0 }])).to.deep.equal({ found: `${path}: 0 pools`, faults: [] });
    expect(faults(judgeDex([{ path, pools: "unknown query path" }]))).to.deep.equal([
      `${path} is refused: unknown query path`,
    ]);
  });
});
