/** What PromQL and LogQL expressions say, by the parsers of Prometheus' and Grafana's own editors. */
import { parser as logql } from "@grafana/lezer-logql";
import { parser as promql } from "@prometheus-io/lezer-promql";

/**
 * Names of the metrics that a PromQL expression reads.
 *
 * @throws Error when it is no PromQL.
 */
export function metricsOf(expr: string): string[] {
  const metrics = new Set<string>();
  promql.parse(expr).iterate({
    enter: (node) => {
      if (node.type.isError) throw new Error(`no PromQL at ${node.from}: ${expr}`);
      if (node.name === "Identifier" && node.node.parent?.name === "VectorSelector") {
        metrics.add(expr.slice(node.from, node.to));
      }
    },
  });
  return [...metrics];
}

/** @throws Error when the expression is no LogQL. */
export function checkLogql(expr: string): void {
  logql.parse(expr).iterate({
    enter: (node) => {
      if (node.type.isError) throw new Error(`no LogQL at ${node.from}: ${expr}`);
    },
  });
}
