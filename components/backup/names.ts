/** The scheduled backups, as the program makes them and `paw backup` finds them. */
import { namespaces } from "../names.ts";

/** What can be backed up. */
export const backupSources = ["chain", "vault"] as const;
export type BackupSource = (typeof backupSources)[number];

/** Namespace and name of each one's CronJob. */
export const backupJobs = {
  chain: { namespace: namespaces.paw, cronJob: "paw-backup" },
  vault: { namespace: namespaces.vault, cronJob: "vault-snapshot" },
} as const satisfies Record<BackupSource, { readonly namespace: string; readonly cronJob: string }>;

/** The name that snapshots of Vault are stored under; those of the chain are stored under its chain id. */
export const vaultSource = "vault";
