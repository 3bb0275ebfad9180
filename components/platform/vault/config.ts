import * as pulumi from "@pulumi/pulumi";
import * as vault from "@pulumi/vault";

import { kubernetesMount, secretMount } from "./access.ts";
import { type Login, logins, roleArgs } from "./logins.ts";
import { meshAuthority } from "./meshAuthority.ts";

export interface VaultConfigArgs {
  /** Refuse to delete mounts, and with them what they hold. */
  readonly protect: boolean;
}

const year = 365 * 24 * 3600;
/** Key that Vault encrypts backups with, for whoever may ask it to; the key itself never leaves. */
export const backupKey = "paw-backup";

/**
 * What Vault itself is told (spec A4): the key-value store, the login for pods, a policy and a role for each consumer,
 * audit devices, the mesh's authority and the key for backups. Secrets are none of it: `paw vault init` fills them in.
 *
 * The provider finds Vault by `VAULT_ADDR` and logs in by the environment or Vault's own token file. A token is no
 * argument here, so that none gets into the state. Vault has to run and be unsealed when a preview is made.
 */
export class VaultConfig extends pulumi.ComponentResource {
  constructor(name: string, args: VaultConfigArgs, opts?: pulumi.ComponentResourceOptions) {
    super("paw:vault:VaultConfig", name, {}, opts);
    const own = { parent: this };
    const kept = { parent: this, protect: args.protect };

    new vault.Mount(`${name}-secrets`, { path: secretMount, type: "kv", options: { version: "2" } }, kept);
    const backend = new vault.AuthBackend(
      `${name}-login`,
      { type: "kubernetes", path: kubernetesMount },
      own,
    );
    // Vault's own service account may review tokens (the chart binds it), so that no reviewer's token is kept.
    new vault.kubernetes.AuthBackendConfig(
      `${name}-login-config`,
      { backend: backend.path, kubernetesHost: "https://kubernetes.default.svc" },
      own,
    );
    for (const login of logins) this.login(name, login, backend);
    this.audit(name);
    this.meshAuthority(name, kept);

    const transit = new vault.Mount(`${name}-transit`, { path: "transit", type: "transit" }, kept);
    new vault.transit.SecretBackendKey(
      `${name}-backup-key`,
      {
        backend: transit.path,
        name: backupKey,
        type: "aes256-gcm96",
        exportable: false,
        deletionAllowed: false,
        autoRotatePeriod: year,
      },
      kept,
    );
    this.registerOutputs();
  }

  private login(name: string, login: Login, backend: vault.AuthBackend): void {
    const policy = new vault.Policy(
      `${name}-${login.name}-policy`,
      { name: login.name, policy: login.policy },
      { parent: this },
    );
    new vault.kubernetes.AuthBackendRole(
      `${name}-${login.name}-role`,
      { backend: backend.path, roleName: login.name, ...roleArgs(login), tokenPolicies: [policy.name] },
      { parent: this },
    );
  }

  /** Two devices: Vault stops answering when it can write to none, and the second is shipped with the logs. */
  private audit(name: string): void {
    const device = (path: string, file: string): void => {
      new vault.Audit(
        `${name}-audit-${path}`,
        { path, type: "file", options: { file_path: file } },
        { parent: this },
      );
    };
    device("file", "/vault/audit/audit.log");
    device("stdout", "stdout");
  }

  /** The mesh's trust anchor, whose key is drawn in Vault and stays there. */
  private meshAuthority(name: string, kept: pulumi.CustomResourceOptions): void {
    const { mount, commonName, years } = meshAuthority;
    const backend = new vault.Mount(
      `${name}-mesh`,
      { path: mount, type: "pki", maxLeaseTtlSeconds: years * year },
      kept,
    );
    new vault.pkisecret.SecretBackendRootCert(
      `${name}-mesh-root`,
      {
        backend: backend.path,
        type: "internal",
        commonName,
        ttl: String(years * year),
        keyType: "ec",
        keyBits: 256,
        // It signs the mesh's issuer, which signs proxies, and nothing between.
        maxPathLength: 1,
      },
      kept,
    );
  }
}
