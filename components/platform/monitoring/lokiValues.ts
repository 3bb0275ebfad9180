/** Values of Loki's chart. */
import { whole } from "../resources.ts";
import type { ChartValues, PlatformSite } from "../site.ts";

/** An S3-compatible store for log chunks; its credentials are in a Secret that External Secrets fills. */
export interface LogStore {
  readonly endpoint: string;
  readonly region: string;
  readonly bucket: string;
}

/** Secret with `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` of the store. */
export const lokiStoreSecret = "loki-object-store";

/**
 * One process that does everything: alone on its own disk, or three of them (Loki's "HA monolithic") that keep every
 * line three times and put chunks into an object store.
 */
export function lokiValues(site: PlatformSite, store: LogStore | undefined): ChartValues {
  const replicas = store ? 3 : 1;
  return {
    deploymentMode: "Monolithic",
    fullnameOverride: "loki",
    loki: {
      // One tenant: who may read logs is decided by Grafana and by network policies.
      auth_enabled: false,
      commonConfig: { path_prefix: "/var/loki", replication_factor: replicas },
      schemaConfig: {
        configs: [
          {
            from: "2026-01-01",
            store: "tsdb",
            object_store: store ? "s3" : "filesystem",
            schema: "v13",
            index: { prefix: "index_", period: "24h" },
          },
        ],
      },
      storage: store ? s3(store) : { type: "filesystem" },
      limits_config: { retention_period: site.retention.logs },
      compactor: {
        retention_enabled: true,
        delete_request_store: store ? "s3" : "filesystem",
        working_directory: "/var/loki/compactor",
        // Of three compactors one hands out the work.
        ...(store ? { horizontal_scaling_mode: "main" } : {}),
      },
      analytics: { reporting_enabled: false },
    },
    singleBinary: {
      replicas,
      // Without a number the chart makes no budget, though it is on by default.
      ...(store ? { podDisruptionBudget: { maxUnavailable: 1 } } : {}),
      resources: whole(site.sizes.loki),
      persistence: { size: site.sizes.loki.storage, whenScaled: "Retain", whenDeleted: "Retain" },
      ...(store
        ? { extraArgs: ["-config.expand-env=true"], extraEnvFrom: [{ secretRef: { name: lokiStoreSecret } }] }
        : {}),
    },
    // It would read every ConfigMap and Secret of the cluster, in search of rules that nobody writes.
    sidecar: { rules: { enabled: false } },
    // Without the sidecar its role is empty: a list of no rules is stored as none, which is a change at every run.
    rbac: { namespaced: true },
    serviceAccount: { automountServiceAccountToken: false },
    // The default cache takes eight gigabytes.
    chunksCache: { enabled: false },
    resultsCache: { enabled: false },
    gateway: { enabled: false },
    lokiCanary: { enabled: false },
    test: { enabled: false },
    backend: { replicas: 0 },
    read: { replicas: 0 },
    write: { replicas: 0 },
    monitoring: { serviceMonitor: { enabled: true } },
  };
}

function s3(store: LogStore): object {
  const bucketNames = { chunks: store.bucket, ruler: store.bucket };
  const { endpoint, region } = store;
  return { type: "s3", bucketNames, s3: { endpoint, region, s3ForcePathStyle: true } };
}
