/** From the configuration's words to those of dashboards and alerts. */
import { namespaces } from "../components/names.ts";
import type {
  DashboardArgs,
  ObservabilityArgs,
  RulesArgs,
} from "../components/platform/monitoring/observability.ts";
import { platformNamespaces } from "../components/platform/namespaces.ts";
import type { PawConfig } from "../config.ts";
import { renderGroup, ruleGroups } from "../observability/alerts/index.ts";
import type { ObservabilitySite } from "../observability/model.ts";

/** Folder of the runbooks in this project: the link in an alert where no address is configured. */
const runbookFolder = "docs/runbooks";

export function observabilitySite({ alerting, bizra, chain, charts }: PawConfig): ObservabilitySite {
  const { finalityMs, poiThroughput, backupAgeHours, vaultSnapshotAgeHours } = alerting.thresholds;
  return {
    namespaces: { paw: namespaces.paw, bizra: bizra.namespace },
    platformNamespaces: charts.source === "crds" ? [] : platformNamespaces.map(({ namespace }) => namespace),
    expectedPeers: {
      validator: chain.validators - 1 + chain.sentries,
      sentry: chain.validators + chain.sentries - 1,
      "full-node": chain.sentries,
    },
    maxBlockAge: chain.maxBlockAge,
    thresholds: {
      finalitySeconds: finalityMs / 1000,
      poiThroughput,
      backupAgeHours,
      vaultSnapshotAgeHours,
    },
    canary: bizra.canary !== undefined && charts.source !== "crds",
    runbooks: (alerting.runbooks ?? runbookFolder).replace(/\/$/, ""),
  };
}

/** Arguments of the component: rules beside what they are about, dashboards where a Grafana is installed. */
export async function observabilityArgs(config: PawConfig): Promise<ObservabilityArgs> {
  const site = observabilitySite(config);
  const homes = { paw: site.namespaces.paw, bizra: site.namespaces.bizra, platform: "monitoring" } as const;
  const rules = (Object.keys(homes) as (keyof typeof homes)[]).map((system): RulesArgs => {
    const groups = ruleGroups(site).filter((group) => group.system === system);
    return {
      name: system,
      namespace: homes[system],
      part: system,
      groups: groups.map((group) => renderGroup(group, site.runbooks)),
    };
  });
  return {
    rules: rules.filter(({ groups }) => groups.length > 0),
    dashboards: config.charts.source === "crds" ? [] : await dashboardsOf(site),
  };
}

/** Grafana's builders are loaded only where there is a Grafana. */
async function dashboardsOf(site: ObservabilitySite): Promise<DashboardArgs[]> {
  const { dashboards } = await import("../observability/dashboards/index.ts");
  const { renderDashboard } = await import("../observability/dashboards/render.ts");
  return dashboards(site).map((spec) => ({
    uid: spec.uid,
    folder: spec.folder,
    json: JSON.stringify(renderDashboard(spec)),
  }));
}
