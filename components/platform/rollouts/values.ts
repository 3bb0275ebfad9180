/** Values of Argo Rollouts' chart. */
import { container } from "../resources.ts";
import type { ChartValues, PlatformSite } from "../site.ts";

export function rolloutsValues({ highlyAvailable }: PlatformSite): ChartValues {
  return {
    installCRDs: false,
    controller: {
      replicas: highlyAvailable ? 2 : 1,
      resources: container("500m", "256Mi"),
      metrics: { enabled: true, serviceMonitor: { enabled: true } },
      pdb: { enabled: highlyAvailable, maxUnavailable: 1 },
    },
    // Only the routers that a canary of ours may use.
    providerRBAC: {
      providers: {
        istio: true,
        gatewayAPI: true,
        smi: false,
        ambassador: false,
        awsLoadBalancerController: false,
        awsAppMesh: false,
        traefik: false,
        apisix: false,
        contour: false,
        glooPlatform: false,
      },
    },
  };
}
