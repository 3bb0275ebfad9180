/** As much of the platform as rules ask for. */
import type { Manifest } from "../../../../policy/src/k8s/manifest.ts";
import { account, chart, closed, namespace, object, policy, tcp, template } from "./shapes.ts";

const named = (name: string): Record<string, string> => ({ "app.kubernetes.io/name": name });

export const platformObjects: readonly Manifest[] = [
  namespace("linkerd-cni"),
  object("apps/v1", "DaemonSet", [
    "linkerd-cni",
    "linkerd-cni",
    {
      metadata: { labels: { "k8s-app": "linkerd-cni", ...chart.labels } },
      spec: {
        template: template({
          account: "default",
          labels: { "k8s-app": "linkerd-cni" },
          pod: { hostNetwork: true },
          container: { image: "cr.l5d.io/linkerd/cni-plugin:v1" },
        }),
      },
    },
  ]),
  object("cert-manager.io/v1", "Certificate", [
    "linkerd-identity-issuer",
    "linkerd",
    { spec: { secretName: "linkerd-identity-issuer", duration: "48h0m0s", renewBefore: "25h" } },
  ]),
  namespace("monitoring"),
  ...closed("monitoring"),
  object("apps/v1", "StatefulSet", [
    "alloy",
    "monitoring",
    {
      metadata: { labels: { ...named("alloy"), ...chart.labels } },
      spec: {
        template: template({
          account: "alloy",
          labels: named("alloy"),
          container: { image: "docker.io/grafana/alloy:v1" },
        }),
      },
    },
  ]),
  account("alloy", "monitoring"),
  object("v1", "ConfigMap", [
    "loki",
    "monitoring",
    {
      metadata: { labels: named("loki") },
      data: { "config.yaml": "limits_config:\n  retention_period: 168h\n" },
    },
  ]),
  object("monitoring.coreos.com/v1", "Prometheus", [
    "prometheus",
    "monitoring",
    { spec: { replicas: 1, serviceAccountName: "prometheus" } },
  ]),
  account("prometheus", "monitoring"),
  policy("prometheus", "monitoring", {
    podSelector: { matchLabels: named("prometheus") },
    egress: [
      {
        to: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "paw" } } }],
        ports: [tcp(26660)],
      },
    ],
  }),
  namespace("vault"),
  ...closed("vault"),
  object("apps/v1", "StatefulSet", [
    "vault",
    "vault",
    {
      metadata: { labels: { ...named("vault"), ...chart.labels } },
      spec: {
        replicas: 1,
        volumeClaimTemplates: [{ metadata: { name: "data" } }, { metadata: { name: "audit" } }],
        template: template({
          account: "vault",
          labels: { ...named("vault"), component: "server" },
          container: { image: "hashicorp/vault:1" },
        }),
      },
    },
  ]),
  account("vault", "vault"),
  policy("vault", "vault", {
    podSelector: { matchLabels: named("vault") },
    ingress: [{ from: [{ podSelector: { matchLabels: named("vault") } }], ports: [tcp(8201)] }],
    egress: [{ to: [{ podSelector: { matchLabels: named("vault") } }], ports: [tcp(8201)] }],
  }),
  object("batch/v1", "CronJob", [
    "vault-snapshot",
    "vault",
    {
      spec: {
        jobTemplate: {
          spec: {
            template: template({
              account: "vault-snapshot",
              labels: { "app.kubernetes.io/component": "vault-snapshot" },
              container: { image: "docker.io/restic/restic:1" },
            }),
          },
        },
      },
    },
  ]),
  account("vault-snapshot", "vault"),
  object("policy.sigstore.dev/v1beta1", "ClusterImagePolicy", [
    "bizra",
    "",
    { spec: { images: [{ glob: "ghcr.io/bizra/**" }] } },
  ]),
];
