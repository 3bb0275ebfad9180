/** Is the chain well? Asked of a node that no fault acts on. */
import { namespaces, selectorLabels } from "../../../components/names.ts";
import { pawPorts } from "../../../components/ports.ts";
import { CometRpc } from "../chain/rpc.ts";
import { UserError } from "../errors.ts";
import { type Forwarded, forward, isReady, nameOf, podsOf } from "../running/forward.ts";
import type { Target } from "../running/target.ts";
import type { Voter } from "./power.ts";

export interface Signed {
  readonly height: number;
  /** Of the last block, in milliseconds. */
  readonly time: number;
  readonly voters: readonly Voter[];
  /** Addresses of those whose signature is in one of the last commits. */
  readonly signed: ReadonlySet<string>;
}

/** Commits that are looked at: a vote that comes late once does not make a validator one that is away. */
const commits = 3;

/** Who has signed the last blocks that a node has. */
export async function lastSigned(rpc: CometRpc): Promise<Signed> {
  const { height, blockTime } = await rpc.status();
  const validators = await rpc.validators(height);
  const signed = new Set<string>();
  // The last block's own commit is what this node happens to have seen; those before it are in blocks.
  for (let at = Math.max(1, height - commits); at < height; at++) {
    const { signatures } = (await rpc.commit(at)).commit;
    for (const { block_id_flag: flag, validator_address: address } of signatures) {
      if (flag === blockIdFlagCommit) signed.add(address);
    }
  }
  const voters = validators.map(({ address, voting_power: power }) => ({
    address,
    power: BigInt(power),
  }));
  return { height, time: Date.parse(blockTime), voters, signed };
}

/** CometBFT's `BLOCK_ID_FLAG_COMMIT`: a vote for the block, and neither for nothing nor absent. */
const blockIdFlagCommit = 2;

/** A way to a node's RPC, which the caller closes. */
export interface Observer extends Forwarded {
  readonly rpc: CometRpc;
  readonly pod: string;
}

/** Who is asked first: a full node serves, a validator has other work. */
const preference = ["full-node", "sentry", "validator"] as const;

/**
 * Opens a way to a node that is ready and none of those that something is done to.
 *
 * @throws UserError when there is no such node.
 */
export async function observe(target: Target, except: readonly string[]): Promise<Observer> {
  for (const role of preference) {
    const pods = await podsOf(target, { namespace: namespaces.paw, labels: selectorLabels("paw", role) });
    const pod = pods
      .filter(isReady)
      .map(nameOf)
      .find((name) => !except.includes(name));
    if (pod === undefined) continue;
    const way = await forward(target, { namespace: namespaces.paw, pod, port: pawPorts.rpc.port });
    // An answer that takes longer than a block is none.
    return { ...way, rpc: new CometRpc(way.url, 5000), pod };
  }
  throw new UserError(
    "no node of the chain is ready beside those that the fault is for: nobody could watch",
    [`kubectl get pods -n ${namespaces.paw}`],
  );
}

export interface Watched {
  /** Seconds that were watched. */
  readonly seconds: number;
  readonly blocks: number;
  /** Longest time in seconds in which no new block was seen. */
  readonly longestGap: number;
  readonly cutShort: boolean;
}

/**
 * Watches blocks come, until the time is over, a gap is too long, or the signal.
 *
 * @param height asks for the last block's; it may fail.
 */
export async function watchBlocks(
  height: () => Promise<number>,
  limits: {
    readonly seconds: number;
    /** Seconds without a new block after which there is no use in going on. */
    readonly longestGap: number;
    readonly signal: AbortSignal;
    readonly now: () => number;
    readonly pause: () => Promise<void>;
  },
): Promise<Watched> {
  const { now, signal } = limits;
  const begun = now();
  const first = await height();
  let [last, lastSeen, longest] = [first, begun, 0];
  const elapsed = (): number => (now() - begun) / 1000;
  while (elapsed() < limits.seconds && longest <= limits.longestGap && !signal.aborted) {
    await limits.pause();
    const seen = await height().catch(() => last);
    const gap = (now() - lastSeen) / 1000;
    longest = Math.max(longest, gap);
    if (seen > last) [last, lastSeen] = [seen, now()];
  }
  return { seconds: elapsed(), blocks: last - first, longestGap: longest, cutShort: signal.aborted };
}
