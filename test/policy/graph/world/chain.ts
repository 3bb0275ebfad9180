/** Everything in the namespace paw. */
import type { Manifest } from "../../../../policy/src/k8s/manifest.ts";
import { network } from "./network.ts";
import { type Part, account, closed, labels, namespace, object, policy, tcp, template } from "./shapes.ts";
import { api, sentries, validators } from "./workloads.ts";

const server = (component: string, port: number): Manifest[] => [
  object("policy.linkerd.io/v1beta3", "Server", [
    `${component}-${port}`,
    "paw",
    { spec: { podSelector: { matchLabels: labels(component) }, port } },
  ]),
  object("policy.linkerd.io/v1alpha1", "AuthorizationPolicy", [
    `${component}-${port}`,
    "paw",
    {
      spec: {
        targetRef: { group: "policy.linkerd.io", kind: "Server", name: `${component}-${port}` },
        requiredAuthenticationRefs: [
          { group: "policy.linkerd.io", kind: "MeshTLSAuthentication", name: "prometheus" },
        ],
      },
    },
  ]),
];

const service = (name: string, component: string, port: Part): Manifest =>
  object("v1", "Service", [
    name,
    "paw",
    { metadata: { labels: labels(component) }, spec: { selector: labels(component), ports: [port] } },
  ]);

export const chainObjects: readonly Manifest[] = [
  namespace("paw", {
    labels: { "policy.sigstore.dev/include": "true" },
    annotations: { "linkerd.io/inject": "enabled", "config.linkerd.io/skip-inbound-ports": "26656,26659" },
  }),
  ...closed("paw"),
  ...network,
  validators,
  sentries,
  api,
  ...["paw-validator", "paw-sentry", "paw-api"].map((name) => account(name, "paw")),
  service("paw-validator", "validator", { name: "metrics", port: 26660, targetPort: "metrics" }),
  service("paw-sentry", "sentry", { name: "p2p", port: 26656 }),
  service("paw-api", "api", { name: "rest", port: 80, targetPort: 1317 }),
  ...server("validator", 26660),
  ...server("api", 1317),
  object("policy.linkerd.io/v1alpha1", "MeshTLSAuthentication", ["prometheus", "paw"]),
  object("policy/v1", "PodDisruptionBudget", [
    "paw-validator",
    "paw",
    { spec: { maxUnavailable: 1, selector: { matchLabels: labels("validator") } } },
  ]),
  object("policy/v1", "PodDisruptionBudget", [
    "paw-api",
    "paw",
    { spec: { minAvailable: "50%", selector: { matchLabels: labels("api") } } },
  ]),
  object("autoscaling/v2", "HorizontalPodAutoscaler", [
    "paw-api",
    "paw",
    {
      spec: {
        minReplicas: 2,
        scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "paw-api" },
      },
    },
  ]),
  object("networking.k8s.io/v1", "Ingress", [
    "paw-api",
    "paw",
    {
      spec: {
        tls: [{ hosts: ["api.example.com"], secretName: "paw-tls" }],
        rules: [
          {
            host: "api.example.com",
            http: { paths: [{ backend: { service: { name: "paw-api", port: { name: "rest" } } } }] },
          },
        ],
      },
    },
  ]),
  object("cert-manager.io/v1", "Certificate", ["paw-tls", "paw", { spec: { secretName: "paw-tls" } }]),
  ...["paw-validator-keys", "paw-api-jwt"].map((name) =>
    object("external-secrets.io/v1", "ExternalSecret", [
      name,
      "paw",
      { spec: { secretStoreRef: { kind: "ClusterSecretStore", name: "vault" }, target: { name } } },
    ]),
  ),
  object("external-secrets.io/v1", "ClusterSecretStore", ["vault", ""]),
  object("v1", "ConfigMap", ["settings", "paw"]),
  object("v1", "ResourceQuota", ["quota", "paw"]),
  object("v1", "LimitRange", ["limits", "paw"]),
  object("monitoring.coreos.com/v1", "ServiceMonitor", [
    "paw-validator",
    "paw",
    { spec: { selector: { matchLabels: labels("validator") }, endpoints: [{ port: "metrics" }] } },
  ]),
  object("monitoring.coreos.com/v1", "PodMonitor", [
    "paw-sentry",
    "paw",
    { spec: { selector: { matchLabels: labels("sentry") }, podMetricsEndpoints: [{ port: "p2p" }] } },
  ]),
  object("rbac.authorization.k8s.io/v1", "Role", [
    "reader",
    "paw",
    { rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }] },
  ]),
  object("rbac.authorization.k8s.io/v1", "RoleBinding", [
    "reader",
    "paw",
    {
      roleRef: { kind: "Role", name: "reader" },
      subjects: [{ kind: "ServiceAccount", name: "paw-api", namespace: "paw" }],
    },
  ]),
  object("batch/v1", "CronJob", [
    "paw-backup",
    "paw",
    {
      spec: {
        jobTemplate: {
          spec: {
            template: template({
              account: "paw-backup",
              labels: labels("backup"),
              pod: { volumes: [{ name: "d", persistentVolumeClaim: { claimName: "paw-backup" } }] },
            }),
          },
        },
      },
    },
  ]),
  account("paw-backup", "paw"),
  object("v1", "PersistentVolumeClaim", ["paw-backup", "paw"]),
  policy("backup", "paw", {
    podSelector: { matchLabels: labels("backup") },
    egress: [{ to: [{ ipBlock: { cidr: "0.0.0.0/0" } }], ports: [tcp(443)] }],
  }),
];
