/** What Vault holds, and who may read which of it: the one source of stores, policies and roles. */
import { namespaces } from "../../names.ts";

/** Mount of the key-value store (version 2), and of the login for pods. */
export const secretMount = "secret";
export const kubernetesMount = "kubernetes";
/** Audience of the tokens that External Secrets shows to Vault. */
export const audience = "vault";
/** Namespace of the service accounts that log in for the consumers. */
export const accountNamespace = "external-secrets";

/** One who reads from Vault, through a login, a role and a policy of its own. */
export interface Consumer {
  readonly id: string;
  /** Namespaces in which ExternalSecrets may use the consumer's store. */
  readonly namespaces: readonly string[];
  /** What it may read, below the mount. */
  readonly paths: readonly string[];
}

/** Every consumer; no path has two (a test looks). */
export const consumers = [
  {
    id: "validators",
    namespaces: [namespaces.paw],
    paths: ["paw/validators/priv_validator_key", "paw/validators/node_key"],
  },
  { id: "api", namespaces: [namespaces.paw], paths: ["paw/api/jwt_secret"] },
  { id: "genesis", namespaces: [namespaces.paw], paths: ["paw/genesis/genesis_json"] },
  { id: "tls", namespaces: [namespaces.paw], paths: ["paw/tls/certificates"] },
  { id: "backup", namespaces: [namespaces.paw], paths: ["paw/backup/restic"] },
  { id: "snapshots", namespaces: [namespaces.vault], paths: ["paw/backup/vault"] },
  { id: "logs", namespaces: ["monitoring"], paths: ["paw/logs/object_store"] },
  { id: "alerts", namespaces: ["monitoring"], paths: ["paw/alerts/receivers"] },
] as const satisfies readonly Consumer[];

export type ConsumerId = (typeof consumers)[number]["id"];
/** A path below the mount that somebody may read. */
export type SecretPath = (typeof consumers)[number]["paths"][number];

/** Name of a consumer's ClusterSecretStore, of its service account, and of its role and policy in Vault. */
export function accessName(id: ConsumerId): string {
  return `paw-vault-${id}`;
}

/** The consumer that may read a path. */
export function readerOf(path: SecretPath): ConsumerId {
  const found = consumers.find(({ paths }) => (paths as readonly string[]).includes(path));
  // The type leaves no path without a reader.
  if (found === undefined) throw new Error(`nobody may read ${path}`);
  return found.id;
}

/** Policy of a consumer, in Vault's own language: reads its own paths, and sees and does nothing else. */
export function policyText({ paths }: Consumer, mount: string = secretMount): string {
  return paths.map((path) => `path "${mount}/data/${path}" {\n  capabilities = ["read"]\n}\n`).join("\n");
}
