/** Who may talk to whom. */
import type { Manifest } from "../../../../policy/src/k8s/manifest.ts";
import { type Part, labels, policy, tcp } from "./shapes.ts";

const peer = (component: string): Part => ({ podSelector: { matchLabels: labels(component) } });
const from = (name: string, app: string): Part => ({
  namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": name } },
  podSelector: { matchLabels: app === "" ? {} : { "app.kubernetes.io/name": app } },
});
const internet = { ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8"] } };
const p2p = [tcp(26656)];

export const network: readonly Manifest[] = [
  policy("validator", "paw", {
    podSelector: { matchLabels: labels("validator") },
    ingress: [
      { from: [peer("validator"), peer("sentry")], ports: p2p },
      { from: [from("monitoring", "prometheus")], ports: [tcp(26660)] },
    ],
    egress: [
      { to: [peer("validator"), peer("sentry")], ports: p2p },
      { to: [{ ipBlock: { cidr: "10.0.0.1/32" } }], ports: [tcp(6443)] },
    ],
  }),
  policy("sentry", "paw", {
    podSelector: { matchLabels: labels("sentry") },
    ingress: [
      { from: [peer("validator"), internet], ports: p2p },
      { from: [from("monitoring", "prometheus")], ports: [tcp(26660)] },
    ],
    egress: [{ to: [peer("validator"), internet], ports: p2p }],
  }),
  policy("api", "paw", {
    podSelector: {
      matchExpressions: [{ key: "app.kubernetes.io/component", operator: "In", values: ["api"] }],
    },
    ingress: [
      { from: [from("ingress", "")], ports: [{ port: "rest" }] },
      { from: [from("monitoring", "prometheus")], ports: [{ port: 26000, endPort: 27000 }] },
    ],
  }),
];
