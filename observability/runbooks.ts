/** The runbooks in docs/runbooks, by file name; a test looks whether each is there, and whether each is reached. */
export const runbooks = [
  "alert-delivery",
  "backups",
  "bizra",
  "byzantine-evidence",
  "certificates",
  "consensus-stalled",
  "containers-restarting",
  "mesh",
  "metrics-silent",
  "node-behind",
  "pods-pending",
  "resource-usage",
  "secrets-not-syncing",
  "services-not-accessible",
  "storage",
  "validator-not-signing",
  "vault-sealed",
] as const;

export type Runbook = (typeof runbooks)[number];
