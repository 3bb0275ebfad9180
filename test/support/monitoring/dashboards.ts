/** Dashboards before a Prometheus that has watched a network: which query returns data, and what it looks like. */
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import type { DashboardSpec } from "../../../observability/dashboards/spec.ts";
import type { Query } from "../../../observability/model.ts";
import { type Source, sources } from "../../../observability/sources.ts";
import { pageSize, reasonWithoutData, renderPage } from "../dashboards/page.ts";
import { takePicture } from "../dashboards/picture.ts";
import { Prometheus, type Range } from "../dashboards/prometheus.ts";
import { type Choice, type PanelData, choices, hasData, runPanel, runQuery } from "../dashboards/queries.ts";
import { hastenExpression } from "./haste.ts";

const folder = new URL("../../../docs/dashboards/", import.meta.url);

export interface Seen {
  readonly spec: DashboardSpec;
  readonly choices: readonly Choice[];
  readonly panels: readonly PanelData[];
  readonly range: Range;
  /** Queries that returned nothing though their exporters are here, as `panel: expression`. */
  readonly empty: readonly string[];
  /** Panels that return nothing because an exporter is not here, with the reason. */
  readonly unavailable: readonly { readonly title: string; readonly reason: string }[];
}

/** Runs every query of a dashboard over a range, in a time that runs `factor` times as fast. */
export async function lookAt(
  spec: DashboardSpec,
  at: { readonly prometheus: string; readonly range: Range; readonly factor: number },
): Promise<Seen> {
  const prometheus = new Prometheus(at.prometheus);
  const { range, factor } = at;
  const made = await choices(spec, prometheus);
  const context = { prometheus, choices: made, range };
  const hastened = (query: Query): Query =>
    query.sources.includes("loki") ? query : { ...query, expr: hastenExpression(query.expr, factor) };
  const specs = spec.rows.flatMap((row) => row.panels);
  const panels: PanelData[] = [];
  for (const panel of specs) {
    const data = await runPanel({ ...panel, queries: panel.queries.map(hastened) }, context);
    panels.push({ ...data, panel });
  }
  // A mark is there only where the range has seen a deployment: that Prometheus takes the query is enough.
  await Promise.all(spec.annotations.map(({ query }) => runQuery(hastened(query), "timeseries", context)));
  const empty = panels.flatMap(({ panel, queries }) =>
    queries
      .filter(({ query, series }) => !hasData(series) && !isAbsent(query))
      .map(({ expr }) => `${panel.title}: ${expr}`),
  );
  const unavailable = panels
    .filter(({ queries }) => queries.some(({ query, series }) => !hasData(series) && isAbsent(query)))
    .map(({ panel }) => ({ title: panel.title, reason: reasonWithoutData(panel) }));
  return { spec, choices: made, panels, range, empty, unavailable };
}

/** Whether one of a query's exporters cannot be had on a test machine. */
function isAbsent({ sources: read }: Query): boolean {
  return read.some((id) => (sources[id] as Source).absent !== undefined);
}

/** Writes a picture of each dashboard, and the page that shows them, to docs/dashboards. */
export async function recordDashboards(all: readonly Seen[], about: string): Promise<void> {
  mkdirSync(folder, { recursive: true });
  for (const seen of all) {
    const file = fileURLToPath(new URL(`${seen.spec.uid}.png`, folder));
    await takePicture(renderPage(seen), file, pageSize(seen.spec));
  }
  writeFileSync(new URL("README.md", folder), pageOf(all, about));
}

function pageOf(all: readonly Seen[], about: string): string {
  const sections = all.map(({ spec, unavailable }) => {
    const reasons = Map.groupBy(unavailable, ({ reason }) => reason);
    const lines = [...reasons].map(
      ([reason, panels]) => `- ${panels.map(({ title }) => title).join(", ")}: ${reason}`,
    );
    return [
      `## ${spec.title}`,
      "",
      spec.description,
      "",
      `![${spec.title}](${spec.uid}.png)`,
      "",
      ...(lines.length > 0 ? ["Not evaluated:", "", ...lines, ""] : []),
    ].join("\n");
  });
  return ["# Dashboards", "", about, "", ...sections].join("\n");
}
