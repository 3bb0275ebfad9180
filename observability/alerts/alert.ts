/** An alert and a recording rule as data. */
import type { Query } from "../model.ts";
import type { Runbook } from "../runbooks.ts";

/** Whose part an alert is about; notifications are grouped and routed by it. */
export type System = "paw" | "bizra" | "platform";

export interface Alert {
  readonly name: string;
  readonly query: Query;
  /** How long the expression has to hold: a Prometheus duration. */
  readonly for: string;
  /** `critical` wakes somebody, `warning` waits for working hours. */
  readonly severity: "critical" | "warning";
  /** One line, without a full stop; a template of Prometheus, as is the description. */
  readonly summary: string;
  /** What it means and what follows from it. */
  readonly description: string;
  readonly runbook: Runbook;
  readonly follows?: readonly Cause[];
}

/** Another alert that brings this one with it: while it fires, this one is not sent. */
export interface Cause {
  readonly alert: string;
  /** Labels that both have to have in common. */
  readonly equal: readonly string[];
}

export interface Recording {
  /** Name of the series that the rule writes, as `level:metric:operation`. */
  readonly record: string;
  readonly query: Query;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface RuleGroup {
  readonly name: string;
  readonly system: System;
  /** How often the group is evaluated; Prometheus' own interval (15 s) where it is missing. */
  readonly interval?: string;
  readonly recordings?: readonly Recording[];
  readonly alerts: readonly Alert[];
}
