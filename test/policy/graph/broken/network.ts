/** Rules about who may talk to whom. */
import { UNKNOWN } from "../../../../policy/src/k8s/field.ts";
import { type Broken, api, broken, one, validator } from "./shape.ts";
import { labels, object } from "../world.ts";

export const network: readonly Broken[] = [
  broken(["netpol-default-deny", "no default deny", "Namespace paw"], one("NetworkPolicy paw/deny", "gone")),
  broken(
    ["netpol-default-deny", "denied in one direction", "Namespace paw"],
    one("NetworkPolicy paw/deny", { "spec.policyTypes": ["Ingress"] }),
  ),
  broken(
    ["netpol-default-deny", "a deny that chooses some pods", "Namespace paw"],
    one("NetworkPolicy paw/deny", { "spec.podSelector": { matchLabels: { a: "b" } } }),
  ),
  broken(
    ["netpol-default-deny", "a deny that lets all out", "Namespace paw"],
    one("NetworkPolicy paw/deny", { "spec.egress": [{}] }),
  ),
  broken(
    ["netpol-default-deny", "a selector that is not known", "Namespace paw"],
    one("NetworkPolicy paw/deny", { "spec.podSelector": UNKNOWN }),
  ),
  broken(["netpol-default-deny", "a namespace that is not deployed", "Pod stray/p"], {
    more: [object("v1", "Pod", ["p", "stray", { spec: {} }])],
  }),
  broken(["netpol-covered", "nobody allows it anything", "Pod paw/p"], {
    changes: { "NetworkPolicy paw/dns": { "spec.podSelector": { matchLabels: labels("api") } } },
    more: [object("v1", "Pod", ["p", "paw", { spec: {} }])],
  }),
  broken(["netpol-covered", "labels that are not known", api], {
    changes: { "NetworkPolicy paw/dns": "gone", [api]: { "spec.template.metadata.labels": UNKNOWN } },
  }),
  broken(
    ["netpol-dns", "over TCP alone", validator],
    one("NetworkPolicy paw/dns", { "spec.egress[0].ports": [{ port: 53 }] }),
  ),
  broken(["netpol-dns", "no egress at all", api], one("NetworkPolicy paw/dns", { "spec.egress": [] })),
  broken(
    ["netpol-dns", "a port that is not known", api],
    one("NetworkPolicy paw/dns", { "spec.egress[0].ports": UNKNOWN }),
  ),
  broken(
    ["netpol-dns", "pods of another namespace", api],
    one("NetworkPolicy paw/dns", { "spec.egress[0].to[0].namespaceSelector": undefined }),
  ),
  broken(["netpol-dangling", "a misspelt label", "NetworkPolicy paw/api"], {
    ...one("NetworkPolicy paw/api", { "spec.podSelector": { matchLabels: labels("apis") } }),
    path: "podSelector",
  }),
  broken(["netpol-dangling", "a misspelt peer", "NetworkPolicy paw/validator"], {
    ...one("NetworkPolicy paw/validator", {
      "spec.egress[0].to[1].podSelector": { matchLabels: labels("sentries") },
    }),
    path: "egress[0].to[1].podSelector",
  }),
  broken(
    ["netpol-dangling", "a peer of another namespace of this deployment", "NetworkPolicy paw/validator"],
    one("NetworkPolicy paw/validator", {
      "spec.ingress[1].from[0].podSelector": { matchLabels: { app: "nobody" } },
    }),
  ),
  broken(
    ["netpol-dangling", "a selector that is not known", "NetworkPolicy paw/api"],
    one("NetworkPolicy paw/api", { "spec.podSelector": UNKNOWN }),
  ),
  broken(["ingress-tls", "a host without TLS", "Ingress paw/paw-api"], {
    ...one("Ingress paw/paw-api", { "spec.tls[0].hosts": ["other.example.com"] }),
    path: "rules[0].host",
  }),
  broken(
    ["ingress-tls", "no TLS at all", "Ingress paw/paw-api"],
    one("Ingress paw/paw-api", { "spec.tls": undefined }),
  ),
  broken(["ingress-tls", "a secret that nothing makes", "Ingress paw/paw-api"], {
    ...one("Certificate paw/paw-tls", "gone"),
    path: "tls[0].secretName",
  }),
  broken(
    ["ingress-tls", "a host that is not known", "Ingress paw/paw-api"],
    one("Ingress paw/paw-api", { "spec.rules[0].host": UNKNOWN }),
  ),
  broken(
    ["netpol-flow", "a row taken out at its source", "Prometheus monitoring/prometheus"],
    one("NetworkPolicy monitoring/prometheus", { "spec.egress": [] }),
  ),
  broken(
    ["netpol-flow", "a row taken out at its destination", validator],
    one("NetworkPolicy paw/validator", { "spec.ingress[1]": undefined }),
  ),
  broken(
    ["netpol-flow", "a port range that ends too soon", api],
    one("NetworkPolicy paw/api", { "spec.ingress[1].ports[0].endPort": 26659 }),
  ),
  broken(
    ["netpol-flow", "a port by a name that the container has not", api],
    one("NetworkPolicy paw/api", { "spec.ingress[0].ports[0].port": "http" }),
  ),
  broken(
    ["netpol-flow", "another protocol", validator],
    one("NetworkPolicy paw/validator", { "spec.ingress[0].ports[0].protocol": "UDP" }),
  ),
  broken(
    ["netpol-flow", "the internet shut out", "StatefulSet paw/paw-sentry"],
    one("NetworkPolicy paw/sentry", { "spec.ingress[0].from[1].ipBlock": { cidr: "198.51.100.0/24" } }),
  ),
  broken(
    ["netpol-flow", "a peer that is not known", validator],
    one("NetworkPolicy paw/validator", { "spec.ingress[0].from": UNKNOWN }),
  ),
  broken(["netpol-validator", "the internet may call", "NetworkPolicy paw/validator"], {
    ...one("NetworkPolicy paw/validator", { "spec.ingress[0].from[2]": { ipBlock: { cidr: "0.0.0.0/0" } } }),
    path: "ingress[0].from[2]",
  }),
  broken(
    ["netpol-validator", "everybody may call", "NetworkPolicy paw/validator"],
    one("NetworkPolicy paw/validator", { "spec.ingress[0].from": [] }),
  ),
  broken(
    ["netpol-validator", "the API may call", "NetworkPolicy paw/validator"],
    one("NetworkPolicy paw/validator", {
      "spec.ingress[0].from[1].podSelector": { matchLabels: labels("api") },
    }),
  ),
  broken(
    ["netpol-validator", "a sentry may call another port", "NetworkPolicy paw/validator"],
    one("NetworkPolicy paw/validator", { "spec.ingress[0].ports": [{ port: 26657 }] }),
  ),
  broken(
    ["netpol-validator", "a sentry may call a range of ports", "NetworkPolicy paw/validator"],
    one("NetworkPolicy paw/validator", { "spec.ingress[0].ports[0].endPort": 26660 }),
  ),
  broken(
    ["netpol-validator", "a sentry may call any port", "NetworkPolicy paw/validator"],
    one("NetworkPolicy paw/validator", { "spec.ingress[0].ports": undefined }),
  ),
  broken(
    ["netpol-validator", "a peer that is not known", "NetworkPolicy paw/validator"],
    one("NetworkPolicy paw/validator", { "spec.egress[0].to[0]": UNKNOWN }),
  ),
  broken(["netpol-validator", "no policy at all", validator], {
    changes: {
      "NetworkPolicy paw/validator": "gone",
      "NetworkPolicy paw/dns": "gone",
      "NetworkPolicy paw/deny": "gone",
    },
  }),
];
