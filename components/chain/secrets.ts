import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commonLabels, namespaces } from "../names.ts";
import { type SecretPath, accessName, readerOf } from "../platform/vault/access.ts";
import { objectNames } from "./objects.ts";

interface SecretSource {
  /** Name of the Secret in the cluster. */
  readonly secret: string;
  /** Path in Vault below the store's mount `secret` (spec A4). */
  readonly path: SecretPath;
  /** One property under one key of the Secret; all properties under their own names where it is missing. */
  readonly only?: { readonly key: string; readonly property: string; readonly base64?: boolean };
  readonly type?: string;
}

/** Where each Secret of the chain comes from: the five of spec A4, and the one that backups are encrypted with. */
export const secretSources: readonly SecretSource[] = [
  // One property per pod, such as `paw-validator-0.json`: the content of priv_validator_key.json.
  { secret: objectNames.consensusKeys, path: "paw/validators/priv_validator_key" },
  // One property per validator and sentry: the content of node_key.json.
  { secret: objectNames.nodeKeys, path: "paw/validators/node_key" },
  {
    secret: objectNames.jwt,
    path: "paw/api/jwt_secret",
    only: { key: "jwt_secret", property: "jwt_secret" },
  },
  {
    secret: objectNames.genesis,
    path: "paw/genesis/genesis_json",
    only: { key: "genesis.json", property: "genesis_json", base64: true },
  },
  // Properties `tls.crt` and `tls.key`.
  { secret: objectNames.tls, path: "paw/tls/certificates", type: "kubernetes.io/tls" },
  // `RESTIC_PASSWORD`, `RESTIC_REPOSITORY` and the store's own credentials.
  { secret: objectNames.backup, path: "paw/backup/restic" },
];

export interface ChainSecretsArgs {
  /** True where a remote signer holds the consensus keys: they have no business in the cluster then. */
  readonly remoteSigner: boolean;
  /** How often a value is looked up again. */
  readonly refreshInterval: string;
}

/** ExternalSecrets for every Secret of the chain: the values go from Vault to the cluster, past Pulumi. */
export class ChainSecrets extends pulumi.ComponentResource {
  constructor(name: string, args: ChainSecretsArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:chain:ChainSecrets", name, {}, opts);
    const sources = secretSources.filter(
      ({ secret }) => !(args.remoteSigner && secret === objectNames.consensusKeys),
    );
    for (const source of sources) {
      new k8s.apiextensions.CustomResource(
        `${name}-${source.secret}`,
        {
          apiVersion: "external-secrets.io/v1",
          kind: "ExternalSecret",
          metadata: {
            name: source.secret,
            namespace: namespaces.paw,
            labels: commonLabels("paw", "secrets"),
          },
          spec: {
            refreshInterval: args.refreshInterval,
            secretStoreRef: { kind: "ClusterSecretStore", name: accessName(readerOf(source.path)) },
            target: {
              name: source.secret,
              // A key must not vanish under a running validator because its definition, or its entry in Vault, did.
              creationPolicy: "Orphan",
              deletionPolicy: "Retain",
              ...(source.type === undefined ? {} : { template: { type: source.type } }),
            },
            ...dataOf(source),
          },
        },
        { parent: this },
      );
    }
    this.registerOutputs();
  }
}

function dataOf({ path, only }: SecretSource): Record<string, unknown> {
  if (only === undefined) return { dataFrom: [{ extract: { key: path } }] };
  const { key, property, base64 } = only;
  const decoding = base64 === true ? { decodingStrategy: "Base64" } : {};
  return { data: [{ secretKey: key, remoteRef: { key: path, property, ...decoding } }] };
}
