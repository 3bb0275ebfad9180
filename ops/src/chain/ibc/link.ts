/**
 * Two chains linked by IBC: clients of each other, a connection, a channel, and what goes over it. Whatever one chain is told
 * of the other is proven to it; nothing here is trusted by either. A test's tool, not a relayer: it goes through the
 * steps once (ICS 02, 03, 04 and 20; tried between chains with ibc-go 7.10).
 */
import { MsgTransfer } from "cosmjs-types/ibc/applications/transfer/v1/tx";
import { Order, type Packet, State } from "cosmjs-types/ibc/core/channel/v1/channel";
import {
  MsgAcknowledgement,
  MsgChannelOpenAck,
  MsgChannelOpenConfirm,
  MsgChannelOpenInit,
  MsgChannelOpenTry,
  MsgRecvPacket,
} from "cosmjs-types/ibc/core/channel/v1/tx";
import { MsgUpdateClient } from "cosmjs-types/ibc/core/client/v1/tx";
import type { Height } from "cosmjs-types/ibc/core/client/v1/client";
import {
  MsgConnectionOpenAck,
  MsgConnectionOpenConfirm,
  MsgConnectionOpenInit,
  MsgConnectionOpenTry,
} from "cosmjs-types/ibc/core/connection/v1/tx";

import { type Executed, attributeOf } from "../rpc.ts";
import { type Message, message } from "../signer.ts";
import {
  type End,
  type LinkedChain,
  bytesOf,
  connectionProofs,
  createClient,
  packetOf,
  reached,
  send,
} from "./end.ts";
import { headerAt, heightOf, proveAt } from "./lightClient.ts";

export interface Transferred {
  readonly packet: Packet;
  /** The other chain's answer, as its application wrote it. */
  readonly acknowledgement: string;
}

const port = "transfer";
const channelKey = ({ channelId }: End): string => `channelEnds/ports/${port}/channels/${channelId}`;
const transferVersion = "ics20-1";
const prefix = { keyPrefix: new Uint8Array(Buffer.from("ibc")) };
const version = { identifier: "1", features: ["ORDER_ORDERED", "ORDER_UNORDERED"] };

export class Link {
  readonly a: End;
  readonly b: End;

  private constructor(a: End, b: End) {
    this.a = a;
    this.b = b;
  }

  /** Makes clients, a connection and a channel for transfers; each step is a transaction. */
  static async between(
    a: LinkedChain,
    b: LinkedChain,
    report: (step: string) => void = () => undefined,
  ): Promise<Link> {
    const link = new Link(
      { ...a, ...(await createClient(a, b)), connectionId: "", channelId: "" },
      { ...b, ...(await createClient(b, a)), connectionId: "", channelId: "" },
    );
    report(`clients ${link.a.clientId} and ${link.b.clientId}`);
    await link.connect();
    report(`connections ${link.a.connectionId} and ${link.b.connectionId}`);
    await link.openChannel();
    report(`channels ${link.a.channelId} and ${link.b.channelId}`);
    return link;
  }

  private async connect(): Promise<void> {
    const { a, b } = this;
    const counterparty = (end: End): object => ({
      ...{ clientId: end.clientId, connectionId: end.connectionId, prefix },
    });
    const init = await send(a, [
      message(MsgConnectionOpenInit, {
        ...{ clientId: a.clientId, counterparty: counterparty(b), version },
        signer: a.signer.address,
      }),
    ]);
    a.connectionId = attributeOf(init, "connection_open_init", "connection_id");

    const tried = await this.tell(b, init, async (height, proofHeight) => {
      const proofs = await connectionProofs(a, height);
      return message(MsgConnectionOpenTry, {
        ...{ clientId: b.clientId, counterparty: counterparty(a), counterpartyVersions: [version] },
        ...{ ...proofs.shared, proofInit: proofs.connection, proofHeight, signer: b.signer.address },
      });
    });
    b.connectionId = attributeOf(tried, "connection_open_try", "connection_id");

    const acknowledged = await this.tell(a, tried, async (height, proofHeight) => {
      const proofs = await connectionProofs(b, height);
      return message(MsgConnectionOpenAck, {
        ...{ connectionId: a.connectionId, counterpartyConnectionId: b.connectionId, version },
        ...{ ...proofs.shared, proofTry: proofs.connection, proofHeight, signer: a.signer.address },
      });
    });
    await this.tell(b, acknowledged, async (height, proofHeight) => {
      const { proof } = await proveAt(a.rpc, `connections/${a.connectionId}`, height);
      return message(MsgConnectionOpenConfirm, {
        ...{ connectionId: b.connectionId, proofAck: proof, proofHeight, signer: b.signer.address },
      });
    });
  }

  private async openChannel(): Promise<void> {
    const { a, b } = this;
    const channel = (state: State, own: End, other: End): object => ({
      ...{ state, ordering: Order.ORDER_UNORDERED, version: transferVersion },
      counterparty: { portId: port, channelId: other.channelId },
      connectionHops: [own.connectionId],
    });
    const init = await send(a, [
      message(MsgChannelOpenInit, {
        ...{ portId: port, channel: channel(State.STATE_INIT, a, b), signer: a.signer.address },
      }),
    ]);
    a.channelId = attributeOf(init, "channel_open_init", "channel_id");

    const tried = await this.tell(b, init, async (height, proofHeight) => {
      const { proof } = await proveAt(a.rpc, channelKey(a), height);
      return message(MsgChannelOpenTry, {
        ...{ portId: port, channel: channel(State.STATE_TRYOPEN, b, a), signer: b.signer.address },
        ...{ counterpartyVersion: transferVersion, proofInit: proof, proofHeight },
      });
    });
    b.channelId = attributeOf(tried, "channel_open_try", "channel_id");

    const acknowledged = await this.tell(a, tried, async (height, proofHeight) => {
      const { proof } = await proveAt(b.rpc, channelKey(b), height);
      return message(MsgChannelOpenAck, {
        ...{ portId: port, channelId: a.channelId, counterpartyChannelId: b.channelId },
        ...{ counterpartyVersion: transferVersion, proofTry: proof, proofHeight, signer: a.signer.address },
      });
    });
    await this.tell(b, acknowledged, async (height, proofHeight) => {
      const { proof } = await proveAt(a.rpc, channelKey(a), height);
      return message(MsgChannelOpenConfirm, {
        ...{ portId: port, channelId: b.channelId, proofAck: proof, proofHeight, signer: b.signer.address },
      });
    });
  }

  /** Sends coins of `a`'s signer to `b`'s, lets `b` take them, and `a` know of it. */
  async transfer(token: { readonly denom: string; readonly amount: string }): Promise<Transferred> {
    const { a, b } = this;
    const sent = await send(a, [
      message(MsgTransfer, {
        ...{ sourcePort: port, sourceChannel: a.channelId, token },
        ...{ sender: a.signer.address, receiver: b.signer.address },
        // Ten minutes, in nanoseconds.
        timeoutTimestamp: BigInt(Date.now() + 600_000) * 1_000_000n,
      }),
    ]);
    const packet = packetOf(sent);
    const path = `ports/${port}/channels`;
    const received = await this.tell(b, sent, async (height, proofHeight) => {
      const key = `commitments/${path}/${a.channelId}/sequences/${packet.sequence}`;
      const { proof } = await proveAt(a.rpc, key, height);
      return message(MsgRecvPacket, {
        ...{ packet, proofCommitment: proof, proofHeight, signer: b.signer.address },
      });
    });
    const acknowledgement = bytesOf(attributeOf(received, "write_acknowledgement", "packet_ack_hex"));
    await this.tell(a, received, async (height, proofHeight) => {
      const key = `acks/${path}/${b.channelId}/sequences/${packet.sequence}`;
      const { proof } = await proveAt(b.rpc, key, height);
      return message(MsgAcknowledgement, {
        ...{ packet, acknowledgement, proofAcked: proof, proofHeight, signer: a.signer.address },
      });
    });
    return { packet, acknowledgement: Buffer.from(acknowledgement).toString("utf8") };
  }

  /**
   * Tells one chain what happened in a block of the other: the client is shown the header that proves it, and the message
   * comes with the proof, in one transaction.
   */
  private async tell(
    to: End,
    { height: happened }: Pick<Executed, "height">,
    make: (height: number, proofHeight: Height) => Promise<Message>,
  ): Promise<Executed> {
    const from = to === this.a ? this.b : this.a;
    // What a block changed is in the hash of the next one's header.
    const height = happened + 1;
    await reached(from.rpc, height);
    const clientMessage = await headerAt(from.rpc, height, to.believed);
    const update = message(MsgUpdateClient, {
      ...{ clientId: to.clientId, clientMessage, signer: to.signer.address },
    });
    const told = await make(height, heightOf(from.how.chainId, height));
    const executed = await send(to, [update, told]);
    to.believed = height;
    return executed;
  }
}
