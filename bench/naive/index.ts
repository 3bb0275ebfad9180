/**
 * The platform's charts as one would begin: each a `helm.v4.Chart` with its default values and what it demands, one
 * after the other. `NAIVE_CHARTS` holds the archives by name. Webhooks that nobody answers on an embedded cluster are passed over
 * here as well, or nothing could be compared.
 */
import k8s from "@pulumi/kubernetes";
import type * as pulumi from "@pulumi/pulumi";

/** Charts in order, with the values without which they install nothing, or nothing at all. */
const charts: readonly (readonly [name: string, namespace: string, values?: Record<string, unknown>])[] = [
  ["prometheus-operator-crds", "monitoring"],
  ["gateway-api", "linkerd"],
  ["linkerd-crds", "linkerd", { installGatewayAPI: false }],
  ["cert-manager", "cert-manager", { crds: { enabled: true } }],
  ["trust-manager", "cert-manager", { crds: { enabled: true } }],
  ["linkerd2-cni", "linkerd-cni"],
  [
    "linkerd-control-plane",
    "linkerd",
    { cniEnabled: true, identity: { externalCA: true, issuer: { scheme: "kubernetes.io/tls" } } },
  ],
  ["linkerd-viz", "linkerd-viz"],
  ["vault", "vault"],
  ["external-secrets", "external-secrets"],
  ["argo-rollouts", "argo-rollouts"],
  ["kube-prometheus-stack", "monitoring", { crds: { enabled: false } }],
  [
    "loki",
    "monitoring",
    {
      deploymentMode: "Monolithic",
      loki: {
        useTestSchema: true,
        commonConfig: { replication_factor: 1 },
        storage: { type: "filesystem", bucketNames: { chunks: "c", ruler: "r", admin: "a" } },
      },
      test: { enabled: false },
      lokiCanary: { enabled: false },
      singleBinary: { replicas: 1 },
      read: { replicas: 0 },
      write: { replicas: 0 },
      backend: { replicas: 0 },
    },
  ],
  ["alloy", "monitoring"],
];

const ignoredWebhooks: pulumi.ResourceTransform = ({ type, props, opts }) => {
  const { webhooks } = props as { webhooks?: object[] };
  if (!type.endsWith("WebhookConfiguration") || webhooks === undefined) return undefined;
  return {
    props: { ...props, webhooks: webhooks.map((each) => ({ ...each, failurePolicy: "Ignore" })) },
    opts,
  };
};

const archives = JSON.parse(process.env.NAIVE_CHARTS ?? "{}") as Record<string, string>;
const namespaces = new Map<string, k8s.core.v1.Namespace>();
const done: pulumi.Resource[] = [];
for (const [name, namespace, values = {}] of charts) {
  if (!namespaces.has(namespace)) {
    namespaces.set(namespace, new k8s.core.v1.Namespace(namespace, { metadata: { name: namespace } }));
  }
  const chart = archives[name];
  if (chart === undefined) throw new Error(`NAIVE_CHARTS names no archive of ${name}`);
  done.push(
    new k8s.helm.v4.Chart(
      name,
      { chart, name, namespace, values },
      { dependsOn: [...namespaces.values(), ...done], transforms: [ignoredWebhooks] },
    ),
  );
}
