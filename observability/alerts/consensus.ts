/** Does the chain make blocks, and who takes part? */
import { type ObservabilitySite, query } from "../model.ts";
import type { Alert, RuleGroup } from "./alert.ts";

export const stalled = "ChainHeightStalled";
/** What a stalled chain brings with it. */
const followsStalled = [{ alert: stalled, equal: ["namespace"] }];

export function consensus({ namespaces, maxBlockAge }: ObservabilitySite): RuleGroup {
  const paw = `namespace="${namespaces.paw}"`;
  return {
    name: "paw-consensus",
    system: "paw",
    alerts: [...progress(paw, maxBlockAge), ...power(paw), ...signing(paw), ...faults(paw)],
  };
}

const progress = (paw: string, maxBlockAge: number): readonly Alert[] => [
  {
    name: stalled,
    // The highest node against itself: nodes that catch up below it do not hide that it stands still.
    query: query(
      "cometbft",
      `max by (namespace, chain_id) (cometbft_consensus_latest_block_height{${paw}})` +
        ` <= max by (namespace, chain_id) (cometbft_consensus_latest_block_height{${paw}} offset ${maxBlockAge}s)`,
    ),
    for: "1m",
    severity: "critical",
    summary: "{{ $labels.chain_id }} makes no blocks",
    description: `No node has committed a block for more than ${maxBlockAge} s and a minute. The height is {{ $value }}. A planned halt looks the same: silence it.`,
    runbook: "consensus-stalled",
  },
  {
    name: "ChainMetricsMissing",
    query: query("cometbft", `absent(cometbft_consensus_latest_block_height{${paw}})`),
    for: "5m",
    severity: "critical",
    summary: "no node of the chain can be watched",
    description:
      "Prometheus has no metrics of any node in {{ $labels.namespace }}: none runs, or none can be scraped. No other alert about the chain can fire.",
    runbook: "metrics-silent",
  },
  {
    name: "ConsensusRoundsHigh",
    query: query(
      "cometbft",
      `max by (namespace, chain_id) (max_over_time(cometbft_consensus_rounds{${paw}}[5m])) > 2`,
    ),
    for: "5m",
    severity: "warning",
    summary: "blocks of {{ $labels.chain_id }} need {{ $value }} rounds",
    description:
      "Proposers do not deliver in time, or votes come late: a slow or split network, or validators without resources.",
    runbook: "consensus-stalled",
    follows: followsStalled,
  },
];

const power = (paw: string): readonly Alert[] => [
  {
    name: "VotingPowerMissing",
    query: query(
      "cometbft",
      `max by (namespace, chain_id) (cometbft_consensus_missing_validators_power{${paw}} / cometbft_consensus_validators_power{${paw}}) > 0.1`,
    ),
    for: "5m",
    severity: "warning",
    summary: "{{ $value | humanizePercentage }} of the voting power of {{ $labels.chain_id }} does not sign",
    description: "More than 10 % of the power is missing from blocks. Above a third the chain stops.",
    runbook: "validator-not-signing",
    follows: [...followsStalled, { alert: "VotingPowerLost", equal: ["namespace"] }],
  },
  {
    name: "VotingPowerLost",
    // Not missing_validators_power: that is counted in blocks, and a block with a third missing is never made. The
    // votes of the present round are seen all the same; they stay where they are when no more come. Which of a round's
    // two votes it is that falls short depends on the moment at which the others went away.
    query: query(
      "cometbft",
      "min by (namespace, chain_id) (max by (namespace, chain_id, vote_type) " +
        `(max_over_time(cometbft_consensus_round_voting_power_percent{${paw}}[2m]))) < 0.667`,
    ),
    for: "1m",
    severity: "critical",
    summary:
      "{{ $labels.chain_id }} has votes of {{ $value | humanizePercentage }} of its power, which is not enough",
    description:
      "A third of the voting power or more has not voted for two minutes. No block can be made until some of it is back.",
    runbook: "consensus-stalled",
  },
  {
    name: "ValidatorSetShrank",
    query: query(
      "cometbft",
      `max by (namespace, chain_id) (max_over_time(cometbft_consensus_validators{${paw}}[1h]))` +
        ` - max by (namespace, chain_id) (cometbft_consensus_validators{${paw}}) > 0`,
    ),
    for: "2m",
    severity: "warning",
    summary: "{{ $value }} validators have left the set of {{ $labels.chain_id }}",
    description:
      "A validator that leaves the set without a plan was jailed: for blocks that it missed, or for signing twice.",
    runbook: "validator-not-signing",
  },
];

const signing = (paw: string): readonly Alert[] => [
  {
    name: "ValidatorMissesBlocks",
    query: query(
      "cometbft",
      `increase(cometbft_consensus_validator_missed_blocks{${paw}}[10m])` +
        ` / on (namespace, pod) group_left () clamp_min(increase(cometbft_consensus_latest_block_height{${paw}}[10m]), 1) > 0.05`,
    ),
    for: "5m",
    severity: "warning",
    summary: "{{ $labels.pod }} misses {{ $value | humanizePercentage }} of the blocks",
    description:
      "More than 5 % of the blocks of ten minutes lack this validator's signature. It is jailed when this goes on.",
    runbook: "validator-not-signing",
    follows: [...followsStalled, { alert: "ValidatorNotSigning", equal: ["namespace", "pod"] }],
  },
  {
    name: "ValidatorNotSigning",
    query: query(
      "cometbft",
      `cometbft_consensus_latest_block_height{${paw}} - on (namespace, pod) group_right () cometbft_consensus_validator_last_signed_height{${paw}} > 20`,
    ),
    for: "2m",
    severity: "warning",
    summary: "{{ $labels.pod }} has not signed the last {{ $value }} blocks",
    description:
      "The node runs and follows, but its key is not in the blocks: jailed, out of the set, or the signer does not answer.",
    runbook: "validator-not-signing",
    follows: followsStalled,
  },
];

const faults = (paw: string): readonly Alert[] => [
  {
    name: "ByzantineEvidence",
    // The gauge holds for one block only, which a scrape every 15 s can miss; the log line is counted as well.
    query: {
      sources: ["cometbft", "alloy"],
      expr:
        `max by (namespace) (max_over_time(cometbft_consensus_byzantine_validators{${paw}}[1h])) > 0` +
        ` or sum by (namespace) (loki_process_custom_paw_evidence_lines_total{${paw}}) > 0`,
    },
    for: "0s",
    severity: "critical",
    summary: "a validator in {{ $labels.namespace }} has signed twice",
    description:
      "There is evidence of double signing within the last hour. Whoever did it is slashed and out for good: if it is one of ours, a second process has its key.",
    runbook: "byzantine-evidence",
  },
];
