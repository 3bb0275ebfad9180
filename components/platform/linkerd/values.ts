/** Values of Linkerd's charts. */
import { proxyResources } from "../../mesh/injection.ts";
import { container, linkerdResources } from "../resources.ts";
import type { ChartValues, PlatformSite } from "../site.ts";

/** Where Linkerd's control plane, its node agent and its views live. */
export const linkerdNamespaces = { control: "linkerd", cni: "linkerd-cni", viz: "linkerd-viz" } as const;

/** ConfigMap that trust-manager writes and the control plane reads its trust anchors from (a name of Linkerd's). */
export const trustRoots = "linkerd-identity-trust-roots";
/** Secret with the control plane's issuer certificate (a name of Linkerd's). */
export const issuerSecret = "linkerd-identity-issuer";

/** Webhooks of the control plane: key of the chart's values, and Secret its server reads. */
export const controlPlaneWebhooks = [
  { key: "proxyInjector", secret: "linkerd-proxy-injector-k8s-tls", service: "linkerd-proxy-injector" },
  { key: "profileValidator", secret: "linkerd-sp-validator-k8s-tls", service: "linkerd-sp-validator" },
  { key: "policyValidator", secret: "linkerd-policy-validator-k8s-tls", service: "linkerd-policy-validator" },
] as const;

/** The same for the views. */
export const vizWebhooks = [
  { key: "tap", secret: "tap-k8s-tls", service: "tap" },
  { key: "tapInjector", secret: "tap-injector-k8s-tls", service: "tap-injector" },
] as const;

const controller = linkerdResources(container("200m", "256Mi"));

/** A certificate that cert-manager draws and injects; the chart would draw another at every rendering. */
function fromCertManager(namespace: string, secret: string): object {
  return { externalSecret: true, injectCaFrom: `${namespace}/${secret}` };
}

/** The control plane, with an identity issuer that cert-manager renews and iptables set up by the CNI plugin. */
export function controlPlaneValues({ highlyAvailable }: PlatformSite): ChartValues {
  return {
    cniEnabled: true,
    controllerReplicas: highlyAvailable ? 3 : 1,
    enablePodAntiAffinity: highlyAvailable,
    enablePodDisruptionBudget: highlyAvailable,
    ...(highlyAvailable
      ? { deploymentStrategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: "25%" } } }
      : {}),
    highAvailability: highlyAvailable,
    // A pod that must be meshed does not start unmeshed where somebody relies on it.
    webhookFailurePolicy: highlyAvailable ? "Fail" : "Ignore",
    identity: { externalCA: true, issuer: { scheme: "kubernetes.io/tls" } },
    ...Object.fromEntries(
      controlPlaneWebhooks.map(({ key, secret }) => [
        key,
        fromCertManager(linkerdNamespaces.control, secret),
      ]),
    ),
    // It reports to Linkerd's makers every day, at a minute that the chart draws anew at every rendering.
    disableHeartBeat: true,
    // It must end at the proxy whatever the address is; this one (RFC 5737) is nobody's, the default somebody's.
    networkValidator: { connectAddr: "192.0.2.1:20001" },
    proxy: { resources: linkerdResources(proxyResources), defaultInboundPolicy: "all-authenticated" },
    policyController: { resources: controller },
    destinationResources: controller,
    identityResources: controller,
    proxyInjectorResources: controller,
    spValidatorResources: controller,
    heartbeatResources: controller,
    podMonitor: { enabled: true },
    prometheusUrl: "http://prometheus-operated.monitoring.svc:9090",
  };
}

/** The node agent that sets up iptables, so that no application pod needs the right to. */
export function cniValues(): ChartValues {
  return {
    resources: linkerdResources(container("100m", "64Mi")),
    // Restarts pods that started before the agent was there.
    repairController: { enabled: true, resources: linkerdResources(container("100m", "64Mi")) },
  };
}

/** The views: metrics API, tap and dashboard, on the platform's own Prometheus. */
export function vizValues({ highlyAvailable }: PlatformSite): ChartValues {
  const resources = linkerdResources(container("100m", "128Mi"));
  const replicas = highlyAvailable ? 2 : 1;
  return {
    enablePodAntiAffinity: highlyAvailable,
    enablePodDisruptionBudget: highlyAvailable,
    // Its one Job has no resources to set; the namespace's labels are ours.
    createNamespaceMetadataJob: false,
    prometheus: { enabled: false },
    prometheusUrl: "http://prometheus-operated.monitoring.svc:9090",
    metricsAPI: { replicas, resources },
    tap: { replicas, resources, ...fromCertManager(linkerdNamespaces.viz, "tap-k8s-tls") },
    tapInjector: { replicas, resources, ...fromCertManager(linkerdNamespaces.viz, "tap-injector-k8s-tls") },
    dashboard: { replicas: 1, resources },
  };
}
