/** Values of the External Secrets Operator's chart. */
import { container } from "../resources.ts";
import type { ChartValues, PlatformSite } from "../site.ts";

export function externalSecretsValues({ highlyAvailable }: PlatformSite): ChartValues {
  const replicaCount = highlyAvailable ? 2 : 1;
  const podDisruptionBudget = { enabled: highlyAvailable };
  const metrics = { service: { enabled: true } };
  const resources = container("100m", "256Mi");
  const livenessProbe = { enabled: true };
  return {
    installCRDs: false,
    replicaCount,
    leaderElect: highlyAvailable,
    podDisruptionBudget,
    resources,
    metrics,
    // An ExternalSecret's own namespace, not that of the operator.
    serviceMonitor: { enabled: true, renderMode: "alwaysRender", honorLabels: true },
    livenessProbe,
    readinessProbe: { enabled: true },
    webhook: { replicaCount, podDisruptionBudget, resources, metrics, livenessProbe },
    certController: { replicaCount, podDisruptionBudget, resources, metrics, livenessProbe },
  };
}
