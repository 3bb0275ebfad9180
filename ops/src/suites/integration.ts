/** `paw test integration` (spec A23): what the chain is for, done once. */
import type { Check } from "../running/checks.ts";
import type { Integration } from "./integration/context.ts";
import { lookAtDex } from "./integration/dex.ts";
import { propose } from "./integration/governance.ts";
import { lookAtIbc } from "./integration/ibc.ts";
import { followTransaction, sendTransaction } from "./integration/transaction.ts";

/** In this order: the second one follows what the first one sent. */
export const integrationChecks: readonly Check<Integration>[] = [
  {
    id: "transaction",
    title: "Transaction",
    wanted: "a signed transaction is taken, executed and in a block",
    look: sendTransaction,
  },
  {
    id: "finality",
    title: "Finality",
    wanted:
      "two nodes have the same block with it, signed by more than two thirds, and the next one stands on it",
    look: followTransaction,
  },
  {
    id: "governance",
    title: "Governance proposal",
    wanted: "a proposal is submitted, voted on, and passes",
    look: propose,
  },
  {
    id: "ibc",
    title: "IBC channel",
    wanted: "a channel to another chain is open, its client alive, and what is sent over it arrives",
    look: lookAtIbc,
  },
  { id: "dex", title: "DEX", wanted: "the DEX module answers", look: lookAtDex },
];
