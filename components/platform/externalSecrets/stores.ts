import k8s from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";

import { commonLabels } from "../../names.ts";
import { type CustomResourceRequest, customResource } from "../customResource.ts";
import { lokiStoreSecret } from "../monitoring/lokiValues.ts";
import {
  accessName,
  accountNamespace,
  audience,
  consumers,
  kubernetesMount,
  readerOf,
  secretMount,
} from "../vault/access.ts";

export interface SecretStoresArgs {
  /** Address of Vault, `https://` outside `local`. */
  readonly vault: string;
  /** Secret with the certificate (`ca.crt`) that Vault's is signed with; none where Vault speaks plain HTTP. */
  readonly ca: { readonly namespace: string; readonly secret: string } | undefined;
  /** Whether Loki needs the credentials of an object store. */
  readonly logStore: boolean;
  /** Secret that Alertmanager reads addresses and keys of its receivers from; none where nobody is told. */
  readonly receivers: { readonly name: string; readonly properties: readonly string[] } | undefined;
}

/**
 * A store for each consumer, through a service account, a role and a policy of its own, and usable from its own
 * namespaces alone: who may write ExternalSecrets in one namespace cannot read another's secrets with them.
 */
export class SecretStores extends pulumi.ComponentResource {
  constructor(name: string, args: SecretStoresArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:platform:SecretStores", name, {}, opts);
    for (const { id, namespaces } of consumers) {
      const own = accessName(id);
      const account = new k8s.core.v1.ServiceAccount(
        `${name}-${id}-account`,
        {
          metadata: {
            name: own,
            namespace: accountNamespace,
            labels: commonLabels("platform", "secret-store"),
          },
          automountServiceAccountToken: false,
        },
        { parent: this },
      );
      const { vault, ca } = args;
      customResource(
        `${name}-${id}`,
        {
          apiVersion: "external-secrets.io/v1",
          kind: "ClusterSecretStore",
          name: own,
          spec: {
            conditions: [{ namespaces: [...namespaces] }],
            provider: {
              vault: {
                server: vault,
                path: secretMount,
                version: "v2",
                auth: {
                  kubernetes: {
                    mountPath: kubernetesMount,
                    role: own,
                    serviceAccountRef: { name: own, namespace: accountNamespace, audiences: [audience] },
                  },
                },
                ...(ca
                  ? {
                      caProvider: { type: "Secret", name: ca.secret, namespace: ca.namespace, key: "ca.crt" },
                    }
                  : {}),
              },
            },
          },
        },
        { parent: this, dependsOn: account },
      );
    }
    if (args.logStore) {
      customResource(`${name}-${lokiStoreSecret}`, logStoreCredentials, { parent: this });
    }
    if (args.receivers) {
      const { name: secret, properties } = args.receivers;
      customResource(`${name}-${secret}`, receiverCredentials(secret, properties), { parent: this });
    }
    this.registerOutputs();
  }
}

/** What receivers of alerts need. Each property by name: one that is missing in Vault is seen before an alert is lost. */
function receiverCredentials(name: string, properties: readonly string[]): CustomResourceRequest {
  const key = "paw/alerts/receivers";
  return {
    apiVersion: "external-secrets.io/v1",
    kind: "ExternalSecret",
    name,
    namespace: "monitoring",
    spec: {
      refreshInterval: "1h",
      secretStoreRef: { kind: "ClusterSecretStore", name: accessName(readerOf(key)) },
      target: { name },
      data: properties.map((property) => ({ secretKey: property, remoteRef: { key, property } })),
    },
  };
}

/** Credentials of the object store, from Vault to the Secret that Loki reads. */
const logStoreCredentials = {
  apiVersion: "external-secrets.io/v1",
  kind: "ExternalSecret",
  name: lokiStoreSecret,
  namespace: "monitoring",
  spec: {
    refreshInterval: "1h",
    secretStoreRef: { kind: "ClusterSecretStore", name: accessName(readerOf("paw/logs/object_store")) },
    target: { name: lokiStoreSecret },
    dataFrom: [{ extract: { key: "paw/logs/object_store" } }],
  },
};
