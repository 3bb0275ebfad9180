/** How cert-manager has Vault sign the mesh's issuer: the one source of the issuer, the login and the policy. */
import { kubernetesMount } from "./access.ts";

/** `cert-manager`: an anchor whose key is a Secret of its namespace. `vault`: one whose key never leaves Vault. */
export const meshIssuers = ["cert-manager", "vault"] as const;
export type MeshIssuer = (typeof meshIssuers)[number];

/** The mesh's trust anchor in Vault. */
export const meshAuthority = {
  mount: "pki-mesh",
  commonName: "root.linkerd.cluster.local",
  /** The anchor's life (our own choice): every change of it restarts all proxies twice. */
  years: 10,
} as const;

/** Name that the issuer's certificate bears (Linkerd demands it). */
export const meshIssuerName = "identity.linkerd.cluster.local";
/** ClusterIssuer that asks Vault. */
export const vaultIssuer = "linkerd-vault";
/** An intermediate is signed there; `sign/<role>` would give a certificate that can sign nothing. */
const signPath = "root/sign-intermediate";

/** cert-manager may have certificates of the issuer's name signed, and nothing of a request is taken over. */
export function meshPolicy(mount: string): string {
  return [
    `path "${mount}/${signPath}" {`,
    `  capabilities = ["create", "update"]`,
    `  allowed_parameters = {`,
    `    "common_name" = ["${meshIssuerName}"]`,
    `    "*" = []`,
    `  }`,
    `  denied_parameters = {`,
    `    "use_csr_values" = []`,
    `  }`,
    `}`,
    "",
  ].join("\n");
}

/** cert-manager's login. */
export const meshLogin = {
  name: "paw-vault-mesh",
  account: "paw-vault-mesh",
  namespace: "cert-manager",
  // What cert-manager asks tokens for, for a ClusterIssuer.
  audience: `vault://${vaultIssuer}`,
} as const;

/**
 * `spec` of the ClusterIssuer.
 *
 * @param server address of Vault.
 * @param authority Secret in cert-manager's namespace with the certificate that Vault's is signed with.
 */
export function vaultIssuerSpec(server: string, authority: string): object {
  const { name, account } = meshLogin;
  return {
    vault: {
      server,
      path: `${meshAuthority.mount}/${signPath}`,
      caBundleSecretRef: { name: authority, key: "ca.crt" },
      auth: {
        kubernetes: {
          mountPath: `/v1/auth/${kubernetesMount}`,
          role: name,
          serviceAccountRef: { name: account },
        },
      },
    },
  };
}
