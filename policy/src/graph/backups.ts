/** How the data behind each claim comes back after its loss. */
import type { Reference } from "./graph.ts";

export interface Saved {
  readonly namespace: string;
  /** Names of the claims. */
  readonly pattern: RegExp;
  /** What saves them; missing where the data is made again. */
  readonly by?: Reference;
  readonly reason: string;
}

const vaultSnapshot: Reference = {
  group: "batch",
  kind: "CronJob",
  namespace: "vault",
  name: "vault-snapshot",
};
const chainBackup: Reference = { group: "batch", kind: "CronJob", namespace: "paw", name: "paw-backup" };

export const backedUp: readonly Saved[] = [
  {
    namespace: "paw",
    pattern: /^data-paw-(validator|sentry|full-node)-\d+$|^paw-backup$/,
    by: chainBackup,
    reason:
      "all hold the same chain, which is saved from a node of its own; keys and signing state never are",
  },
  {
    namespace: "vault",
    pattern: /^data-vault-\d+$/,
    by: vaultSnapshot,
    reason: "all hold the same, of which a snapshot is taken from the one that leads",
  },
  {
    namespace: "vault",
    pattern: /^audit-vault-\d+$/,
    reason: "its lines are collected to Loki while they are written",
  },
  {
    namespace: "monitoring",
    pattern: /^(data|storage)-?.*(prometheus|alertmanager|loki)/,
    reason: "figures and logs are evidence of days, kept by replicas; a loss is a gap and no more",
  },
  {
    namespace: "monitoring",
    pattern: /^grafana$/,
    reason: "dashboards are code, and come back with the next up",
  },
];
