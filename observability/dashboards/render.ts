/** From dashboards as data to Grafana's JSON, through Grafana's own typed builders. */
import {
  BigValueColorMode,
  BigValueGraphMode,
  GraphThresholdsStyleConfigBuilder,
  GraphThresholdsStyleMode,
  LegendDisplayMode,
  LegendPlacement,
  ReduceDataOptionsBuilder,
  SortOrder,
  StackingConfigBuilder,
  StackingMode,
  TooltipDisplayMode,
  VisibilityMode,
  VizLegendOptionsBuilder,
  VizTooltipOptionsBuilder,
} from "@grafana/grafana-foundation-sdk/common";
import {
  AnnotationQueryBuilder,
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  QueryVariableBuilder,
  RowBuilder,
  ThresholdsConfigBuilder,
  ThresholdsMode,
  VariableRefresh,
  VariableSort,
} from "@grafana/grafana-foundation-sdk/dashboard";
import * as logs from "@grafana/grafana-foundation-sdk/logs";
import * as loki from "@grafana/grafana-foundation-sdk/loki";
import * as prometheus from "@grafana/grafana-foundation-sdk/prometheus";
import * as stat from "@grafana/grafana-foundation-sdk/stat";
import * as table from "@grafana/grafana-foundation-sdk/table";
import * as timeseries from "@grafana/grafana-foundation-sdk/timeseries";

import type { Query } from "../model.ts";
import { type Place, layOut } from "./layout.ts";
import type { DashboardSpec, PanelSpec, Variable } from "./spec.ts";

/** Data sources, by the ids that Grafana's values give them (components/platform/monitoring/values.ts). */
const dataSources = {
  prometheus: { type: "prometheus", uid: "prometheus" },
  loki: { type: "loki", uid: "loki" },
} as const;
/** The tag by which the dashboards link to one another. */
export const tag = "paw";

/** A dashboard as Grafana's file provisioning reads it, by which the sidecar brings it in. */
export function renderDashboard(spec: DashboardSpec): object {
  // Deprecated for the schema "v2", a resource of Grafana's API; files are provisioned in this one.
  // eslint-disable-next-line @typescript-eslint/no-deprecated
  const dashboard = new DashboardBuilder(spec.title)
    .uid(spec.uid)
    .description(spec.description)
    .tags([tag])
    .timezone("utc")
    .readonly()
    .refresh("30s")
    .time({ from: "now-3h", to: "now" })
    .tooltip(DashboardCursorSync.Crosshair)
    .variables(spec.variables.map(variable))
    .annotations(spec.annotations.map(annotation))
    .link(
      new DashboardLinkBuilder("Dashboards")
        .type(DashboardLinkType.Dashboards)
        .tags([tag])
        .includeVars(true)
        .keepTime(true),
    );
  let id = 0;
  for (const { title, place, panels } of layOut(spec.rows)) {
    dashboard.withRow(new RowBuilder(title).id(++id).gridPos(place));
    for (const each of panels) dashboard.withPanel(panel(each.panel, each.place).id(++id));
  }
  return dashboard.build();
}

type AnyPanel = stat.PanelBuilder | timeseries.PanelBuilder | table.PanelBuilder | logs.PanelBuilder;

function panel(spec: PanelSpec, place: Place): AnyPanel {
  const builder = kindOf(spec)
    .title(spec.title)
    .description(spec.description)
    .unit(spec.unit)
    .datasource(dataSources[languageOf(spec.queries)])
    .gridPos(place)
    .targets(spec.queries.map((query, index) => target(query, { index, kind: spec.kind })));
  if (spec.decimals !== undefined) builder.decimals(spec.decimals);
  if (spec.min !== undefined) builder.min(spec.min);
  if (spec.max !== undefined) builder.max(spec.max);
  if (spec.thresholds) {
    const steps = spec.thresholds.map(({ from, color }) => ({ value: from, color }));
    builder.thresholds(new ThresholdsConfigBuilder().mode(ThresholdsMode.Absolute).steps(steps));
  }
  return builder;
}

function kindOf(spec: PanelSpec): AnyPanel {
  switch (spec.kind) {
    case "stat":
      return new stat.PanelBuilder()
        .colorMode(spec.thresholds ? BigValueColorMode.Background : BigValueColorMode.None)
        .graphMode(BigValueGraphMode.Area)
        .reduceOptions(new ReduceDataOptionsBuilder().calcs(["lastNotNull"]));
    case "table":
      return new table.PanelBuilder();
    case "logs":
      return new logs.PanelBuilder().showTime(true).wrapLogMessage(true).enableLogDetails(true);
    case "timeseries": {
      const style = spec.thresholds ? GraphThresholdsStyleMode.Dashed : GraphThresholdsStyleMode.Off;
      return new timeseries.PanelBuilder()
        .fillOpacity(spec.stacked ? 60 : 5)
        .showPoints(VisibilityMode.Never)
        .stacking(new StackingConfigBuilder().mode(spec.stacked ? StackingMode.Normal : StackingMode.None))
        .thresholdsStyle(new GraphThresholdsStyleConfigBuilder().mode(style))
        .legend(
          new VizLegendOptionsBuilder()
            .displayMode(LegendDisplayMode.List)
            .placement(LegendPlacement.Bottom)
            .showLegend(true),
        )
        .tooltip(new VizTooltipOptionsBuilder().mode(TooltipDisplayMode.Multi).sort(SortOrder.Descending));
    }
  }
}

/** Loki's queries read nothing but Loki. */
function languageOf(queries: readonly Query[]): keyof typeof dataSources {
  return queries.some(({ sources }) => sources.includes("loki")) ? "loki" : "prometheus";
}

function target(
  { sources, expr, legend }: Query,
  { index, kind }: { readonly index: number; readonly kind: PanelSpec["kind"] },
): prometheus.DataqueryBuilder | loki.DataqueryBuilder {
  const refId = String.fromCharCode("A".charCodeAt(0) + index);
  if (sources.includes("loki")) {
    const builder = new loki.DataqueryBuilder().expr(expr).refId(refId).datasource(dataSources.loki);
    return legend === undefined ? builder : builder.legendFormat(legend);
  }
  const builder = new prometheus.DataqueryBuilder()
    .expr(expr)
    .refId(refId)
    .datasource(dataSources.prometheus);
  if (kind === "table") builder.instant();
  else builder.range();
  return legend === undefined ? builder : builder.legendFormat(legend);
}

function variable({ name, label, query, initial, multi }: Variable): QueryVariableBuilder {
  const builder = new QueryVariableBuilder(name)
    .label(label)
    .query(query.expr)
    .datasource(dataSources[languageOf([query])])
    .refresh(VariableRefresh.OnTimeRangeChanged)
    .sort(VariableSort.AlphabeticalAsc)
    .multi(multi ?? false)
    .includeAll(true)
    .allValue(".+");
  const current =
    initial === undefined ? { text: "All", value: "$__all" } : { text: initial, value: initial };
  return builder.current(multi ? { text: [current.text], value: [current.value] } : current);
}

function annotation({ name, query }: DashboardSpec["annotations"][number]): AnnotationQueryBuilder {
  return new AnnotationQueryBuilder()
    .name(name)
    .datasource(dataSources.prometheus)
    .enable(true)
    .iconColor("blue")
    .expr(query.expr)
    .step("1m")
    .titleFormat(`${name}: ${query.legend ?? ""}`);
}
