/** A new network: keys, genesis and the public facts that the program needs. */
import { createHash, randomBytes } from "node:crypto";

import type { Network } from "../../../components/chain/network.ts";
import { podNames } from "../../../components/chain/nodes.ts";
import { gentx, newOperator } from "./gentx.ts";
import { genesisText, readTemplate, stakeAmount } from "./genesis.ts";
import { newConsensusKey, newNodeKey } from "./keys.ts";

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

/** Everything of a new network. All but the facts is secret, or, like the genesis, kept with what is. */
export interface NewNetwork {
  readonly facts: Network;
  /** `<pod>.json`: content of priv_validator_key.json. */
  readonly consensusKeys: Files;
  /** `<pod>.json`: content of node_key.json, for validators and sentries. */
  readonly nodeKeys: Files;
  /** `<pod>.json`: address and mnemonic of the account that owns a validator. */
  readonly operators: Files;
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
    podNames("validator", args.validators).map(async (pod) => ({
      pod,
      consensus: newConsensusKey(),
      node: newNodeKey(),
      operator: await newOperator(prefix),
    })),
  );
  const sentries = podNames("sentry", args.sentries).map((pod) => ({ pod, node: newNodeKey() }));
  const stake = { denom, amount: String(stakeAmount) };
  const gentxs = await Promise.all(
    validators.map(({ pod, consensus, operator }) =>
      gentx({ operator, moniker: pod, consensusKey: consensus.publicKey, chainId, stake }),
    ),
  );
  const accounts = validators.map(({ operator }) => operator.address);
  const genesis = genesisText({ template, chainId, time: new Date(), denom, accounts, gentxs });
  const files = <T extends { readonly pod: string }>(
    list: readonly T[],
    content: (item: T) => string,
  ): Files => Object.fromEntries(list.map((item) => [`${item.pod}.json`, content(item)]));
  return {
    facts: {
      chainId,
      genesisSha256: createHash("sha256").update(genesis).digest("hex"),
      nodes: Object.fromEntries([
        ...validators.map(({ pod, node, consensus }) => [
          pod,
          { nodeId: node.id, consensusAddress: consensus.address, unused: true },
        ]),
        ...sentries.map(({ pod, node }) => [pod, { nodeId: node.id, unused: false }]),
      ]) as Network["nodes"],
    },
    consensusKeys: files(validators, ({ consensus }) => consensus.file),
    nodeKeys: files([...validators, ...sentries], ({ node }) => node.file),
    operators: files(validators, ({ operator }) =>
      JSON.stringify({ address: operator.address, mnemonic: operator.wallet.mnemonic }, null, 2),
    ),
    genesis,
    jwtSecret: randomBytes(32).toString("hex"),
    backupPassword: randomBytes(32).toString("hex"),
  };
}
