/** What an IBC light client of CometBFT is told: headers, validators and proofs, out of a node's RPC (ICS 07, ICS 23). */
import { QueryParamsResponse } from "cosmjs-types/cosmos/staking/v1beta1/query";
import { CommitmentProof, type ProofSpec } from "cosmjs-types/cosmos/ics23/v1/proofs";
import type { Any } from "cosmjs-types/google/protobuf/any";
import type { Timestamp } from "cosmjs-types/google/protobuf/timestamp";
import type { Height } from "cosmjs-types/ibc/core/client/v1/client";
import { MerkleProof } from "cosmjs-types/ibc/core/commitment/v1/commitment";
import { ClientState, ConsensusState, Header } from "cosmjs-types/ibc/lightclients/tendermint/v1/tendermint";
import type { SignedHeader } from "cosmjs-types/tendermint/types/types";
import {
  type Validator,
  type ValidatorSet,
  blockIDFlagFromJSON,
} from "cosmjs-types/tendermint/types/validator";

import type { RawBlockId, RawCommit, RawHeader, RawValidator } from "../raw.ts";
import type { CometRpc } from "../rpc.ts";

/** Seconds that a header may be ahead of the other chain's clock. */
const clockDrift = 30n;

/** How the SDK's stores prove: IAVL inside, CometBFT's simple Merkle tree over the stores (ics23's own two specs). */
const leaf = { hash: 1, prehashKey: 0, prehashValue: 1, length: 1, prefix: new Uint8Array([0]) };
const inner = (childSize: number, minPrefixLength: number, maxPrefixLength: number): object => ({
  childOrder: [0, 1],
  childSize,
  minPrefixLength,
  maxPrefixLength,
  emptyChild: new Uint8Array(),
  hash: 1,
});
const proofSpecs = [inner(33, 4, 12), inner(32, 1, 1)].map((innerSpec) => ({
  leafSpec: leaf,
  innerSpec,
  maxDepth: 0,
  minDepth: 0,
})) as ProofSpec[];

/** The number at the end of a chain id (`paw-1` has 1), which is part of every height. */
export function revisionOf(chainId: string): bigint {
  const [, number] = /-([1-9]\d*)$/.exec(chainId) ?? [];
  return BigInt(number ?? 0);
}

/** A height of a chain in the form of IBC. */
export function heightOf(chainId: string, height: number): Height {
  return { revisionNumber: revisionOf(chainId), revisionHeight: BigInt(height) };
}

/** What a new client of a chain begins with, at a height. */
export async function newClient(
  rpc: CometRpc,
  height: number,
): Promise<{ readonly clientState: Any; readonly consensusState: Any }> {
  const { header } = await rpc.commit(height);
  const chainId = header.chain_id;
  const { value } = await rpc.query({ path: "/cosmos.staking.v1beta1.Query/Params" });
  const { params } = QueryParamsResponse.decode(value);
  const unbonding = params.unbondingTime.seconds;
  const state = ClientState.fromPartial({
    chainId,
    trustLevel: { numerator: 1n, denominator: 3n },
    trustingPeriod: { seconds: (unbonding * 2n) / 3n },
    unbondingPeriod: { seconds: unbonding },
    maxClockDrift: { seconds: clockDrift },
    frozenHeight: { revisionNumber: 0n, revisionHeight: 0n },
    latestHeight: heightOf(chainId, height),
    proofSpecs,
    upgradePath: ["upgrade", "upgradedIBCState"],
  });
  const consensus = ConsensusState.fromPartial({
    timestamp: timestampOf(header.time),
    root: { hash: hex(header.app_hash) },
    nextValidatorsHash: hex(header.next_validators_hash),
  });
  return {
    clientState: { typeUrl: ClientState.typeUrl, value: ClientState.encode(state).finish() },
    consensusState: { typeUrl: ConsensusState.typeUrl, value: ConsensusState.encode(consensus).finish() },
  };
}

/** A header with all that a client needs to believe it, from the last height that it believed. */
export async function headerAt(rpc: CometRpc, height: number, trusted: number): Promise<Any> {
  const { header, commit } = await rpc.commit(height);
  const chainId = header.chain_id;
  const proposer = header.proposer_address;
  const value = Header.fromPartial({
    signedHeader: signedHeader(header, commit),
    validatorSet: validatorSet(await rpc.validators(height), proposer),
    trustedHeight: heightOf(chainId, trusted),
    trustedValidators: validatorSet(await rpc.validators(trusted + 1), proposer),
  });
  return { typeUrl: Header.typeUrl, value: Header.encode(value).finish() };
}

/**
 * What the IBC store holds under a key after the block before a height, and the proof of it, which the header of the
 * height itself is the root of.
 */
export async function proveAt(
  rpc: CometRpc,
  key: string,
  height: number,
): Promise<{ readonly value: Uint8Array; readonly proof: Uint8Array }> {
  const data = new Uint8Array(Buffer.from(key, "utf8"));
  const answer = await rpc.query({ path: "store/ibc/key", data, height: height - 1, prove: true });
  if (answer.value.length === 0) throw new Error(`nothing is stored under ${key} at height ${height - 1}`);
  const proofs = answer.proof.map((each) => CommitmentProof.decode(each.data));
  return { value: answer.value, proof: MerkleProof.encode(MerkleProof.fromPartial({ proofs })).finish() };
}

/** RFC 3339 with up to nine decimals. */
export function timestampOf(text: string): Timestamp {
  const [, whole = "", fraction = ""] = /^(.*?)(?:\.(\d+))?Z$/.exec(text) ?? [];
  const seconds = BigInt(Math.round(Date.parse(`${whole}Z`) / 1000));
  return { seconds, nanos: Number(fraction.padEnd(9, "0")) };
}

function signedHeader(header: RawHeader, commit: RawCommit): SignedHeader {
  return {
    header: {
      version: { block: BigInt(header.version.block ?? 0), app: BigInt(header.version.app ?? 0) },
      chainId: header.chain_id,
      height: BigInt(header.height),
      time: timestampOf(header.time),
      lastBlockId: blockId(header.last_block_id),
      lastCommitHash: hex(header.last_commit_hash),
      dataHash: hex(header.data_hash),
      validatorsHash: hex(header.validators_hash),
      nextValidatorsHash: hex(header.next_validators_hash),
      consensusHash: hex(header.consensus_hash),
      appHash: hex(header.app_hash),
      lastResultsHash: hex(header.last_results_hash),
      evidenceHash: hex(header.evidence_hash),
      proposerAddress: hex(header.proposer_address),
    },
    commit: {
      height: BigInt(commit.height),
      round: commit.round,
      blockId: blockId(commit.block_id),
      signatures: commit.signatures.map((each) => ({
        blockIdFlag: blockIDFlagFromJSON(each.block_id_flag),
        validatorAddress: hex(each.validator_address),
        timestamp: timestampOf(each.timestamp),
        signature: base64(each.signature),
      })),
    },
  };
}

function blockId(id: RawBlockId): { hash: Uint8Array; partSetHeader: { total: number; hash: Uint8Array } } {
  return {
    hash: hex(id.hash),
    partSetHeader: { total: id.parts.total, hash: hex(id.parts.hash) },
  };
}

function validatorSet(list: readonly RawValidator[], proposer: string): ValidatorSet {
  const validators = list.map((each): Validator => ({
    address: hex(each.address),
    pubKey:
      each.pub_key.type === "tendermint/PubKeyEd25519"
        ? { ed25519: base64(each.pub_key.value) }
        : { secp256k1: base64(each.pub_key.value) },
    votingPower: BigInt(each.voting_power),
    proposerPriority: BigInt(each.proposer_priority ?? 0),
  }));
  const index = list.findIndex(({ address }) => address === proposer);
  const chosen = validators[Math.max(index, 0)];
  const totalVotingPower = validators.reduce((sum, { votingPower }) => sum + votingPower, 0n);
  return { validators, totalVotingPower, ...(chosen ? { proposer: chosen } : {}) };
}

function hex(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "hex"));
}

function base64(text: string | null): Uint8Array {
  return new Uint8Array(Buffer.from(text ?? "", "base64"));
}
