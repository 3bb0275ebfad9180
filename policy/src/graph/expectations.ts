/**
 * Who has to reach whom (spec A3 and what the platform needs), said a second time and by hand: the program's flow table
 * writes the policies, this list is what they are held against.
 */
import type { Labels } from "./selector.ts";

/** Pods, by namespace and labels; a namespace may have one of several names. */
export interface End {
  readonly namespace: string;
  readonly labels: Labels;
}

export interface ExpectedFlow {
  readonly id: string;
  readonly from: End | { readonly cidr: string };
  readonly to: End | { readonly cidr: string };
  readonly ports: readonly number[];
}

const paw = (component: string): End => ({
  namespace: "paw",
  labels: { "app.kubernetes.io/part-of": "paw", "app.kubernetes.io/component": component },
});
/** Wherever the stack puts it. */
const bizra = (namespace: string): End => ({
  namespace,
  labels: { "app.kubernetes.io/part-of": "bizra", "app.kubernetes.io/component": "apex" },
});
const named = (namespace: string, name: string): End => ({
  namespace,
  labels: { "app.kubernetes.io/name": name },
});
const prometheus = named("monitoring", "prometheus");
const ingress: End = { namespace: "ingress", labels: {} };
/** Addresses of the internet: documentation's own, outside all private ranges. */
const internet = { cidr: "203.0.113.0/24" };
const flow = (from: ExpectedFlow["from"], to: ExpectedFlow["to"], ...ports: number[]): ExpectedFlow => ({
  id: `${nameOf(from)} -> ${nameOf(to)}`,
  from,
  to,
  ports,
});

function nameOf(end: ExpectedFlow["from"]): string {
  if ("cidr" in end) return "outside";
  const { namespace, labels } = end;
  return `${namespace}/${labels["app.kubernetes.io/component"] ?? labels["app.kubernetes.io/name"] ?? "*"}`;
}

export const expectedFlows: readonly ExpectedFlow[] = [
  flow(paw("validator"), paw("validator"), 26656),
  flow(paw("validator"), paw("sentry"), 26656),
  flow(paw("sentry"), paw("validator"), 26656),
  flow(paw("sentry"), internet, 26656),
  flow(internet, paw("sentry"), 26656),
  flow(paw("full-node"), paw("sentry"), 26656),
  flow(ingress, paw("full-node"), 26657, 9090),
  flow(paw("full-node"), paw("validator"), 26657),
  flow(ingress, paw("api"), 1317),
  flow(paw("api"), paw("full-node"), 1317),
  ...["validator", "sentry", "full-node", "api"].map((role) => flow(prometheus, paw(role), 26660)),
  ...["testnet", "bizra"].flatMap((namespace) => [
    flow(prometheus, bizra(namespace), 9464),
    flow(ingress, bizra(namespace), 8080),
  ]),
  flow(named("external-secrets", "external-secrets"), named("vault", "vault"), 8200),
  flow(named("vault", "vault"), named("vault", "vault"), 8201),
  flow(prometheus, named("monitoring", "alertmanager"), 9093),
  flow(named("monitoring", "grafana"), prometheus, 9090),
  flow(named("monitoring", "alloy"), named("monitoring", "loki"), 3100),
];

/** What may reach a validator, and what it may reach; anything else is a way to a signing key. */
export const validator = paw("validator");
export const aroundValidator: readonly {
  readonly direction: "ingress" | "egress";
  readonly end: End | "API server";
  readonly ports: readonly number[];
}[] = [
  ...(["ingress", "egress"] as const).flatMap((direction) =>
    ["validator", "sentry"].map((role) => ({ direction, end: paw(role), ports: [26656] })),
  ),
  { direction: "ingress", end: paw("full-node"), ports: [26657, 4143] },
  { direction: "ingress", end: prometheus, ports: [26660, 4143, 4191] },
  {
    direction: "ingress",
    end: { namespace: "paw-signer", labels: { "app.kubernetes.io/component": "remote-signer" } },
    ports: [26659],
  },
  { direction: "egress", end: { namespace: "kube-system", labels: { "k8s-app": "kube-dns" } }, ports: [53] },
  { direction: "egress", end: "API server", ports: [443, 6443] },
  ...["identity", "destination"].map((part) => ({
    direction: "egress" as const,
    end: { namespace: "linkerd", labels: { "linkerd.io/control-plane-component": part } },
    ports: [8080, 8086, 8090, 4143],
  })),
];
