/** What objects of the small deployment look like. */
import type { Manifest } from "../../../../policy/src/k8s/manifest.ts";

export type Part = Readonly<Record<string, unknown>>;

/** An object, in short. */
export function object(
  apiVersion: string,
  kind: string,
  [name, namespace, rest = {}]: [string, string, Part?],
): Manifest {
  const { metadata, ...others } = rest;
  return {
    apiVersion,
    kind,
    metadata: { name, ...(namespace === "" ? {} : { namespace }), ...(metadata as object | undefined) },
    ...others,
  };
}

export const labels = (component: string): Record<string, string> => ({
  "app.kubernetes.io/part-of": "paw",
  "app.kubernetes.io/component": component,
});
export const chart = { labels: { "helm.sh/chart": "some-1.0.0" } };
export const tcp = (port: number): Part => ({ port, protocol: "TCP" });
const dnsRule = {
  to: [
    {
      namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
      podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
    },
  ],
  ports: [tcp(53), { port: 53, protocol: "UDP" }],
};
const both = ["Ingress", "Egress"];

export const policy = (name: string, namespace: string, spec: Part): Manifest =>
  object("networking.k8s.io/v1", "NetworkPolicy", [
    name,
    namespace,
    { spec: { policyTypes: both, ...spec } },
  ]);

/** Default deny, and DNS for all. */
export const closed = (namespace: string): Manifest[] => [
  policy("deny", namespace, { podSelector: {} }),
  policy("dns", namespace, { podSelector: {}, egress: [dnsRule] }),
];
export const namespace = (name: string, metadata: Part = {}): Manifest =>
  object("v1", "Namespace", [name, "", { metadata }]);
export const account = (name: string, home: string): Manifest => object("v1", "ServiceAccount", [name, home]);

interface Template {
  readonly account: string;
  readonly pod?: Part;
  readonly labels: Record<string, string>;
  readonly container?: Part;
}

export function template({
  account: serviceAccountName,
  pod = {},
  labels: own,
  container = {},
}: Template): Part {
  return {
    metadata: { labels: own },
    spec: {
      serviceAccountName,
      containers: [
        { name: "main", image: "ghcr.io/bizra/node:v1", resources: { requests: { cpu: "1" } }, ...container },
      ],
      ...pod,
    },
  };
}
