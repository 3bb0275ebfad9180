/** The login by which snapshots of Vault are taken. */
import { backupJobs } from "../../backup/names.ts";
import { audience } from "./access.ts";

/** The account of the pods that take snapshots. */
export const snapshotLogin = {
  name: "paw-vault-snapshot",
  account: backupJobs.vault.cronJob,
  namespace: backupJobs.vault.namespace,
  audience,
} as const;

/** It may read a snapshot: not restore one, and see nothing of what Vault holds. */
export const snapshotPolicy = 'path "sys/storage/raft/snapshot" {\n  capabilities = ["read"]\n}\n';
