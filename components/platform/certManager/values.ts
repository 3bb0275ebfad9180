/** Values of the charts that issue certificates and spread their roots. */
import { container } from "../resources.ts";
import type { ChartValues, PlatformSite } from "../site.ts";

/** `chart`: every object is a resource of the stack. `package`: Pulumi's own component, which is one Helm release. */
export const certManagerWays = ["package", "chart"] as const;
export type CertManagerWay = (typeof certManagerWays)[number];

/** The pod asks for its token itself; other pods of the account get none. */
const ownToken = {
  automountServiceAccountToken: true,
  serviceAccount: { automountServiceAccountToken: false },
} as const;

/** cert-manager. Its start-up check is a Helm hook, which `helm.v4.Chart` drops: the webhook's own readiness stands in. */
export function certManagerValues({ highlyAvailable }: PlatformSite): ChartValues {
  const budget = { podDisruptionBudget: { enabled: highlyAvailable } };
  return {
    ...ownToken,
    crds: { enabled: false },
    // Leases in the part's own namespace: kube-system is nobody's to write to.
    global: { leaderElection: { namespace: "cert-manager" } },
    replicaCount: highlyAvailable ? 2 : 1,
    ...budget,
    resources: container("200m", "256Mi"),
    enableCertificateOwnerRef: true,
    // A certificate's own namespace, not that of cert-manager.
    prometheus: { enabled: true, servicemonitor: { enabled: true, interval: "60s", honorLabels: true } },
    webhook: {
      ...ownToken,
      replicaCount: highlyAvailable ? 3 : 1,
      ...budget,
      resources: container("100m", "128Mi"),
    },
    cainjector: {
      ...ownToken,
      replicaCount: highlyAvailable ? 2 : 1,
      ...budget,
      resources: container("200m", "512Mi"),
    },
    startupapicheck: { enabled: false },
  };
}

/** trust-manager, which copies root certificates into ConfigMaps of every namespace. */
export function trustManagerValues({ highlyAvailable }: PlatformSite): ChartValues {
  return {
    ...ownToken,
    crds: { enabled: false },
    replicaCount: highlyAvailable ? 2 : 1,
    podDisruptionBudget: { enabled: highlyAvailable },
    resources: container("100m", "256Mi"),
    // Public roots are not ours to trust, and their image has no fixed version in the chart.
    defaultPackage: { enabled: false },
    app: {
      trust: { namespace: "cert-manager" },
      metrics: { service: { servicemonitor: { enabled: true, interval: "60s" } } },
    },
  };
}
