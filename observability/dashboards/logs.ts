/** Logs (spec A9): how much, how bad, and the saved queries. */
import { savedQueries } from "../logs/queries.ts";

import type { DashboardSpec, PanelSpec } from "./spec.ts";
import { type ObservabilitySite, query } from "../model.ts";

export function logs(site: ObservabilitySite): DashboardSpec {
  return {
    uid: "paw-logs",
    title: "Logs",
    description:
      "Log lines of both systems and of the platform, kept for as long as paw:platform.logsRetention says.",
    folder: "PAW",
    variables: [
      {
        name: "namespace",
        label: "Namespace",
        query: query("loki", "label_values(namespace)"),
        initial: site.namespaces.paw,
        multi: true,
      },
      {
        name: "pod",
        label: "Pod",
        query: query("loki", 'label_values({namespace=~"$namespace"}, pod)'),
        multi: true,
      },
    ],
    annotations: [],
    rows: [
      { title: "Amount", panels: amount },
      { title: "Saved queries", panels: savedQueries(site).map(asPanel) },
      { title: "All lines", panels: all },
    ],
  };
}

const chosen = '{namespace=~"$namespace", pod=~"$pod"}';

const amount: readonly PanelSpec[] = [
  {
    kind: "timeseries",
    title: "Lines by namespace and level",
    description: "Lines per second. Lines without a level are of programs whose format is not parsed.",
    unit: "short",
    width: 12,
    min: 0,
    stacked: true,
    queries: [query("loki", `sum by (namespace, level) (rate(${chosen}[1m]))`, "{{namespace}} {{level}}")],
  },
  {
    kind: "timeseries",
    title: "Bytes by pod",
    description: "Bytes of log per second; the loudest ten.",
    unit: "Bps",
    width: 12,
    min: 0,
    queries: [query("loki", `topk(10, sum by (pod) (bytes_rate(${chosen}[1m])))`, "{{pod}}")],
  },
];

function asPanel({ title, description, expr }: ReturnType<typeof savedQueries>[number]): PanelSpec {
  return { kind: "logs", title, description, unit: "none", width: 12, queries: [query("loki", expr)] };
}

const all: readonly PanelSpec[] = [
  {
    kind: "logs",
    title: "Lines of the chosen pods",
    description: "Everything, newest first.",
    unit: "none",
    width: 24,
    queries: [query("loki", chosen)],
  },
];
