/** What Grafana does with a dashboard's queries: it chooses variables, puts them in, asks Prometheus, names the lines. */
import type { DashboardSpec, PanelSpec, Variable } from "../../../observability/dashboards/spec.ts";
import type { Query } from "../../../observability/model.ts";
import type { Prometheus, Range, Series } from "./prometheus.ts";

/** What is chosen of a variable of a dashboard. */
export interface Choice {
  readonly name: string;
  /** What Grafana writes before it. */
  readonly label: string;
  /** What stands in queries in its place: a regular expression, escaped for a string of PromQL. */
  readonly value: string;
  /** What Grafana shows as chosen. */
  readonly text: string;
  /** All that could be chosen; nothing for a variable that Loki fills. */
  readonly found: readonly string[];
}

export interface ChoiceOptions {
  /** Values to choose instead of the dashboard's own first choice, by variable; several only where it is `multi`. */
  readonly chosen?: Readonly<Record<string, readonly string[]>>;
  /** Series outside of it do not count. */
  readonly range?: Pick<Range, "start" | "end">;
}

const everything = { value: ".+", text: "All" } as const;

/**
 * The variables of a dashboard as they stand when it is opened: `initial` where there is such a value, otherwise "All",
 * which Grafana falls back to. A later variable asks with the earlier ones put in. Loki is not asked: there the
 * dashboard's own choice stands.
 *
 * @throws Error for a query that is no `label_values`, and for a choice that cannot be made.
 */
export async function choices(
  spec: DashboardSpec,
  prometheus: Prometheus,
  { chosen = {}, range }: ChoiceOptions = {},
): Promise<readonly Choice[]> {
  const strange = Object.keys(chosen).filter((name) => !spec.variables.some((each) => each.name === name));
  if (strange.length > 0) throw new Error(`${spec.uid} has no variable ${strange.join(", ")}`);
  const made: Choice[] = [];
  for (const variable of spec.variables) {
    const { selector, label } = labelValuesOf(variable.query.expr);
    const found = asksLoki(variable.query)
      ? []
      : await prometheus.labelValues(label, selector && resolve(selector, made), range);
    const initial = variable.initial === undefined ? [] : [variable.initial];
    const wanted =
      chosen[variable.name] ?? initial.filter((each) => asksLoki(variable.query) || found.includes(each));
    made.push({ name: variable.name, label: variable.label, found, ...choose(variable, wanted, found) });
  }
  return made;
}

function choose(
  { name, multi, query }: Variable,
  wanted: readonly string[],
  found: readonly string[],
): Pick<Choice, "value" | "text"> {
  if (wanted.length === 0) return everything;
  const missing = asksLoki(query) ? [] : wanted.filter((each) => !found.includes(each));
  if (missing.length > 0)
    throw new Error(`$${name} cannot be ${missing.join(", ")}; found: ${found.join(", ") || "nothing"}`);
  if (wanted.length > 1 && !multi) throw new Error(`$${name} takes one value, not ${wanted.join(", ")}`);
  const escaped = wanted.map(escape);
  return {
    value: escaped.length === 1 ? escaped.join("") : `(${escaped.join("|")})`,
    text: wanted.join(" + "),
  };
}

/** For a regular expression within a string of PromQL. */
function escape(value: string): string {
  return JSON.stringify(value.replace(/[\\^$.*+?()[\]{}|]/g, String.raw`\$&`)).slice(1, -1);
}

function labelValuesOf(expr: string): { readonly selector?: string; readonly label: string } {
  const [, selector, label] = /^label_values\((?:(.+),\s*)?(\w+)\)$/s.exec(expr) ?? [];
  if (label === undefined) throw new Error(`"${expr}" is not label_values(selector, label)`);
  return selector === undefined ? { label } : { selector, label };
}

/**
 * An expression with the choices in place of `$name` and `${name}`. Our dashboards use none of Grafana's own variables
 * (`$__interval` and the like), so these are refused as any other unknown one is.
 *
 * @throws Error that names a variable without a choice.
 */
export function resolve(expr: string, made: readonly Choice[]): string {
  return expr.replace(/\$(?:(\w+)|\{([^}]*)\})/g, (_whole, bare?: string, braced?: string) => {
    const name = bare ?? braced ?? "";
    const choice = made.find((each) => each.name === name);
    if (!choice) {
      const known = made.map((each) => `$${each.name}`).join(", ") || "none";
      throw new Error(`unknown variable $${name} in "${expr}"; known: ${known}`);
    }
    return choice.value;
  });
}

export interface NamedSeries extends Series {
  /** By the legend of the query. */
  readonly name: string;
}

export interface QueryData {
  readonly query: Query;
  /** With variables put in. */
  readonly expr: string;
  readonly series: readonly NamedSeries[];
  /** Why the query was not run at all. */
  readonly unasked?: string;
}

export interface PanelData {
  readonly panel: PanelSpec;
  readonly queries: readonly QueryData[];
}

/** What queries need to be run. */
export interface Context {
  readonly prometheus: Prometheus;
  readonly choices: readonly Choice[];
  /** A table is asked for its end. */
  readonly range: Range;
}

/** Runs the queries of a panel; those of Loki are left unasked. */
export async function runPanel(panel: PanelSpec, context: Context): Promise<PanelData> {
  const queries = panel.queries.map((query) => runQuery(query, panel.kind, context));
  return { panel, queries: await Promise.all(queries) };
}

/** Runs a query as a panel of this kind does; an annotation's as a time series. */
export async function runQuery(
  query: Query,
  kind: PanelSpec["kind"],
  { prometheus, choices: made, range }: Context,
): Promise<QueryData> {
  const expr = resolve(query.expr, made);
  if (asksLoki(query)) return { query, expr, series: [], unasked: "LogQL, which Prometheus does not answer" };
  const series =
    kind === "table" ? await prometheus.query(expr, range.end) : await prometheus.queryRange(expr, range);
  return { query, expr, series: series.map((each) => ({ ...each, name: nameOf(each.labels, query) })) };
}

function asksLoki({ sources }: Query): boolean {
  return sources.includes("loki");
}

/** A series' name: its legend with labels put in, nothing for a label it lacks; without legend, its labels. */
export function nameOf(labels: Series["labels"], { legend, expr }: Query): string {
  if (legend !== undefined) {
    return legend.replace(/\{\{\s*(.+?)\s*\}\}/g, (_whole, label: string) => labels[label] ?? "");
  }
  const { __name__: metric = "", ...rest } = labels;
  const pairs = Object.entries(rest).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return metric + (pairs.length > 0 ? `{${pairs.join(", ")}}` : "") || expr;
}

/** Whether there is a value at any time; what cannot be computed (NaN) is none. */
export function hasData(series: readonly Series[]): boolean {
  return series.some(({ points }) => points.some(([, value]) => !Number.isNaN(value)));
}
