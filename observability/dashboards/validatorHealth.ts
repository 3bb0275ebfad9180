/** Validator Health (spec A8): signing, jailing, delegations. */
import { chain, chainVariables, deployments, inNamespace, nodeVariable } from "./shared.ts";
import { type DashboardSpec, rising } from "./spec.ts";
import { type ObservabilitySite, query } from "../model.ts";

const pods = `${chain},pod=~"$pod"`;

export function validatorHealth(site: ObservabilitySite): DashboardSpec {
  return {
    uid: "paw-validators",
    title: "Validator Health",
    description: "Do our validators sign, are they in the set, and who stakes with whom?",
    folder: "PAW",
    variables: [...chainVariables(site.namespaces.paw), nodeVariable],
    annotations: deployments,
    rows: [
      { title: "Signing", panels: signing },
      { title: "Consensus", panels: consensus },
      { title: "Jailing", panels: jailing },
      { title: "Delegations", panels: delegations },
    ],
  };
}

const signing: DashboardSpec["rows"][number]["panels"] = [
  {
    kind: "stat",
    title: "Blocks since the last signature",
    description:
      "How far the chain is ahead of what each of our validators has signed. More than one or two is a validator that does not sign.",
    unit: "none",
    width: 12,
    thresholds: rising(3, 20),
    queries: [
      query(
        "cometbft",
        `max by (pod) (cometbft_consensus_latest_block_height{${pods}} - on (namespace, pod) group_right () cometbft_consensus_validator_last_signed_height{${pods}})`,
        "{{pod}}",
      ),
    ],
  },
  {
    kind: "stat",
    title: "Voting power",
    description: "What each of our validators weighs in a vote.",
    unit: "short",
    width: 12,
    queries: [query("cometbft", `max by (pod) (cometbft_consensus_validator_power{${pods}})`, "{{pod}}")],
  },
  {
    kind: "timeseries",
    title: "Blocks missed in an hour",
    description:
      "Blocks without our validator's signature, counted since its process began. No line: it has missed none.",
    unit: "short",
    width: 12,
    min: 0,
    queries: [
      query(
        "cometbft",
        `max by (pod) (increase(cometbft_consensus_validator_missed_blocks{${pods}}[1h]))`,
        "{{pod}}",
      ),
    ],
  },
  {
    kind: "timeseries",
    title: "Missing voting power",
    description:
      "Share of the power that did not sign the last block, ours or not. Above a third there is no block.",
    unit: "percentunit",
    width: 12,
    min: 0,
    thresholds: rising(0.1, 0.3),
    queries: [
      query(
        "cometbft",
        `max(cometbft_consensus_missing_validators_power{${chain}} / cometbft_consensus_validators_power{${chain}})`,
        "power",
      ),
      query(
        "cometbft",
        `max(cometbft_consensus_missing_validators{${chain}} / cometbft_consensus_validators{${chain}})`,
        "validators",
      ),
    ],
  },
];

const consensus: DashboardSpec["rows"][number]["panels"] = [
  {
    kind: "timeseries",
    title: "Votes of a round",
    description:
      "Highest share of the power that was seen to vote within two minutes. Staying at two thirds or below, the chain has stopped for want of validators.",
    unit: "percentunit",
    width: 8,
    min: 0,
    max: 1,
    queries: [
      query(
        "cometbft",
        `max by (vote_type) (max_over_time(cometbft_consensus_round_voting_power_percent{${chain}}[2m]))`,
        "{{vote_type}}",
      ),
    ],
  },
  {
    kind: "timeseries",
    title: "Rounds",
    description:
      "Rounds that the present block has needed. Zero is normal; more are slow or missing proposers.",
    unit: "none",
    width: 8,
    min: 0,
    thresholds: rising(1, 3),
    queries: [query("cometbft", `max by (pod) (cometbft_consensus_rounds{${pods}})`, "{{pod}}")],
  },
  {
    kind: "timeseries",
    title: "Votes that came late",
    description: "Votes per second for rounds that were over already: a slow network between validators.",
    unit: "ops",
    width: 8,
    min: 0,
    queries: [
      query("cometbft", `sum by (pod) (rate(cometbft_consensus_late_votes{${pods}}[5m]))`, "{{pod}}"),
    ],
  },
];

const jailing: DashboardSpec["rows"][number]["panels"] = [
  {
    kind: "stat",
    title: "Fewer validators than a day ago",
    description: "By how much the set has shrunk from its largest of a day: jailed, or retired.",
    unit: "none",
    width: 6,
    thresholds: rising(1, 2),
    queries: [
      query(
        "cometbft",
        `max(max_over_time(cometbft_consensus_validators{${chain}}[1d])) - max(cometbft_consensus_validators{${chain}})`,
      ),
    ],
  },
  {
    kind: "stat",
    title: "Evidence of double signing",
    description:
      "Validators against whom a block of the last day held evidence. The gauge shows it for one block only, so a glance can miss it: the log query on the dashboard Logs does not.",
    unit: "none",
    width: 6,
    thresholds: rising(1, 1),
    queries: [query("cometbft", `max(max_over_time(cometbft_consensus_byzantine_validators{${chain}}[1d]))`)],
  },
  {
    kind: "timeseries",
    title: "Size of the set",
    description: "Validators that sign. A step down without a plan is one that was jailed.",
    unit: "none",
    width: 12,
    min: 0,
    queries: [query("cometbft", `max(cometbft_consensus_validators{${chain}})`, "validators")],
  },
];

const staking = (action: string): string =>
  `max(increase(staking_${action}{${inNamespace}}[1h])) or vector(0)`;

const delegations: DashboardSpec["rows"][number]["panels"] = [
  {
    kind: "timeseries",
    title: "Delegations in an hour",
    description:
      "Delegations, moves and withdrawals of stake. The SDK forgets a counter a minute after its last use, so these are lower bounds.",
    unit: "short",
    width: 12,
    min: 0,
    queries: [
      query("cosmos-sdk", staking("delegate"), "delegated"),
      query("cosmos-sdk", staking("redelegate"), "moved"),
      query("cosmos-sdk", staking("undelegate"), "withdrawn"),
    ],
  },
  {
    kind: "timeseries",
    title: "Total voting power",
    description: "All stake that votes: it moves with delegations.",
    unit: "short",
    width: 12,
    queries: [query("cometbft", `max(cometbft_consensus_validators_power{${chain}})`, "power")],
  },
];
