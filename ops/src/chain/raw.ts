/** What CometBFT's RPC answers, as JSON: numbers of 64 bits are texts, hashes hexadecimal digits, keys base64. */

export interface RawBlockId {
  readonly hash: string;
  readonly parts: { readonly total: number; readonly hash: string };
}

export interface RawHeader {
  readonly version: { readonly block?: string; readonly app?: string };
  readonly chain_id: string;
  readonly height: string;
  readonly time: string;
  readonly last_block_id: RawBlockId;
  readonly last_commit_hash: string;
  readonly data_hash: string;
  readonly validators_hash: string;
  readonly next_validators_hash: string;
  readonly consensus_hash: string;
  readonly app_hash: string;
  readonly last_results_hash: string;
  readonly evidence_hash: string;
  readonly proposer_address: string;
}

export interface RawSignature {
  /** 1 for absent, 2 for this block, 3 for none. */
  readonly block_id_flag: number;
  readonly validator_address: string;
  readonly timestamp: string;
  readonly signature: string | null;
}

export interface RawCommit {
  readonly height: string;
  readonly round: number;
  readonly block_id: RawBlockId;
  readonly signatures: readonly RawSignature[];
}

export interface RawValidator {
  readonly address: string;
  readonly pub_key: { readonly type: string; readonly value: string };
  readonly voting_power: string;
  readonly proposer_priority?: string;
}

export interface RawStatus {
  readonly node_info: { readonly network: string; readonly id: string; readonly moniker: string };
  readonly sync_info: {
    readonly latest_block_height: string;
    readonly latest_block_time: string;
    readonly catching_up: boolean;
  };
}

export interface RawBlock {
  readonly block_id: RawBlockId;
  readonly block: {
    readonly header: RawHeader;
    readonly data: { readonly txs: readonly string[] | null };
    readonly last_commit: RawCommit | null;
  };
}

export interface RawTransaction {
  readonly height: string;
  readonly tx_result: {
    readonly code: number;
    readonly log?: string;
    readonly gas_used?: string;
    readonly events?: readonly {
      readonly type: string;
      readonly attributes: readonly { readonly key: string; readonly value: string }[];
    }[];
  };
}

export interface RawQuery {
  readonly response: {
    readonly code: number;
    readonly log: string;
    readonly value: string | null;
    readonly height: string;
    readonly proofOps: {
      readonly ops: readonly { readonly type: string; readonly key: string; readonly data: string }[];
    } | null;
  };
}
