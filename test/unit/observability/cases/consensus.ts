/** Situations of consensus. Blocks come every five seconds unless said otherwise; a scrape every 15. */
import type { Situation } from "../../../support/promtool.ts";

const of = (pod: string, more = ""): string => `{namespace="paw",chain_id="paw-1",pod="${pod}"${more}}`;
const height = (pod: string): string => `cometbft_consensus_latest_block_height${of(pod)}`;
const signed = (pod: string, address: string): string =>
  `cometbft_consensus_validator_last_signed_height${of(pod, `,validator_address="${address}"`)}`;
const missed = (pod: string, address: string): string =>
  `cometbft_consensus_validator_missed_blocks${of(pod, `,validator_address="${address}"`)}`;
const votes = (pod: string, type = "prevote"): string =>
  `cometbft_consensus_round_voting_power_percent${of(pod, `,vote_type="${type}"`)}`;
const set = (pod: string): string => `cometbft_consensus_validators${of(pod)}`;

const base = { step: "15s" } as const;
const chain = { namespace: "paw", chain_id: "paw-1", system: "paw" } as const;

export const consensus: readonly Situation[] = [
  {
    ...base,
    alert: "ChainHeightStalled",
    when: "all nodes stand at one height for five minutes",
    series: { [height("paw-validator-0")]: "1+3x20 61x20", [height("paw-sentry-0")]: "1+3x20 61x20" },
    at: "10m",
    fires: [{ labels: { ...chain, severity: "critical" }, summary: "paw-1 makes no blocks" }],
  },
  {
    ...base,
    alert: "ChainHeightStalled",
    when: "the chain stands still while a new full node catches up far below",
    series: { [height("paw-validator-0")]: "500x40", [height("paw-full-node-1")]: "1+5x40" },
    at: "8m",
    fires: [{ labels: { ...chain, severity: "critical" }, summary: "paw-1 makes no blocks" }],
  },
  {
    ...base,
    alert: "ChainHeightStalled",
    when: "blocks come every 45 seconds: slow, and not stalled",
    series: { [height("paw-validator-0")]: "1x2 2x2 3x2 4x2 5x2 6x2 7x2 8x2 9x2 10x2 11x2 12x2" },
    at: "8m",
    fires: [],
  },
  {
    ...base,
    alert: "ChainHeightStalled",
    when: "one validator hangs, the others go on",
    series: { [height("paw-validator-0")]: "60x40", [height("paw-validator-1")]: "60+3x40" },
    at: "8m",
    fires: [],
  },
  {
    ...base,
    alert: "ChainMetricsMissing",
    when: "the last node was scraped ten minutes ago",
    series: { [height("paw-validator-0")]: "1+3x8 stale" },
    at: "12m",
    fires: [
      {
        labels: { namespace: "paw", system: "paw", severity: "critical" },
        summary: "no node of the chain can be watched",
      },
    ],
  },
  {
    ...base,
    alert: "ChainMetricsMissing",
    when: "one of two nodes can still be scraped",
    series: { [height("paw-validator-0")]: "1+3x8 stale", [height("paw-sentry-0")]: "1+3x48" },
    at: "12m",
    fires: [],
  },
  {
    ...base,
    alert: "ConsensusRoundsHigh",
    when: "blocks need four rounds, for a quarter of an hour",
    series: {
      [`cometbft_consensus_rounds${of("paw-validator-0")}`]:
        "0 1 2 3 0 1 2 4 0 1 2 4 0 0 1 4 2 0 4 2 3 0 4 1 2 4 0 1 4 2 0 4 1 2 4 0 1 4 0 2 4 1 4 0 2 4",
    },
    at: "11m",
    fires: [{ labels: { ...chain, severity: "warning" }, summary: "blocks of paw-1 need 4 rounds" }],
  },
  {
    ...base,
    alert: "ConsensusRoundsHigh",
    when: "one block needed three rounds, the others none",
    series: { [`cometbft_consensus_rounds${of("paw-validator-0")}`]: "0x10 3 0x40" },
    at: "11m",
    fires: [],
  },
  ...votingPower(),
  ...signing(),
  ...evidence(),
];

function votingPower(): readonly Situation[] {
  const missing = `cometbft_consensus_missing_validators_power${of("paw-validator-0")}`;
  const total = `cometbft_consensus_validators_power${of("paw-validator-0")}`;
  return [
    {
      ...base,
      alert: "VotingPowerMissing",
      when: "one of four validators is away",
      series: { [missing]: "1000x40", [total]: "4000x40" },
      at: "8m",
      fires: [
        {
          labels: { ...chain, severity: "warning" },
          summary: "25% of the voting power of paw-1 does not sign",
        },
      ],
    },
    {
      ...base,
      alert: "VotingPowerMissing",
      when: "a twentieth is missing, as it is for hours in a large network",
      series: { [missing]: "200x40", [total]: "4000x40" },
      at: "8m",
      fires: [],
    },
    {
      ...base,
      alert: "VotingPowerMissing",
      when: "one of four restarts and is back after two minutes",
      series: { [missing]: "0x8 1000x8 0x40", [total]: "4000x56" },
      at: "5m",
      fires: [],
    },
    {
      ...base,
      alert: "VotingPowerLost",
      when: "two of four are away: the votes of the round stay at one half, and blocks' missing power at a quarter",
      series: { [votes("paw-validator-0")]: "1 0.75 1x8 0.5x40", [missing]: "1000x50", [total]: "4000x50" },
      at: "8m",
      fires: [
        {
          labels: { ...chain, severity: "critical" },
          summary: "paw-1 has votes of 50% of its power, which is not enough",
        },
      ],
    },
    {
      ...base,
      alert: "VotingPowerLost",
      when: "two of four went away between the votes of a round: all have prevoted, and half has precommitted",
      series: {
        [votes("paw-validator-0")]: "1 0.75 1x48",
        [votes("paw-validator-0", "precommit")]: "0.75 1 0.75x8 0.5x40",
      },
      at: "8m",
      fires: [
        {
          labels: { ...chain, severity: "critical" },
          summary: "paw-1 has votes of 50% of its power, which is not enough",
        },
      ],
    },
    {
      ...base,
      alert: "VotingPowerLost",
      when: "one of four is away: rounds are seen at any stage, and reach three quarters",
      series: {
        [votes("paw-validator-0")]:
          "0 0.25 0.75 0.5 0 0.75 0.25 0 0.75 0 0.5 0.75 0.25 0.75 0 0 0.75 0.5 0 0.75 0.25 0.75 0 0.75 0.5 0.25 0.75 0 0.75 0.5 0.75 0 0.25 0.75",
        [votes("paw-validator-0", "precommit")]:
          "0 0 0.75 0.25 0 0.75 0 0 0.5 0 0.25 0.75 0 0.75 0 0 0.75 0 0 0.75 0 0.5 0 0.75 0 0 0.75 0 0.25 0 0.75 0 0 0.75",
      },
      at: "8m",
      fires: [],
    },
    {
      ...base,
      alert: "ValidatorSetShrank",
      when: "five minutes ago one of four was jailed",
      series: { [set("paw-validator-0")]: "4x40 3x20", [set("paw-sentry-0")]: "4x40 3x20" },
      at: "14m",
      fires: [
        { labels: { ...chain, severity: "warning" }, summary: "1 validators have left the set of paw-1" },
      ],
    },
    {
      ...base,
      alert: "ValidatorSetShrank",
      when: "a fifth validator has joined",
      series: { [set("paw-validator-0")]: "4x40 5x20" },
      at: "14m",
      fires: [],
    },
  ];
}

function signing(): readonly Situation[] {
  const own = { ...chain, pod: "paw-validator-0", validator_address: "A1", severity: "warning" };
  return [
    {
      ...base,
      step: "1m",
      alert: "ValidatorMissesBlocks",
      when: "every tenth block lacks its signature",
      series: { [height("paw-validator-0")]: "100+10x40", [missed("paw-validator-0", "A1")]: "3+1x40" },
      at: "30m",
      fires: [{ labels: own, summary: "paw-validator-0 misses 10% of the blocks" }],
    },
    {
      ...base,
      step: "1m",
      alert: "ValidatorMissesBlocks",
      when: "it missed four blocks of a hundred after a restart, and has signed since",
      series: {
        [height("paw-validator-0")]: "100+10x60",
        [missed("paw-validator-0", "A1")]: "0x5 4x60",
      },
      at: "12m",
      fires: [],
    },
    {
      ...base,
      step: "1m",
      alert: "ValidatorMissesBlocks",
      when: "it missed hundreds when it was away yesterday, and none since",
      series: { [height("paw-validator-0")]: "100+10x60", [missed("paw-validator-0", "A1")]: "900x60" },
      at: "30m",
      fires: [],
    },
    {
      ...base,
      alert: "ValidatorNotSigning",
      when: "it follows the chain, and its last signature stays where it was",
      series: {
        [height("paw-validator-0")]: "100+3x40",
        [signed("paw-validator-0", "A1")]: "100x40",
        [height("paw-validator-1")]: "100+3x40",
        [signed("paw-validator-1", "B2")]: "100+3x40",
      },
      at: "5m",
      fires: [{ labels: own, summary: "paw-validator-0 has not signed the last 60 blocks" }],
    },
    {
      ...base,
      alert: "ValidatorNotSigning",
      when: "the last signature is one block behind, as it is on every node",
      series: { [height("paw-validator-0")]: "101+3x40", [signed("paw-validator-0", "A1")]: "100+3x40" },
      at: "5m",
      fires: [],
    },
    {
      ...base,
      alert: "ValidatorNotSigning",
      when: "a sentry, which has no key",
      series: { [height("paw-sentry-0")]: "101+3x40" },
      at: "5m",
      fires: [],
    },
  ];
}

function evidence(): readonly Situation[] {
  const fires = [
    {
      labels: { namespace: "paw", system: "paw", severity: "critical" },
      summary: "a validator in paw has signed twice",
    },
  ];
  const gauge = `cometbft_consensus_byzantine_validators${of("paw-sentry-0")}`;
  const counted =
    'loki_process_custom_paw_evidence_lines_total{namespace="paw",pod="paw-sentry-0",container="node"}';
  return [
    {
      ...base,
      alert: "ByzantineEvidence",
      when: "one scrape, twenty minutes ago, saw a block with evidence",
      series: { [gauge]: "0x10 1 0x100" },
      at: "22m",
      fires,
    },
    {
      ...base,
      alert: "ByzantineEvidence",
      when: "no scrape met the block, but the node has said it in its log",
      series: { [gauge]: "0x100", [counted]: "_x10 1x90" },
      at: "22m",
      fires,
    },
    {
      ...base,
      alert: "ByzantineEvidence",
      when: "nobody has signed twice",
      series: { [gauge]: "0x100" },
      at: "22m",
      fires: [],
    },
  ];
}
