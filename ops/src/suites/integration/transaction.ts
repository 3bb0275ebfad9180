/** A transaction, and that it is final: in a block that everybody has, and that the next one stands on. */
import { MsgSend } from "cosmjs-types/cosmos/bank/v1beta1/tx";

import type { RawSignature, RawValidator } from "../../chain/raw.ts";
import type { Block, CometRpc } from "../../chain/rpc.ts";
import { message } from "../../chain/signer.ts";
import type { Fault, Outcome } from "../../running/checks.ts";
import type { Integration } from "./context.ts";

export const noSigner: Outcome = {
  found: "nothing was sent",
  faults: [],
  notEvaluated: "no account to sign with: --mnemonic-file FILE, or - for standard input",
};

/** One unit from the account to itself: it changes nothing but the fee. */
export async function sendTransaction(integration: Integration): Promise<Outcome> {
  const [signer] = integration.signers;
  if (signer === undefined) return noSigner;
  const { address } = signer;
  const coin = { denom: integration.denom, amount: "1" };
  const pay = message(MsgSend, { fromAddress: address, toAddress: address, amount: [coin] });
  const begun = Date.now();
  const sent = await signer.send(integration.nodes[0].rpc, [pay], integration.how);
  integration.sent = sent;
  const seconds = ((Date.now() - begun) / 1000).toFixed(1);
  return {
    found: `${sent.hash.slice(0, 12)}… in block ${sent.height} after ${seconds} s, ${sent.gasUsed} gas`,
    faults: [],
  };
}

/** The same block on two nodes, with the transaction in it, and the next one on top, signed by more than two thirds. */
export async function followTransaction({ sent, nodes }: Integration): Promise<Outcome> {
  if (sent === undefined) {
    return { found: "nothing to follow", faults: [], notEvaluated: "there is no transaction to follow" };
  }
  const { height, bytes } = sent;
  const seen = await Promise.all(
    nodes.map(async ({ pod, rpc }) => {
      await reached(rpc, height + 1);
      return { pod, block: await rpc.block(height), next: await rpc.block(height + 1) };
    }),
  );
  const [{ rpc }] = nodes;
  const { commit } = await rpc.commit(height);
  const powers = await rpc.validators(height);
  return judgeFinality({
    tx: Buffer.from(bytes).toString("base64"),
    seen,
    signed: signedPower(commit, powers),
  });
}

export interface Finality {
  /** The transaction, in base64. */
  readonly tx: string;
  readonly seen: readonly { readonly pod: string; readonly block: Block; readonly next: Block }[];
  /** Voting power under the block, and all there is. */
  readonly signed: { readonly power: bigint; readonly total: bigint };
}

export function judgeFinality({ tx, seen, signed }: Finality): Outcome {
  const hashes = [...new Set(seen.map(({ block }) => block.hash))];
  const runbook = "docs/runbooks/byzantine-evidence.md";
  const faults: Fault[] = [
    ...(seen.length < 2
      ? [{ found: "only one node was asked", next: "npx paw test smoke says which nodes do not answer" }]
      : []),
    ...(hashes.length === 1
      ? []
      : [
          {
            found: `the block is not the same everywhere: ${seen.map(({ pod, block }) => `${pod} ${block.hash.slice(0, 12)}`).join(", ")}`,
            next: runbook,
          },
        ]),
    ...seen
      .filter(({ block }) => !block.txs.includes(tx))
      .map(({ pod, block }) => ({
        found: `${pod}: the transaction is not in block ${block.height}`,
        next: runbook,
      })),
    ...seen
      .filter(({ block, next }) => next.previousHash !== block.hash)
      .map(({ pod, block, next }) => ({
        found: `${pod}: block ${next.height} stands on ${next.previousHash.slice(0, 12)}, not on ${block.hash.slice(0, 12)}`,
        next: runbook,
      })),
    ...(signed.power * 3n > signed.total * 2n
      ? []
      : [
          {
            found: `validators with ${signed.power} of ${signed.total} signed it, which is not more than two thirds`,
            next: runbook,
          },
        ]),
  ];
  const height = seen[0]?.block.height ?? 0;
  return {
    found: `block ${height} is ${hashes[0]?.slice(0, 12) ?? "?"}… on ${seen.map(({ pod }) => pod).join(" and ")}, signed by ${signed.power} of ${signed.total}, and ${height + 1} stands on it`,
    faults,
  };
}

/** The power of those whose signature is under a commit, and of all validators. */
export function signedPower(
  commit: { readonly signatures: readonly Pick<RawSignature, "block_id_flag" | "validator_address">[] },
  validators: readonly Pick<RawValidator, "address" | "voting_power">[],
): Finality["signed"] {
  const powerOf = new Map(validators.map((each) => [each.address, BigInt(each.voting_power)]));
  const power = commit.signatures
    .filter((each) => each.block_id_flag === 2)
    .reduce((sum, each) => sum + (powerOf.get(each.validator_address) ?? 0n), 0n);
  return { power, total: [...powerOf.values()].reduce((sum, each) => sum + each, 0n) };
}

/** @throws Error when the node does not get there within a minute. */
async function reached(rpc: CometRpc, height: number): Promise<void> {
  for (const end = Date.now() + 60_000; Date.now() < end;) {
    if ((await rpc.status()).height >= height) return;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
  throw new Error(`${rpc.url} has no block ${height} within 60 s`);
}
