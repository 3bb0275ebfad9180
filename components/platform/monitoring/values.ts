/** Values of kube-prometheus-stack: operator, Prometheus, Alertmanager, Grafana, exporters. */
import { restrictedContainerContext, restrictedPodContext } from "../../security/podSecurity.ts";
import { container, whole } from "../resources.ts";
import type { ChartValues, PlatformSite } from "../site.ts";

/** Secret with Grafana's first user, which External Secrets draws in the cluster. */
export const grafanaAdmin = "grafana-admin";
/** Role of Grafana's sidecars, which load dashboards and data sources. */
export const grafanaSidecars = "grafana-sidecars";
/** Annotation of a dashboard's ConfigMap with the folder that it is shown in. */
export const dashboardFolder = "grafana_folder";
/** NodePorts of spec A15. */
const nodePorts = { grafana: 31030, prometheus: 31009, alertmanager: 31093 };

/** Who is told of alerts; made by config/alerting.ts. */
export interface AlertingValues {
  /** The stack's name, as a label of every alert that leaves the cluster. */
  readonly environment: string;
  /** Alertmanager's configuration: names of files in place of secrets. */
  readonly config: object;
  /** Templates of notifications, by file name. */
  readonly templates: Readonly<Record<string, string>>;
  /** Secret with what receivers need, and its properties; nothing where nobody is told. */
  readonly secret: { readonly name: string; readonly properties: readonly string[] } | undefined;
}

export function prometheusStackValues(site: PlatformSite, alerting: AlertingValues): ChartValues {
  return {
    // Short names: objects are `prometheus-…`, `alertmanager-…`, not the chart's name twice.
    fullnameOverride: "prometheus",
    crds: { enabled: false },
    // Rules and dashboards are this project's own; the stock ones alone are two megabytes of state.
    defaultRules: { create: false },
    // A managed control plane does not show these, the embedded one has no pods of them.
    kubeControllerManager: { enabled: false },
    kubeScheduler: { enabled: false },
    kubeEtcd: { enabled: false },
    kubeProxy: { enabled: false },
    prometheusOperator: operatorValues(),
    prometheus: prometheusValues(site, alerting),
    alertmanager: alertmanagerValues(site, alerting),
    grafana: grafanaValues(site),
    // Metrics of Secrets are their names and ages; the right to list them is the right to read them.
    "kube-state-metrics": { resources: container("200m", "256Mi"), collectorsExclude: ["secrets"] },
    "prometheus-node-exporter": {
      namespaceOverride: "monitoring-agents",
      resources: container("200m", "64Mi"),
      containerSecurityContext: restrictedContainerContext(),
    },
  };
}

function operatorValues(): ChartValues {
  return {
    resources: container("200m", "256Mi"),
    prometheusConfigReloader: {
      resources: container("100m", "64Mi"),
    },
    // A Helm hook would draw the webhook's certificate, and helm.v4.Chart drops hooks.
    admissionWebhooks: { certManager: { enabled: true }, patch: { enabled: false } },
  };
}

const claim = (storage: string): object => ({
  volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } } },
});

function service(site: PlatformSite, nodePort: number): object {
  return site.nodePorts ? { type: "NodePort", nodePort } : { type: "ClusterIP" };
}

function prometheusValues(site: PlatformSite, { environment }: AlertingValues): ChartValues {
  const { sizes, retention, highlyAvailable } = site;
  const everywhere = Object.fromEntries(
    ["rule", "serviceMonitor", "podMonitor", "probe", "scrapeConfig"].map((kind) => [
      `${kind}SelectorNilUsesHelmValues`,
      false,
    ]),
  );
  return {
    service: service(site, nodePorts.prometheus),
    podDisruptionBudget: { enabled: highlyAvailable },
    prometheusSpec: {
      replicas: highlyAvailable ? 2 : 1,
      podAntiAffinity: highlyAvailable ? "hard" : "",
      // The workloads' proxies know it by its certificate; those who query it have none.
      podMetadata: {
        annotations: {
          "linkerd.io/inject": "enabled",
          "config.linkerd.io/default-inbound-policy": "all-unauthenticated",
        },
      },
      ...everywhere,
      scrapeInterval: "15s",
      evaluationInterval: "15s",
      externalLabels: { environment },
      retention: retention.metrics,
      resources: whole(sizes.prometheus),
      storageSpec: claim(sizes.prometheus.storage),
    },
  };
}

function alertmanagerValues(site: PlatformSite, { config, templates, secret }: AlertingValues): ChartValues {
  return {
    config,
    templateFiles: templates,
    service: service(site, nodePorts.alertmanager),
    podDisruptionBudget: { enabled: site.highlyAvailable },
    // It asks the API server nothing.
    serviceAccount: { automountServiceAccountToken: false },
    alertmanagerSpec: {
      automountServiceAccountToken: false,
      replicas: site.highlyAvailable ? 3 : 1,
      podAntiAffinity: site.highlyAvailable ? "hard" : "",
      resources: container("100m", "128Mi"),
      storage: claim("1Gi"),
      ...(secret ? { secrets: [secret.name] } : {}),
    },
  };
}

function grafanaValues(site: PlatformSite): ChartValues {
  const sidecar = { resources: container("100m", "128Mi"), securityContext: restrictedContainerContext() };
  return {
    fullnameOverride: "grafana",
    admin: { existingSecret: grafanaAdmin },
    defaultDashboardsEnabled: false,
    // It sets owners as root; the volume's group does it without.
    initChownData: { enabled: false },
    testFramework: { enabled: false },
    resources: whole(site.sizes.grafana),
    securityContext: restrictedPodContext(472),
    containerSecurityContext: restrictedContainerContext(),
    extraEmptyDirMounts: [{ name: "tmp", mountPath: "/tmp" }],
    // The chart would look up the bound volume and write it into the claim: a change, and a replacement, at every run.
    persistence: { enabled: true, size: site.sizes.grafana.storage, lookupVolumeName: false },
    // One writer on one volume: the new pod waits for the old one to let go.
    deploymentStrategy: { type: "Recreate" },
    service: { ...service(site, nodePorts.grafana), port: 3000 },
    // Roles of the chart would let the sidecars read Secrets; they need ConfigMaps of their own namespace.
    rbac: { namespaced: true, useExistingRole: grafanaSidecars },
    sidecar: {
      ...sidecar,
      // A dashboard's ConfigMap names its folder (observability.ts).
      dashboards: {
        enabled: true,
        resource: "configmap",
        folderAnnotation: dashboardFolder,
        provider: { foldersFromFilesStructure: true },
      },
      datasources: { enabled: true, resource: "configmap" },
    },
    additionalDataSources: [
      {
        name: "Loki",
        uid: "loki",
        type: "loki",
        url: "http://loki.monitoring.svc:3100",
      },
    ],
  };
}

/** The agent that reads the pods' logs through the API server, and so needs neither root nor the node's disk. */
export function alloyValues({ highlyAvailable }: PlatformSite, config: string): ChartValues {
  return {
    crds: { create: false },
    global: { podSecurityContext: restrictedPodContext(473) },
    // What it reads, out of all that components of it could.
    rbac: {
      rules: [{ apiGroups: [""], resources: ["pods", "pods/log"], verbs: ["get", "list", "watch"] }],
      clusterRules: [{ apiGroups: [""], resources: ["namespaces"], verbs: ["get", "list", "watch"] }],
    },
    serviceAccount: { automountServiceAccountToken: false },
    alloy: {
      configMap: { content: helmText(config) },
      livenessProbe: {
        // Only whether it answers: its word on health is also one on Loki's, which a restart does not help.
        tcpSocket: { port: 12345 },
        periodSeconds: 30,
        timeoutSeconds: 5,
        failureThreshold: 10,
      },
      // Replicas share the pods out among themselves.
      clustering: { enabled: highlyAvailable },
      enableReporting: false,
      resources: container("500m", "512Mi"),
      securityContext: restrictedContainerContext(),
      storagePath: "/var/lib/alloy",
      mounts: { extra: [{ name: "data", mountPath: "/var/lib/alloy" }] },
    },
    configReloader: { resources: container("50m", "64Mi") },
    controller: {
      type: "statefulset",
      volumes: { extra: [{ name: "data", emptyDir: { sizeLimit: "1Gi" } }] },
      replicas: highlyAvailable ? 3 : 1,
      podDisruptionBudget: { enabled: highlyAvailable, ...(highlyAvailable ? { maxUnavailable: 1 } : {}) },
    },
    serviceMonitor: { enabled: true },
  };
}

/** The chart takes the text for a template of Helm's. Ours holds templates of Alloy's, which have to come through. */
function helmText(text: string): string {
  return text.replaceAll("{{", '{{ "{{" }}');
}
