/** Questions to a CometBFT node over its JSON-RPC (0.37 and newer), as far as we need them. */
import { UserError } from "../errors.ts";
import type {
  RawBlock,
  RawCommit,
  RawHeader,
  RawQuery,
  RawStatus,
  RawTransaction,
  RawValidator,
} from "./raw.ts";

/** Milliseconds that an answer may take by default. */
const patience = 10_000;

export interface Status {
  readonly chainId: string;
  readonly nodeId: string;
  readonly moniker: string;
  readonly height: number;
  /** RFC 3339, of the last block. */
  readonly blockTime: string;
  readonly catchingUp: boolean;
}

export interface Block {
  /** Upper-case hexadecimal digits. */
  readonly hash: string;
  readonly height: number;
  readonly time: string;
  /** What was executed, each in base64. */
  readonly txs: readonly string[];
  /** Hash of the block before, whose commit this block carries. */
  readonly previousHash: string;
  /** How many validators signed the commit of the block before. */
  readonly signatures: number;
}

/** What became of a transaction that is in a block. */
export interface Executed {
  readonly height: number;
  /** 0 where it succeeded. */
  readonly code: number;
  readonly log: string;
  readonly gasUsed: number;
  readonly events: readonly Event[];
}

export interface Event {
  readonly type: string;
  readonly attributes: readonly { readonly key: string; readonly value: string }[];
}

/**
 * The value of an event's attribute; the first one where there are several.
 *
 * @throws Error when the transaction has no such event.
 */
export function attributeOf({ events }: Pick<Executed, "events">, type: string, key: string): string {
  const found = events
    .filter((event) => event.type === type)
    .flatMap(({ attributes }) => attributes)
    .find((each) => each.key === key);
  if (found === undefined) throw new Error(`the chain's events have no ${type}.${key}`);
  return found.value;
}

/** A header and what was signed under it. */
export interface SignedHeader {
  readonly header: RawHeader;
  readonly commit: RawCommit;
}

export interface Queried {
  readonly value: Uint8Array;
  /** Height whose state was asked. */
  readonly height: number;
  /** Proofs of each store, in order, in CometBFT's own form. */
  readonly proof: readonly {
    readonly type: string;
    readonly key: Uint8Array;
    readonly data: Uint8Array;
  }[];
}

export interface Query {
  /** A gRPC method, such as `/cosmos.bank.v1beta1.Query/Balance`, or a store, such as `store/ibc/key`. */
  readonly path: string;
  readonly data?: Uint8Array;
  /** State after the block before this height; the last one by default. */
  readonly height?: number;
  readonly prove?: boolean;
}

/** A refusal by the node itself, with its own code. */
export class RpcError extends UserError {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

export class CometRpc {
  readonly url: string;
  private readonly patience: number;

  /**
   * @param url such as `http://127.0.0.1:26657`.
   * @param milliseconds that an answer may take.
   */
  constructor(url: string, milliseconds = patience) {
    this.url = url.replace(/\/$/, "");
    this.patience = milliseconds;
  }

  async status(): Promise<Status> {
    const { node_info: node, sync_info: sync } = await this.call<RawStatus>("status");
    return {
      chainId: node.network,
      nodeId: node.id,
      moniker: node.moniker,
      height: Number(sync.latest_block_height),
      blockTime: sync.latest_block_time,
      catchingUp: sync.catching_up,
    };
  }

  /** How many peers the node has now. */
  async peers(): Promise<number> {
    return Number((await this.call<{ n_peers: string }>("net_info")).n_peers);
  }

  /** A block; the last one without a height. */
  async block(height?: number): Promise<Block> {
    const { block_id: id, block } = await this.call<RawBlock>("block", at(height));
    return {
      hash: id.hash,
      height: Number(block.header.height),
      time: block.header.time,
      txs: block.data.txs ?? [],
      previousHash: block.header.last_block_id.hash,
      signatures: (block.last_commit?.signatures ?? []).filter((each) => each.block_id_flag === 2).length,
    };
  }

  /** A block's header and the signatures under it, as the node gives them. */
  async commit(height?: number): Promise<SignedHeader> {
    return (await this.call<{ signed_header: SignedHeader }>("commit", at(height))).signed_header;
  }

  /** All validators of a height, as the node gives them. */
  async validators(height?: number): Promise<readonly RawValidator[]> {
    const all: RawValidator[] = [];
    for (let page = 1; ; page++) {
      const answer = await this.call<{ validators: RawValidator[]; total: string }>("validators", {
        ...{ ...at(height), page: String(page), per_page: "100" },
      });
      all.push(...answer.validators);
      if (all.length >= Number(answer.total) || answer.validators.length === 0) return all;
    }
  }

  /**
   * Hands a transaction over, which passes the node's own check.
   *
   * @returns its hash: 64 upper-case hexadecimal digits.
   * @throws UserError with the node's words when it is not taken.
   */
  async broadcast(tx: Uint8Array): Promise<string> {
    const { code, log, hash } = await this.call<{ code: number; log: string; hash: string }>(
      "broadcast_tx_sync",
      { tx: base64(tx) },
    );
    if (code !== 0) throw new RpcError(code, `the transaction was not taken: code ${code}: ${log}`);
    return hash;
  }

  /** A transaction by its hash in hexadecimal digits; nothing while it is in no block (or the node keeps no index). */
  async transaction(hash: string): Promise<Executed | undefined> {
    const answer = await this.call<RawTransaction>("tx", { hash: base64(Buffer.from(hash, "hex")) }).catch(
      (error: unknown) => {
        if (error instanceof RpcError && error.message.includes("not found")) return undefined;
        throw error;
      },
    );
    if (answer === undefined) return undefined;
    const { height, tx_result: result } = answer;
    return {
      height: Number(height),
      code: result.code,
      log: result.log ?? "",
      gasUsed: Number(result.gas_used ?? 0),
      events: result.events ?? [],
    };
  }

  /**
   * Asks the application.
   *
   * @throws RpcError with the application's code and words when it refuses.
   */
  async query({ path, data, height, prove = false }: Query): Promise<Queried> {
    const { response } = await this.call<RawQuery>("abci_query", {
      path,
      data: Buffer.from(data ?? []).toString("hex"),
      prove,
      ...at(height),
    });
    if (response.code !== 0) throw new RpcError(response.code, response.log);
    return {
      value: bytes(response.value),
      height: Number(response.height),
      proof: (response.proofOps?.ops ?? []).map((op) => ({
        type: op.type,
        key: bytes(op.key),
        data: bytes(op.data),
      })),
    };
  }

  /** Any method, with its parameters in JSON-RPC's own form. */
  async call<T>(method: string, params: Readonly<Record<string, unknown>> = {}): Promise<T> {
    const answer = await fetch(this.url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      signal: AbortSignal.timeout(this.patience),
    }).catch((error: unknown) => {
      throw new UserError(`the node at ${this.url} does not answer ${method}: ${reason(error)}`);
    });
    const text = await answer.text();
    let parsed: { result?: T; error?: { code: number; message: string; data?: string } };
    try {
      parsed = JSON.parse(text) as typeof parsed;
    } catch {
      throw new UserError(
        `${this.url} gives no JSON for ${method}: ${answer.status} ${text.slice(0, 100)}; is it a node's RPC?`,
      );
    }
    const { error, result } = parsed;
    if (error) throw new RpcError(error.code, `${method}: ${error.message}: ${error.data ?? ""}`);
    return result as T;
  }
}

function at(height: number | undefined): { height?: string } {
  return height === undefined ? {} : { height: String(height) };
}

function base64(data: Uint8Array): string {
  return Buffer.from(data).toString("base64");
}

function bytes(text: string | null): Uint8Array {
  return new Uint8Array(Buffer.from(text ?? "", "base64"));
}

/** Node's fetch hides the reason in the cause. */
function reason(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? cause.message : String(cause);
}
