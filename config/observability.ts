/** From the configuration's words to those of dashboards and alerts. */
import { namespaces } from "../components/names.ts";
import { platformNamespaces } from "../components/platform/namespaces.ts";
import type { PawConfig } from "../config.ts";
import type { ObservabilitySite } from "../observability/model.ts";

/** Folder of the runbooks in this project: the link in an alert where no address is configured. */
const runbookFolder = "docs/runbooks";

export function observabilitySite({ alerting, bizra, chain, charts }: PawConfig): ObservabilitySite {
  const { finalityMs, poiThroughput, backupAgeHours } = alerting.thresholds;
  return {
    namespaces: { paw: namespaces.paw, bizra: bizra.namespace },
    platformNamespaces: charts.source === "crds" ? [] : platformNamespaces.map(({ namespace }) => namespace),
    expectedPeers: {
      validator: chain.validators - 1 + chain.sentries,
      sentry: chain.validators + chain.sentries - 1,
      "full-node": chain.sentries,
    },
    maxBlockAge: chain.maxBlockAge,
    thresholds: { finalitySeconds: finalityMs / 1000, poiThroughput, backupAgeHours },
    runbooks: (alerting.runbooks ?? runbookFolder).replace(/\/$/, ""),
  };
}
