/** What the platform's parts have to know of where they run; the same for all of them. */
/** Size of a stateful part: limits of its container, and of its claim. */
export interface PartSize {
  readonly cpu: string;
  readonly memory: string;
  readonly storage: string;
}

export interface PlatformSite {
  /** False for one replica of everything; true for what survives the loss of a node. */
  readonly highlyAvailable: boolean;
  /** Whether Grafana, Prometheus and Alertmanager get the fixed ports of spec A15. */
  readonly nodePorts: boolean;
  /** Sizes of spec A16. */
  readonly sizes: Readonly<Record<"prometheus" | "grafana" | "vault" | "loki", PartSize>>;
  /** How long samples and log lines are kept: Prometheus durations. */
  readonly retention: { readonly metrics: string; readonly logs: string };
}

/** Values of a chart: plain data, since an unknown inside would empty the preview silently. */
export type ChartValues = Readonly<Record<string, unknown>>;
