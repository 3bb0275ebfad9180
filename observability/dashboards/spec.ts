/** A dashboard as data; render.ts makes Grafana's JSON of it. */
import type { Query } from "../model.ts";

/** Grafana's names of the units in use. */
export type Unit = "none" | "short" | "percentunit" | "s" | "ms" | "bytes" | "Bps" | "ops" | "reqps" | "opm";

/** From this value on, the colour; the first step begins at minus infinity. */
export interface Step {
  readonly from: number | null;
  readonly color: "green" | "yellow" | "orange" | "red" | "blue";
}

export interface PanelSpec {
  readonly kind: "stat" | "timeseries" | "table" | "logs";
  readonly title: string;
  /** What it shows and what is normal; shown at the panel's corner. */
  readonly description: string;
  readonly unit: Unit;
  readonly queries: readonly Query[];
  /** Where a figure stops being good; left out where none is better than another. */
  readonly thresholds?: readonly Step[];
  /** Columns of Grafana's 24. */
  readonly width: number;
  readonly decimals?: number;
  readonly min?: number;
  readonly max?: number;
  /** Areas upon each other, where the sum means something. */
  readonly stacked?: boolean;
}

export interface RowSpec {
  readonly title: string;
  readonly panels: readonly PanelSpec[];
}

/** A choice at the top of a dashboard; its values come from labels of a metric. */
export interface Variable {
  readonly name: string;
  readonly label: string;
  readonly query: Query;
  /** What is chosen at first; everything where it is missing. */
  readonly initial?: string;
  readonly multi?: boolean;
}

export interface DashboardSpec {
  /** Stable and unique in Grafana; part of its address. */
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly folder: "PAW" | "bizra";
  readonly variables: readonly Variable[];
  readonly rows: readonly RowSpec[];
  /** What is marked over all panels: when something was deployed. */
  readonly annotations: readonly { readonly name: string; readonly query: Query }[];
}

/** Good below `warn`, bad from `bad` on. */
export function rising(warn: number, bad: number): readonly Step[] {
  return [
    { from: null, color: "green" },
    { from: warn, color: "yellow" },
    { from: bad, color: "red" },
  ];
}

/** Bad below `warn`, good from `good` on. */
export function falling(warn: number, good: number): readonly Step[] {
  return [
    { from: null, color: "red" },
    { from: warn, color: "yellow" },
    { from: good, color: "green" },
  ];
}
