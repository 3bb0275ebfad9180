/** Values of Argo Rollouts' chart. */
import { type RouteKind, gatewayPlugin } from "../../bizra/canaryPlan.ts";
import { restrictedContainerContext } from "../../security/podSecurity.ts";
import { container } from "../resources.ts";
import type { ChartValues, PlatformSite } from "../site.ts";

/** What Argo Rollouts weighs. */
export interface RolloutsSite {
  /** What splits requests; nothing where there is no canary. */
  readonly route: RouteKind | undefined;
  /** Image with the plugin that weighs routes of the Gateway API. */
  readonly gatewayPlugin: string | undefined;
}

/** Where the plugin's image has its program, and where the controller finds it. */
const program = "rollouts-plugin-trafficrouter-gatewayapi";
const folder = "/plugins";
const volume = "gateway-plugin";

export function rolloutsValues({ highlyAvailable }: PlatformSite, site: RolloutsSite): ChartValues {
  const plugin = site.route === "gateway" ? site.gatewayPlugin : undefined;
  return {
    installCRDs: false,
    controller: {
      replicas: highlyAvailable ? 2 : 1,
      resources: container("500m", "256Mi"),
      metrics: { enabled: true, serviceMonitor: { enabled: true } },
      pdb: { enabled: highlyAvailable, maxUnavailable: 1 },
      ...(plugin === undefined ? {} : withPlugin(plugin)),
    },
    // Only the router that a canary of ours uses.
    providerRBAC: {
      providers: {
        istio: site.route === "istio",
        gatewayAPI: site.route === "gateway",
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

/** The plugin comes out of an image, not from the internet: where images are verified or mirrored, it is. */
function withPlugin(image: string): ChartValues {
  return {
    initContainers: [
      {
        name: "gateway-plugin",
        image,
        command: ["cp", `/bin/${program}`, `${folder}/${program}`],
        resources: container("100m", "64Mi"),
        securityContext: restrictedContainerContext(),
        volumeMounts: [{ name: volume, mountPath: folder }],
      },
    ],
    trafficRouterPlugins: [{ name: gatewayPlugin, location: `file://${folder}/${program}` }],
    // The program has 60 MB.
    volumes: [{ name: volume, emptyDir: { sizeLimit: "256Mi" } }],
    volumeMounts: [{ name: volume, mountPath: folder, readOnly: true }],
  };
}
