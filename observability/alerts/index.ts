/** All rules of Prometheus, from one source: as objects for its operator, and as a plain file. */
import { stringify } from "yaml";

import type { ObservabilitySite } from "../model.ts";
import type { Alert, Recording, RuleGroup, System } from "./alert.ts";
import { backups } from "./backups.ts";
import { bizra } from "./bizra.ts";
import { consensus } from "./consensus.ts";
import { platform } from "./platform.ts";
import { resources } from "./resources.ts";
import { serviceLevelObjectives } from "./slo.ts";
import { sync } from "./sync.ts";

/** The groups of a site; those of the platform only where its charts are installed. */
export function ruleGroups(site: ObservabilitySite): readonly RuleGroup[] {
  return [
    consensus,
    sync,
    resources,
    backups,
    bizra,
    serviceLevelObjectives,
    ...(site.platformNamespaces.length > 0 ? [platform] : []),
  ].map((make) => make(site));
}

/** A group as Prometheus and its operator read it. */
export interface RenderedGroup {
  readonly name: string;
  readonly interval?: string;
  readonly rules: readonly object[];
}

export function renderGroup(group: RuleGroup, runbooks: string): RenderedGroup {
  const { name, interval, recordings = [], alerts, system } = group;
  return {
    name,
    ...(interval === undefined ? {} : { interval }),
    rules: [
      ...recordings.map(recordingRule),
      ...alerts.map((alert) => alertRule(alert, { system, runbooks })),
    ],
  };
}

/** The rules as one file that Prometheus and promtool read. */
export function ruleFile(site: ObservabilitySite): string {
  const groups = ruleGroups(site).map((group) => renderGroup(group, site.runbooks));
  return stringify({ groups }, { lineWidth: 0 });
}

function recordingRule({ record, query, labels }: Recording): object {
  return { record, expr: query.expr, ...(labels ? { labels } : {}) };
}

function alertRule(
  { name, query, for: duration, severity, summary, description, runbook }: Alert,
  { system, runbooks }: { readonly system: System; readonly runbooks: string },
): object {
  return {
    alert: name,
    expr: query.expr,
    ...(duration === "0s" ? {} : { for: duration }),
    labels: { severity, system },
    annotations: { summary, description, runbook_url: `${runbooks}/${runbook}.md` },
  };
}
