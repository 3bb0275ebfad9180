/** Names of objects that pods refer to; those with values are made by `paw validators init`, or come from Vault. */
export const objectNames = {
  scripts: "paw-chain-scripts",
  genesis: "paw-genesis",
  consensusKeys: "paw-validator-keys",
  nodeKeys: "paw-node-keys",
  jwt: "paw-api-jwt",
  tls: "paw-tls",
  backup: "paw-backup",
  backupScripts: "paw-backup-scripts",
  settings: (role: string): string => `paw-${role}-settings`,
} as const;
