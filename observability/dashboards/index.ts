/** All dashboards (spec A8, A9, B11), and every query in them. */
import type { ObservabilitySite, Query } from "../model.ts";
import { bizra } from "./bizra.ts";
import { dexMetrics } from "./dex.ts";
import { ibcActivity } from "./ibc.ts";
import { infrastructure } from "./infrastructure.ts";
import { logs } from "./logs.ts";
import { overview } from "./overview.ts";
import type { DashboardSpec } from "./spec.ts";
import { validatorHealth } from "./validatorHealth.ts";

export function dashboards(site: ObservabilitySite): readonly DashboardSpec[] {
  return [overview, validatorHealth, ibcActivity, dexMetrics, infrastructure, bizra, logs].map((make) =>
    make(site),
  );
}

/** A query, and where it stands. */
export interface PlacedQuery extends Query {
  readonly dashboard: string;
  /** Title of the panel, or the name of the variable or of the annotation. */
  readonly at: string;
  readonly use: "panel" | "variable" | "annotation";
}

/** Every query of every dashboard. Variables are as Grafana has them: {@link fillVariables} puts values in. */
export function dashboardQueries(site: ObservabilitySite): readonly PlacedQuery[] {
  return dashboards(site).flatMap(({ uid, variables, rows, annotations }) => {
    const placed = (use: PlacedQuery["use"], at: string, queries: readonly Query[]): PlacedQuery[] =>
      queries.map((query) => ({ dashboard: uid, use, at, ...query }));
    return [
      ...variables.flatMap(({ name, query }) => placed("variable", name, [query])),
      ...rows.flatMap(({ panels }) =>
        panels.flatMap(({ title, queries }) => placed("panel", title, queries)),
      ),
      ...annotations.flatMap(({ name, query }) => placed("annotation", name, [query])),
    ];
  });
}

/** A query with values in place of Grafana's variables: the given ones, and everything for the others. */
export function fillVariables(expr: string, values: Readonly<Record<string, string>> = {}): string {
  return expr.replace(/\$(\w+)/g, (_whole, name: string) => values[name] ?? ".+");
}
