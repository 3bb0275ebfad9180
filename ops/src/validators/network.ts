/** A new network: keys, genesis and the public facts that the program needs. */
import { createHash, randomBytes } from "node:crypto";

import type { Network } from "../../../components/chain/network.ts";
import { podNames } from "../../../components/chain/nodes.ts";
import { type Operator, gentx, newOperator } from "./gentx.ts";
import { genesisText, readTemplate, stakeAmount } from "./genesis.ts";
import { type ConsensusKey, type NodeKey, keyIn, newConsensusKey, newNodeKey } from "./keys.ts";

export interface NetworkArgs {
  readonly validators: number;
  readonly sentries: number;
  readonly chainId: string;
  /** Prefix of account addresses. */
  readonly prefix: string;
  readonly denom: string;
  /** genesis.json of another chain's `init`; simapp's where it is not given. */
  readonly template?: string | undefined;
}

/** File name to content. */
export type Files = Readonly<Record<string, string>>;

/** Keys of nodes, and the facts of the network that they belong to. All but the facts is secret. */
export interface NodeKeys {
  readonly facts: Network;
  /** `<pod>.json`: content of priv_validator_key.json. */
  readonly consensusKeys: Files;
  /** `<pod>.json`: content of node_key.json, for validators and sentries. */
  readonly nodeKeys: Files;
  /** `<pod>.json`: address and mnemonic of the account that owns a validator. */
  readonly operators: Files;
}

/** Everything of a new network. The genesis is no secret; it is kept with what is. */
export interface NewNetwork extends NodeKeys {
  readonly genesis: string;
  /** What the API layer checks tokens with: 64 hexadecimal digits. */
  readonly jwtSecret: string;
  /** What backups are encrypted with: 64 hexadecimal digits. */
  readonly backupPassword: string;
}

/** Makes a network. All validators stake the same. */
export async function newNetwork(args: NetworkArgs): Promise<NewNetwork> {
  const { chainId, prefix, denom } = args;
  const template = readTemplate(args.template);
  const validators = await Promise.all(
    podNames("validator", args.validators).map((pod) => newValidator(pod, prefix)),
  );
  const sentries = podNames("sentry", args.sentries).map((pod) => newSentry(pod));
  const stake = { denom, amount: String(stakeAmount) };
  const gentxs = await Promise.all(
    validators.map(({ pod, consensus, operator }) =>
      gentx({ operator, moniker: pod, consensusKey: consensus.publicKey, chainId, stake }),
    ),
  );
  const accounts = validators.map(({ operator }) => operator.address);
  const genesis = genesisText({ template, chainId, time: new Date(), denom, accounts, gentxs });
  const genesisSha256 = createHash("sha256").update(genesis).digest("hex");
  return {
    ...keysOf({ chainId, genesisSha256, nodes: {} }, validators, sentries),
    genesis,
    jwtSecret: randomBytes(32).toString("hex"),
    backupPassword: randomBytes(32).toString("hex"),
  };
}

export interface NodesArgs {
  /** The network as it is. */
  readonly facts: Network;
  /** Numbers of nodes that it shall have keys for. */
  readonly validators: number;
  readonly sentries: number;
  /** Prefix of account addresses. */
  readonly prefix: string;
  /** Keys that an interrupted run made for nodes that the facts do not have yet. */
  readonly kept?: Pick<NodeKeys, "consensusKeys" | "nodeKeys">;
}

/**
 * Keys for the nodes that a network lacks, and its facts with these nodes. The genesis does not have them: a new
 * validator follows the chain with a key that signs nothing, until its operator makes it one (`create-validator`).
 *
 * @returns the very same facts where no node is lacking.
 */
export async function newNodes({ facts, prefix, kept, ...counts }: NodesArgs): Promise<NodeKeys> {
  const lacks = (pod: string): boolean => facts.nodes[pod] === undefined;
  const validators = await Promise.all(
    podNames("validator", counts.validators)
      .filter(lacks)
      .map((pod) => newValidator(pod, prefix, kept)),
  );
  const sentries = podNames("sentry", counts.sentries)
    .filter(lacks)
    .map((pod) => newSentry(pod, kept));
  if (validators.length + sentries.length === 0) {
    return { facts, consensusKeys: {}, nodeKeys: {}, operators: {} };
  }
  return keysOf(facts, validators, sentries);
}

interface Sentry {
  readonly pod: string;
  readonly node: NodeKey;
}
interface Validator extends Sentry {
  readonly consensus: ConsensusKey;
  readonly operator: Operator;
}

async function newValidator(pod: string, prefix: string, kept?: NodesArgs["kept"]): Promise<Validator> {
  const file = kept?.consensusKeys[fileOf(pod)];
  const consensus = newConsensusKey(file === undefined ? undefined : keyIn(file));
  return { ...newSentry(pod, kept), consensus, operator: await newOperator(prefix) };
}

function newSentry(pod: string, kept?: NodesArgs["kept"]): Sentry {
  const file = kept?.nodeKeys[fileOf(pod)];
  return { pod, node: newNodeKey(file === undefined ? undefined : keyIn(file)) };
}

/** Files of keys, and the facts with the nodes that they are for. */
function keysOf(facts: Network, validators: readonly Validator[], sentries: readonly Sentry[]): NodeKeys {
  const files = <T extends Sentry>(list: readonly T[], content: (item: T) => string): Files =>
    Object.fromEntries(list.map((item) => [fileOf(item.pod), content(item)]));
  const nodes: Network["nodes"] = { ...facts.nodes };
  for (const { pod, node, consensus } of validators) {
    nodes[pod] = { nodeId: node.id, consensusAddress: consensus.address, unused: true };
  }
  for (const { pod, node } of sentries) nodes[pod] = { nodeId: node.id, unused: false };
  return {
    facts: { ...facts, nodes },
    consensusKeys: files(validators, ({ consensus }) => consensus.file),
    nodeKeys: files([...validators, ...sentries], ({ node }) => node.file),
    operators: files(validators, ({ operator }) =>
      JSON.stringify({ address: operator.address, mnemonic: operator.wallet.mnemonic }, null, 2),
    ),
  };
}

/** Name of a node's file in each Secret and folder of keys. */
function fileOf(pod: string): string {
  return `${pod}.json`;
}
