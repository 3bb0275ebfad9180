/** One end of a link: a chain, who signs there, and what the chain calls its own parts. */
import type { Packet } from "cosmjs-types/ibc/core/channel/v1/channel";
import type { Height } from "cosmjs-types/ibc/core/client/v1/client";
import { MsgCreateClient } from "cosmjs-types/ibc/core/client/v1/tx";
import { ClientState } from "cosmjs-types/ibc/lightclients/tendermint/v1/tendermint";
import { Any } from "cosmjs-types/google/protobuf/any";

import { type CometRpc, type Executed, attributeOf } from "../rpc.ts";
import { type Message, type SignData, type Signer, message } from "../signer.ts";
import { newClient, proveAt } from "./lightClient.ts";

/** One of the two chains, and who signs there. */
export interface LinkedChain {
  readonly rpc: CometRpc;
  readonly signer: Signer;
  readonly how: Pick<SignData, "chainId" | "gas" | "fee">;
}

/** Names that each chain gives to its own end. */
export interface End extends LinkedChain {
  clientId: string;
  /** The last height of the other chain that the client believes. */
  believed: number;
  connectionId: string;
  channelId: string;
}

/** Makes a client of one chain on another. */
export async function createClient(
  on: LinkedChain,
  of: LinkedChain,
): Promise<{ clientId: string; believed: number }> {
  const believed = (await of.rpc.status()).height;
  const states = await newClient(of.rpc, believed);
  const made = await send(on, [message(MsgCreateClient, { ...states, signer: on.signer.address })]);
  return { clientId: attributeOf(made, "create_client", "client_id"), believed };
}

/** Proofs of a connection's end, of the client that it rests on, and of what that client believes. */
export async function connectionProofs(
  end: End,
  height: number,
): Promise<{ readonly connection: Uint8Array; readonly shared: object }> {
  const connection = await proveAt(end.rpc, `connections/${end.connectionId}`, height);
  const client = await proveAt(end.rpc, `clients/${end.clientId}/clientState`, height);
  const clientState = Any.decode(client.value);
  const consensusHeight = believedHeight(end, clientState);
  const key = `${consensusHeight.revisionNumber}-${consensusHeight.revisionHeight}`;
  const consensus = await proveAt(end.rpc, `clients/${end.clientId}/consensusStates/${key}`, height);
  const shared = {
    clientState,
    proofClient: client.proof,
    proofConsensus: consensus.proof,
    consensusHeight,
  };
  return { connection: connection.proof, shared };
}

function believedHeight(end: End, clientState: Any): Height {
  const { latestHeight } = ClientState.decode(clientState.value);
  if (Number(latestHeight.revisionHeight) !== end.believed)
    throw new Error(`${end.clientId} believes height ${latestHeight.revisionHeight}, not ${end.believed}`);
  return latestHeight;
}

/** Sends messages, and waits until they are executed. */
export function send(chain: LinkedChain, messages: readonly Message[]): Promise<Executed> {
  return chain.signer.send(chain.rpc, messages, chain.how);
}

/** Waits until a chain has signed a height. */
export async function reached(rpc: CometRpc, height: number): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    if ((await rpc.status()).height > height) return;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error(`the chain does not reach height ${height + 1} within 60 s`);
}

/** The packet that was sent, as its event tells. */
export function packetOf(executed: Executed): Packet {
  const of = (key: string): string => attributeOf(executed, "send_packet", `packet_${key}`);
  const [revisionNumber = "0", revisionHeight = "0"] = of("timeout_height").split("-");
  return {
    sequence: BigInt(of("sequence")),
    sourcePort: of("src_port"),
    sourceChannel: of("src_channel"),
    destinationPort: of("dst_port"),
    destinationChannel: of("dst_channel"),
    data: bytesOf(of("data_hex")),
    timeoutHeight: { revisionNumber: BigInt(revisionNumber), revisionHeight: BigInt(revisionHeight) },
    timeoutTimestamp: BigInt(of("timeout_timestamp")),
  };
}

/** Bytes that are written in hexadecimal digits. */
export function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, "hex"));
}
