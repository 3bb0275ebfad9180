/** IBC: a channel and a transfer to a second chain where one is named; else the channels that there are. */
import { createHash } from "node:crypto";

import { QueryBalanceRequest, QueryBalanceResponse } from "cosmjs-types/cosmos/bank/v1beta1/query";
import { State } from "cosmjs-types/ibc/core/channel/v1/channel";
import {
  QueryChannelClientStateRequest,
  QueryChannelClientStateResponse,
  QueryChannelsRequest,
  QueryChannelsResponse,
} from "cosmjs-types/ibc/core/channel/v1/query";
import { QueryClientStatusRequest, QueryClientStatusResponse } from "cosmjs-types/ibc/core/client/v1/query";

import { Link } from "../../chain/ibc/link.ts";
import { CometRpc } from "../../chain/rpc.ts";
import { Signer } from "../../chain/signer.ts";
import type { Outcome } from "../../running/checks.ts";
import { type Integration, messageKinds, prefixOf } from "./context.ts";
import { noSigner } from "./transaction.ts";

/** How many open channels are looked at more closely. */
const mostChannels = 50;

export async function lookAtIbc(integration: Integration): Promise<Outcome> {
  const [{ rpc }] = integration.nodes;
  if (!(await messageKinds(rpc)).some((kind) => kind.startsWith("/ibc.core.channel."))) {
    return { found: "no IBC", faults: [], notEvaluated: "the chain's binary has no IBC module" };
  }
  return integration.peer === undefined ? judgeChannels(await channelsOf(rpc)) : openAndSend(integration);
}

export interface SeenChannel {
  readonly id: string;
  readonly port: string;
  readonly open: boolean;
  /** Whether the client under it is `Active`, `Expired` or `Frozen`; only of open ones. */
  readonly client?: string;
}

async function channelsOf(rpc: CometRpc): Promise<SeenChannel[]> {
  const request = QueryChannelsRequest.fromPartial({ pagination: { limit: 1000n } });
  const { value } = await rpc.query({
    path: "/ibc.core.channel.v1.Query/Channels",
    data: QueryChannelsRequest.encode(request).finish(),
  });
  const { channels } = QueryChannelsResponse.decode(value);
  const seen = channels.map(({ channelId: id, portId: port, state }) => ({
    ...{ id, port, open: state === State.STATE_OPEN },
  }));
  const open = seen.filter((channel) => channel.open).slice(0, mostChannels);
  const clients = await Promise.all(open.map(async ({ id, port }) => [id, await clientOf(rpc, id, port)]));
  const clientBy = new Map(clients as [string, string][]);
  return seen.map((channel) => {
    const client = clientBy.get(channel.id);
    return client === undefined ? channel : { ...channel, client };
  });
}

async function clientOf(rpc: CometRpc, channelId: string, portId: string): Promise<string> {
  const state = await rpc.query({
    path: "/ibc.core.channel.v1.Query/ChannelClientState",
    data: QueryChannelClientStateRequest.encode({ channelId, portId }).finish(),
  });
  const { identifiedClientState } = QueryChannelClientStateResponse.decode(state.value);
  const clientId = identifiedClientState?.clientId ?? "";
  const { value } = await rpc.query({
    path: "/ibc.core.client.v1.Query/ClientStatus",
    data: QueryClientStatusRequest.encode({ clientId }).finish(),
  });
  return QueryClientStatusResponse.decode(value).status;
}

export function judgeChannels(channels: readonly SeenChannel[]): Outcome {
  const open = channels.filter((channel) => channel.open);
  const found = `${open.length} of ${channels.length} channels open`;
  if (open.length === 0) {
    const notEvaluated = `${found}; a channel is opened and used with --ibc-peer URL --ibc-mnemonic-file FILE`;
    return { found, faults: [], notEvaluated };
  }
  const stopped = open.filter(({ client }) => client !== undefined && client !== "Active");
  return {
    found: `${found}, clients of ${open.length - stopped.length} active`,
    faults: stopped.map(({ id, port, client = "" }) => ({
      found: `${port}/${id} is open, and its client is ${client}: nothing can go over it`,
      next:
        client === "Expired"
          ? "a proposal has to renew the client; then run a relayer, which keeps it fresh"
          : "the other chain misbehaved: docs/runbooks/byzantine-evidence.md, then a proposal",
    })),
  };
}

/** Clients, connection, channel and a transfer to the second chain, each step proven to the other side. */
async function openAndSend(integration: Integration): Promise<Outcome> {
  const { peer, signers, nodes, how, denom, report } = integration;
  const [signer] = signers;
  if (signer === undefined || peer === undefined) return noSigner;
  const other = new CometRpc(peer.url);
  const { chainId } = await other.status();
  const prefix = await prefixOf(other);
  const there = await Signer.of(peer.mnemonic, prefix);
  // The second chain's prices are not ours to know: its node says so where this is too little.
  const link = await Link.between(
    { rpc: nodes[0].rpc, signer, how },
    { rpc: other, signer: there, how: { chainId, gas: how.gas, fee: [] } },
    report,
  );
  const token = { denom, amount: "1" };
  const voucher = voucherOf(link.b.channelId, denom);
  const before = await balanceOf(other, there.address, voucher);
  const { acknowledgement } = await link.transfer(token);
  const after = await balanceOf(other, there.address, voucher);
  return judgeTransfer({
    ...{ before, after, acknowledgement, voucher },
    channels: `${link.a.channelId} to ${link.b.channelId} of ${chainId}`,
  });
}

export interface Transfer {
  readonly channels: string;
  readonly voucher: string;
  /** What the receiver has of it before and after one unit was sent. */
  readonly before: bigint;
  readonly after: bigint;
  readonly acknowledgement: string;
}

export function judgeTransfer({ channels, voucher, before, after, acknowledgement }: Transfer): Outcome {
  const runbook = "compare both chains' transfer parameters: simd query ibc-transfer params";
  const succeeded = acknowledgement.startsWith('{"result":');
  return {
    found: `${channels} opened, one unit over it and acknowledged`,
    faults: [
      ...(succeeded
        ? []
        : [
            { found: `${channels}: the other chain refused the transfer: ${acknowledgement}`, next: runbook },
          ]),
      ...(after === before + 1n
        ? []
        : [{ found: `${channels}: ${after - before} of ${voucher} arrived, not 1`, next: runbook }]),
    ],
  };
}

/** What coins of elsewhere are called (ICS 20, ADR 1 of ibc-go): the hash of the way that they came. */
export function voucherOf(channelId: string, denom: string): string {
  const hash = createHash("sha256").update(`transfer/${channelId}/${denom}`).digest("hex");
  return `ibc/${hash.toUpperCase()}`;
}

async function balanceOf(rpc: CometRpc, address: string, denom: string): Promise<bigint> {
  const { value } = await rpc.query({
    path: "/cosmos.bank.v1beta1.Query/Balance",
    data: QueryBalanceRequest.encode(QueryBalanceRequest.fromPartial({ address, denom })).finish(),
  });
  return BigInt(QueryBalanceResponse.decode(value).balance?.amount ?? "0");
}
