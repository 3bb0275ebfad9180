/** What the integration checks share: ways to two nodes, the chain's own facts, and who signs. */
import { nodeRoles } from "../../../../components/chain/nodes.ts";
import { namespaces } from "../../../../components/names.ts";
import { pawPorts } from "../../../../components/ports.ts";
import { Bech32PrefixResponse } from "cosmjs-types/cosmos/auth/v1beta1/query";
import {
  ListImplementationsRequest,
  ListImplementationsResponse,
} from "cosmjs-types/cosmos/base/reflection/v1beta1/reflection";
import { QueryParamsResponse } from "cosmjs-types/cosmos/staking/v1beta1/query";

import { CometRpc } from "../../chain/rpc.ts";
import { type SignData, Signer, feeFor } from "../../chain/signer.ts";
import { UserError } from "../../errors.ts";
import { type Forwarded, forward } from "../../running/forward.ts";
import type { Target } from "../../running/target.ts";
import { eachRpc, nodesOf } from "../nodes.ts";

/** Gas that each of our transactions may use: three times what the largest of them was seen to. */
const gas = 900_000;

export interface IntegrationOptions {
  /** Mnemonics; the first one signs, the others vote as well. */
  readonly mnemonics: readonly string[];
  /** Whether a proposal is really made: it takes a deposit, and everybody sees it. */
  readonly propose: boolean;
  /** Seconds that a vote is waited for. */
  readonly wait: number;
  /** A second chain, to which a channel is opened. */
  readonly peer?: { readonly url: string; readonly mnemonic: string } | undefined;
  /** Told of steps inside a check. */
  readonly report: (step: string) => void;
}

export interface NodeWay {
  readonly pod: string;
  readonly rpc: CometRpc;
}

export interface Integration extends IntegrationOptions {
  readonly target: Target;
  /** Two different nodes; the first is a full node where there is one that answers. */
  readonly nodes: readonly [NodeWay, NodeWay];
  readonly chainId: string;
  readonly prefix: string;
  /** Unit of stake. */
  readonly denom: string;
  readonly signers: readonly Signer[];
  readonly how: Pick<SignData, "chainId" | "gas" | "fee">;
  /** The transaction that was sent first, once it is in a block. */
  sent?: { readonly hash: string; readonly height: number; readonly bytes: Uint8Array };
}

/**
 * Opens the ways, reads the chain's facts, does the work, and closes the ways.
 *
 * @throws UserError when fewer than two nodes answer.
 */
export async function withIntegration<T>(
  target: Target,
  options: IntegrationOptions,
  work: (integration: Integration) => Promise<T>,
): Promise<T> {
  const ways: Forwarded[] = [];
  try {
    const nodes = await twoNodes(target, ways);
    const [{ rpc }] = nodes;
    const { chainId } = await rpc.status();
    const prefix = await prefixOf(rpc);
    const staking = await rpc.query({ path: "/cosmos.staking.v1beta1.Query/Params" });
    const denom = QueryParamsResponse.decode(staking.value).params.bondDenom;
    const signers = await Promise.all(options.mnemonics.map((mnemonic) => Signer.of(mnemonic, prefix)));
    const fee = feeFor(gas, target.config.chain.minimumGasPrices);
    const how = { chainId, gas, fee };
    return await work({ ...options, target, nodes, chainId, prefix, denom, signers, how });
  } finally {
    for (const way of ways) way.close();
  }
}

/** Full nodes first: they are there to answer questions. */
async function twoNodes(target: Target, ways: Forwarded[]): Promise<[NodeWay, NodeWay]> {
  const order = [...nodeRoles].reverse();
  const nodes = (await nodesOf(target)).toSorted((a, b) => order.indexOf(a.role) - order.indexOf(b.role));
  const asked = await eachRpc(target, nodes, (rpc) => rpc.status());
  const [first, second] = asked.filter((each) => "value" in each && !each.value.catchingUp);
  if (first === undefined || second === undefined) {
    throw new UserError(
      `two nodes that follow the chain are needed; of ${nodes.length} pods fewer answer so`,
      ["npx paw test smoke says which do not, and why"],
    );
  }
  const open = async ({ pod }: { readonly pod: string }): Promise<NodeWay> => {
    const way = await forward(target, { namespace: namespaces.paw, pod, port: pawPorts.rpc.port });
    ways.push(way);
    return { pod, rpc: new CometRpc(way.url) };
  };
  return [await open(first), await open(second)];
}

/** The beginning of a chain's addresses, as it says itself (Cosmos SDK 0.46 and newer). */
export async function prefixOf(rpc: CometRpc): Promise<string> {
  const { value } = await rpc.query({ path: "/cosmos.auth.v1beta1.Query/Bech32Prefix" });
  return Bech32PrefixResponse.decode(value).bech32Prefix;
}

/** Every kind of message that the chain's binary knows, as it says itself: `/cosmos.bank.v1beta1.MsgSend` and so on. */
export async function messageKinds(rpc: CometRpc): Promise<readonly string[]> {
  const request = { interfaceName: "cosmos.base.v1beta1.Msg" };
  const { value } = await rpc.query({
    path: "/cosmos.base.reflection.v1beta1.ReflectionService/ListImplementations",
    data: ListImplementationsRequest.encode(request).finish(),
  });
  return ListImplementationsResponse.decode(value).implementationMessageNames;
}
