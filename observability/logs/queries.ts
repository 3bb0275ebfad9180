/**
 * Saved LogQL queries (spec A9), for the dashboard Logs, Grafana's Explore and `logcli query '…'`.
 *
 * Labels are those that Alloy gives (components/platform/monitoring/config.alloy): namespace, pod, container, app, part,
 * and for lines of the chain and of bizra their level and module.
 */
import type { ObservabilitySite } from "../model.ts";

export interface SavedQuery {
  /** Short, unique and stable: runbooks name it. */
  readonly id: string;
  readonly title: string;
  /** What to read out of it. */
  readonly description: string;
  readonly expr: string;
}

/** What a double signature leaves in the log: another's evidence, and CometBFT's warning about its own key. */
export const doubleSigning = "(?i)verified (new )?evidence of byzantine|conflicting vote from ourselves";

export function savedQueries({ namespaces }: ObservabilitySite): readonly SavedQuery[] {
  return [...ofChain(namespaces.paw), ...ofBizra(namespaces.bizra), ...ofPlatform];
}

function ofChain(paw: string): readonly SavedQuery[] {
  return [
    {
      id: "chain-errors",
      title: "Errors of the chain's nodes",
      description: "Lines of level error and worse, by node and module.",
      expr: `{namespace="${paw}", container="node", level=~"error|fatal|panic"}`,
    },
    {
      id: "double-signing",
      title: "Evidence of double signing",
      description: "One line here is an emergency: docs/runbooks/byzantine-evidence.md.",
      expr: `{namespace="${paw}", container="node"} |~ "${doubleSigning}"`,
    },
    {
      id: "consensus-timeouts",
      title: "Steps of consensus that timed out",
      description:
        "A timeout after a commit is every block's pause; propose and prevote are votes that did not come.",
      expr: `{namespace="${paw}", container="node", module="consensus"} |= "Timed out" |~ "RoundStep(Propose|Prevote|Precommit)"`,
    },
    {
      id: "lost-peers",
      title: "Peers that were lost",
      description: "Which peer, and why the node let go of it.",
      expr: `{namespace="${paw}", container="node"} |~ "Stopping peer for error|Error reconnecting to peer"`,
    },
    {
      id: "start-guard",
      title: "What the start guard says",
      description: "Whether a validator's key may sign from its pod.",
      expr: `{namespace="${paw}", container=~"start-guard|genesis|configure"}`,
    },
    {
      id: "backups",
      title: "Backups",
      description: "What a backup stored, checked and forgot.",
      expr: `{namespace="${paw}", app="paw-backup", container=~"backup|snapshot"}`,
    },
    {
      id: "api-refusals",
      title: "API requests refused or failed",
      description: "401 no token, 405 a wrong method, 429 over the limit, 5xx no node to answer.",
      expr: `{namespace="${paw}", app="paw-api"} |~ " (401|405|429|5[0-9]{2}) [0-9]+ "`,
    },
  ];
}

function ofBizra(bizra: string): readonly SavedQuery[] {
  return [
    {
      id: "bizra-errors",
      title: "Errors of bizra",
      description: "Lines with ERROR, FATAL or PANIC (spec B10).",
      expr: `{namespace="${bizra}", container="bizra-apex"} |~ "(?i)\\\\b(error|fatal|panic)"`,
    },
    {
      id: "bizra-faults",
      title: "Cryptographic and consensus errors of bizra",
      description: "What the gate for error logs looks for (spec B10).",
      expr: `{namespace="${bizra}", container="bizra-apex"} |~ "(?i)(crypto|signature|consensus)[^\\n]*(error|fail|invalid|mismatch)"`,
    },
  ];
}

const ofPlatform: readonly SavedQuery[] = [
  {
    id: "vault-refusals",
    title: "What Vault refused",
    description: "Answers of Vault with an error, out of its audit device: who asked for what.",
    expr: `{namespace="vault", container="vault"} |= "\\"type\\":\\"response\\"" | json | error != ""`,
  },
  {
    id: "secrets-not-synced",
    title: "Secrets that do not arrive",
    description: "Errors of External Secrets, by ExternalSecret.",
    expr: `{namespace="external-secrets"} |= "error" | json`,
  },
];
