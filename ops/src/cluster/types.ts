import type { Toolchain } from "../toolchain/index.ts";

export const clusterKinds = ["embedded", "live", "kind", "k3s"] as const;
export type ClusterKind = (typeof clusterKinds)[number];

/** What happens, as one short line; the caller decides how to show it. */
export type Report = (message: string) => void;

/** What is written down of a cluster, in its own folder. */
export interface ClusterRecord {
  readonly name: string;
  readonly kind: ClusterKind;
  /** ISO 8601, UTC. */
  readonly createdAt: string;
  /** UID of its `kube-system` namespace, by which stacks know it; from its first time up. */
  readonly uid?: string;
}

export interface ClusterStatus extends ClusterRecord {
  readonly state: "running" | "stopped" | "half made";
  /** Kubeconfig of this cluster alone; its context is `paw-local`, or `paw-preview` for the cluster of previews. */
  readonly kubeconfig: string;
  /** `host:port` of the API server, once there is one. */
  readonly server?: string;
}

/** How one kind of cluster is made and ended. `folder` is the cluster's own and may be written to freely. */
export interface Driver {
  /**
   * Checks what this kind needs, before anything is written down.
   *
   * @throws UserError naming everything that is missing.
   */
  require(): Promise<void>;
  /** Makes it, or starts it again with its data, and writes `<folder>/kubeconfig`. Does nothing when it runs. */
  up(target: Target, report: Report): Promise<void>;
  /** Ends processes and keeps the data for the next `up`. */
  stop(target: Target, report: Report): Promise<void>;
  /** Ends processes and removes data. Works on what an interrupted `up` left, too. */
  down(target: Target, report: Report): Promise<void>;
  isRunning(target: Target): Promise<boolean>;
}

export interface Target {
  readonly name: string;
  readonly folder: string;
  readonly kubeconfig: string;
  readonly toolchain: Toolchain;
}
