/** Values of Vault's chart. */
import { namespaces } from "../../names.ts";
import { restrictedContainerContext, restrictedPodContext } from "../../security/podSecurity.ts";
import { whole } from "../resources.ts";
import type { ChartValues, PlatformSite } from "../site.ts";

/** Where Vault lives, and the Secret with its listener's certificate. */
export const vaultNamespace = namespaces.vault;
export const vaultTls = "vault-tls";
/** Address for the inside of the cluster; plain HTTP for the throw-away server alone. */
export function vaultAddress(tls: boolean): string {
  return `${tls ? "https" : "http"}://vault.${vaultNamespace}.svc:8200`;
}

/** Address of the server that leads, which alone gives snapshots. */
export const vaultActiveAddress = `https://vault-active.${vaultNamespace}.svc:8200`;

/** Who unseals Vault after a restart: a stanza of its configuration, by name (`awskms`, `gcpckms`, …). */
export interface VaultSeal {
  readonly type: "awskms" | "gcpckms" | "azurekeyvault" | "transit";
  readonly options: Readonly<Record<string, string>>;
}

/** User of the image. */
const vaultUser = 100;

const shared = (site: PlatformSite): ChartValues => ({
  global: { tlsDisable: !site.highlyAvailable },
  // Secrets reach pods through External Secrets; an injector would be a second way.
  injector: { enabled: false },
  csi: { enabled: false },
  // Every server, through the headless Service: the chart's own choice, the active one, would never show a sealed one.
  serverTelemetry: {
    serviceMonitor: { enabled: site.highlyAvailable, matchLabels: { "vault-internal": "true" } },
  },
});

/** The configuration with the pod's own address goes there. */
const tmp = {
  volumes: [{ name: "tmp", emptyDir: { sizeLimit: "16Mi" } }],
  volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
};

/**
 * Whether it answers, for half a minute. A sealed server, or one without data yet, is no reason for a restart, which would
 * not unseal it.
 */
const livenessProbe = {
  enabled: true,
  path: "/v1/sys/health?standbyok=true&sealedcode=204&uninitcode=204",
  periodSeconds: 10,
  failureThreshold: 3,
};

const server = (site: PlatformSite): ChartValues => ({
  resources: whole(site.sizes.vault),
  ...tmp,
  livenessProbe,
  statefulSet: {
    // An override replaces the chart's own, which leaves capabilities and seccomp open.
    securityContext: {
      pod: restrictedPodContext(vaultUser),
      container: restrictedContainerContext(),
    },
  },
});

/** A throw-away server whose data is in memory and whose root token is no secret (spec A4: dev mode in `local`). */
export function devVaultValues(site: PlatformSite): ChartValues {
  return { ...shared(site), server: { ...server(site), dev: { enabled: true, devRootToken: "root" } } };
}

/** Three servers with raft, TLS, an audit volume, and a key of the cloud (or of another Vault) that unseals them. */
export function raftVaultValues(site: PlatformSite, seal: VaultSeal): ChartValues {
  const replicas = 3;
  return {
    ...shared(site),
    server: {
      ...server(site),
      dataStorage: { enabled: true, size: site.sizes.vault.storage },
      auditStorage: { enabled: true, size: site.sizes.vault.storage },
      extraEnvironmentVars: { VAULT_CACERT: "/vault/tls/ca.crt" },
      volumes: [...tmp.volumes, { name: "tls", secret: { secretName: vaultTls, defaultMode: 0o440 } }],
      volumeMounts: [...tmp.volumeMounts, { name: "tls", mountPath: "/vault/tls", readOnly: true }],
      persistentVolumeClaimRetentionPolicy: { whenDeleted: "Retain", whenScaled: "Retain" },
      standalone: { enabled: false },
      ha: {
        enabled: true,
        replicas,
        raft: { enabled: true, setNodeId: true, config: raftConfig(replicas, seal) },
        disruptionBudget: { enabled: true, maxUnavailable: 1 },
      },
    },
  };
}

/** Vault's configuration, as the JSON that its HCL parser also takes. */
function raftConfig(replicas: number, seal: VaultSeal): string {
  const tls = { tls_cert_file: "/vault/tls/tls.crt", tls_key_file: "/vault/tls/tls.key" };
  const peers = Array.from({ length: replicas }, (_none, index) => ({
    leader_api_addr: `https://vault-${index}.vault-internal:8200`,
    leader_ca_cert_file: "/vault/tls/ca.crt",
  }));
  const config = {
    ui: false,
    // Raft keeps its log in a memory map, which must not be locked (and the container may not lock memory).
    disable_mlock: true,
    listener: [
      {
        tcp: {
          address: "[::]:8200",
          cluster_address: "[::]:8201",
          ...tls,
          tls_min_version: "tls12",
          telemetry: { unauthenticated_metrics_access: true },
        },
      },
    ],
    storage: { raft: { path: "/vault/data", retry_join: peers } },
    seal: { [seal.type]: seal.options },
    service_registration: { kubernetes: {} },
    telemetry: { prometheus_retention_time: "24h", disable_hostname: true },
  };
  return JSON.stringify(config, null, 2);
}
