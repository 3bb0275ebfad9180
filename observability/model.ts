/** What the dashboards and alerts of this folder are made of: plain data, rendered elsewhere. */
import type { SourceId } from "./sources.ts";

/** One PromQL or LogQL expression, and which exporters it reads. */
export interface Query {
  /** Every exporter whose metrics the expression names; a test holds the two against each other. */
  readonly sources: readonly SourceId[];
  readonly expr: string;
  /** Name of a line in a panel, in Grafana's template language. */
  readonly legend?: string;
}

/** A query of one exporter. */
export function query(source: SourceId, expr: string, legend?: string): Query {
  return { sources: [source], expr, ...(legend === undefined ? {} : { legend }) };
}

/** bizra's sustained rates (spec B13), operations per second over all pods. */
export const serviceLevels = { generation: 10_000, verification: 5_000 } as const;

/** Where a bound in a figure lies. Values are in the panel's or the alert's own unit. */
export interface Thresholds {
  /** bizra: 99 of 100 finality checks have to be faster; seconds (spec B12: 1 ms). */
  readonly finalitySeconds: number;
  /** bizra: fewer proofs of impact per second, over all pods, is low (spec B12: 50,000). */
  readonly poiThroughput: number;
  /** Hours after which the newest backup is too old: a day, and the six hours that a run may take. */
  readonly backupAgeHours: number;
  /** Hours after which the newest snapshot of Vault is too old: it is taken every hour, and may fail once. */
  readonly vaultSnapshotAgeHours: number;
}

/** What differs from stack to stack. */
export interface ObservabilitySite {
  /** Namespaces of the two systems. */
  readonly namespaces: { readonly paw: string; readonly bizra: string };
  /** Namespaces of the platform's own parts; empty where no chart is installed. */
  readonly platformNamespaces: readonly string[];
  /** Nodes of this program that each kind of node is told to connect to. */
  readonly expectedPeers: Readonly<Record<"validator" | "sentry" | "full-node", number>>;
  /** Seconds after which the last block is old (`paw:chain.maxBlockAge`). */
  readonly maxBlockAge: number;
  readonly thresholds: Thresholds;
  /** Whether new versions of bizra come as canaries, of which Argo Rollouts tells. */
  readonly canary: boolean;
  /** Where the runbooks are: an address, or their folder in this repository. */
  readonly runbooks: string;
}
