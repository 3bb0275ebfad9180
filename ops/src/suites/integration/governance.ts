/** A proposal that asks for nothing: submitted with its deposit, voted on, and passed, as far as the time allows. */
import { ProposalStatus, VoteOption } from "cosmjs-types/cosmos/gov/v1/gov";
import {
  QueryParamsRequest,
  QueryParamsResponse,
  QueryProposalRequest,
  QueryProposalResponse,
} from "cosmjs-types/cosmos/gov/v1/query";
import { MsgSubmitProposal, MsgVote } from "cosmjs-types/cosmos/gov/v1/tx";

import { type CometRpc, attributeOf } from "../../chain/rpc.ts";
import { message } from "../../chain/signer.ts";
import type { Fault, Outcome } from "../../running/checks.ts";
import type { Integration } from "./context.ts";
import { noSigner } from "./transaction.ts";

export async function propose(integration: Integration): Promise<Outcome> {
  const { nodes, signers, how, wait, report } = integration;
  const [{ rpc }] = nodes;
  const rules = await rulesOf(rpc);
  const about = `votes last ${rules.votingSeconds} s, quorum ${percent(rules.quorum)}`;
  if (signers[0] === undefined) return { ...noSigner, found: about };
  if (!integration.propose) {
    const cost = rules.deposit.map(({ amount, denom }) => amount + denom).join(", ");
    const notEvaluated = `nothing was proposed: --propose makes a proposal, with a deposit of ${cost}`;
    return { found: about, faults: [], notEvaluated };
  }
  const submitted = await signers[0].send(
    rpc,
    [
      message(MsgSubmitProposal, {
        ...{ messages: [], initialDeposit: [...rules.deposit], proposer: signers[0].address },
        ...{ metadata: "paw test integration", title: "paw test integration" },
        summary: "A test of governance. It changes nothing.",
      }),
    ],
    how,
  );
  const proposalId = BigInt(attributeOf(submitted, "submit_proposal", "proposal_id"));
  report(`proposal ${proposalId} submitted`);
  const vote = { proposalId, option: VoteOption.VOTE_OPTION_YES, metadata: "" };
  for (const signer of signers)
    await signer.send(rpc, [message(MsgVote, { ...vote, voter: signer.address })], how);
  report(`${signers.length} votes given`);
  const patience = Math.min(wait, rules.votingSeconds + 15);
  let seen = await proposalOf(rpc, proposalId);
  for (const end = Date.now() + patience * 1000; Date.now() < end && isOpen(seen.status);) {
    await new Promise((resolve) => setTimeout(resolve, 1000));
    seen = await proposalOf(rpc, proposalId);
  }
  return judgeProposal({ id: proposalId, ...seen, votes: signers.length, ...rules, wait });
}

interface Rules {
  readonly votingSeconds: number;
  /** Share of the voting power that has to vote: 0 to 1. */
  readonly quorum: number;
  readonly deposit: readonly { readonly denom: string; readonly amount: string }[];
}

async function rulesOf(rpc: CometRpc): Promise<Rules> {
  const { value } = await rpc.query({
    path: "/cosmos.gov.v1.Query/Params",
    data: QueryParamsRequest.encode({ paramsType: "voting" }).finish(),
  });
  const { params } = QueryParamsResponse.decode(value);
  if (params === undefined)
    throw new Error("the chain does not say its rules: Cosmos SDK 0.47 or newer does");
  return {
    votingSeconds: Number(params.votingPeriod?.seconds ?? 0n),
    quorum: Number(params.quorum),
    deposit: params.minDeposit,
  };
}

interface Seen {
  readonly status: ProposalStatus;
  readonly reason: string;
}

async function proposalOf(rpc: CometRpc, proposalId: bigint): Promise<Seen> {
  const data = QueryProposalRequest.encode({ proposalId }).finish();
  const { value } = await rpc.query({ path: "/cosmos.gov.v1.Query/Proposal", data });
  const { proposal } = QueryProposalResponse.decode(value);
  return {
    status: proposal?.status ?? ProposalStatus.PROPOSAL_STATUS_UNSPECIFIED,
    reason: proposal?.failedReason ?? "",
  };
}

const isOpen = (status: ProposalStatus): boolean => status === ProposalStatus.PROPOSAL_STATUS_VOTING_PERIOD;

export interface Proposed extends Seen, Rules {
  readonly id: bigint;
  /** Accounts that voted. */
  readonly votes: number;
  /** Seconds that an operator would wait. */
  readonly wait: number;
}

export function judgeProposal(proposed: Proposed): Outcome {
  const { id, status, reason, votes, votingSeconds, quorum, wait } = proposed;
  const done = `proposal ${id} submitted, ${votes} voted yes`;
  if (status === ProposalStatus.PROPOSAL_STATUS_PASSED) return { found: `${done}, passed`, faults: [] };
  if (isOpen(status)) {
    const late: Fault = {
      found: `${done}; the vote should be over after ${votingSeconds} s, and is not`,
      next: "does the chain make blocks? npx paw test smoke",
    };
    if (wait > votingSeconds) return { found: done, faults: [late] };
    const notEvaluated = `${done}; its vote lasts ${votingSeconds} s, longer than --wait ${wait}`;
    return { found: done, faults: [], notEvaluated };
  }
  const name = ProposalStatus[status].replace("PROPOSAL_STATUS_", "").toLowerCase();
  return {
    found: `${done}, ${name}`,
    faults: [
      {
        found: `proposal ${id} ended as ${name}${reason === "" ? "" : `: ${reason}`}`,
        next: `the accounts that vote need ${percent(quorum)} of the stake: name more with --mnemonic-file`,
      },
    ],
  };
}

const percent = (share: number): string => `${Math.round(share * 1000) / 10} %`;
