/** Objects that keep the rules about single objects. */
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import {
  binding,
  configMap,
  everywhere,
  goodPod,
  ingress,
  namespace,
  policy,
  role,
  secret,
  service,
  sha,
} from "./objectFixtures.ts";

/** What the rules let pass, though it is near to what they do not. */
export const good: readonly (readonly [what: string, manifest: Manifest])[] = [
  ["a pod that keeps every rule", goodPod()],
  ["a digest without a tag", goodPod({ "spec.containers[0].image": `ghcr.io/bizra/node@${sha}` })],
  [
    "a tag that its chart names",
    goodPod({ "spec.containers[0].image": "cr.l5d.io/linkerd/proxy:edge-26.8.3" }),
  ],
  ["amounts as numbers", goodPod({ "spec.containers[0].resources.limits.cpu": 1 })],
  [
    "an empty password, and the path of one",
    goodPod({
      "spec.containers[0].env": [
        { name: "PASSWORD", value: "" },
        { name: "PASSWORD_FILE", value: "/run/p" },
      ],
    }),
  ],
  [
    "a secret by reference",
    goodPod({
      "spec.containers[0].env": [{ name: "TOKEN", valueFrom: { secretKeyRef: { name: "t", key: "t" } } }],
    }),
  ],
  [
    "ports of peers outside the mesh",
    namespace({ "linkerd.io/inject": "enabled", "config.linkerd.io/skip-inbound-ports": "26656, 26659" }),
  ],
  ["default deny in the mesh", namespace({ "config.linkerd.io/default-inbound-policy": "deny" })],
  ["a role that names what it needs", role({})],
  ["Secrets by name", role({ resources: ["secrets"], resourceNames: ["mine"] })],
  [
    "tokens of one account",
    role({ resources: ["serviceaccounts/token"], resourceNames: ["mine"], verbs: ["create"] }),
  ],
  [
    "Secrets of another API group",
    role({ apiGroups: ["example.io"], resources: ["secrets"], verbs: ["list"] }),
  ],
  ["a binding of a role of one's own", binding()],
  ["a Secret that Kubernetes fills", secret({ type: "kubernetes.io/service-account-token" })],
  ["an empty Secret", secret({ data: {} })],
  [
    "plain settings",
    configMap({ level: "debug", tokenTtl: "1h", certificate: "-----BEGIN CERTIFICATE-----\nx" }),
  ],
  ["a policy that names its peers", policy()],
  [
    "peers of the chain from anywhere",
    policy({ "spec.ingress[0]": { from: [everywhere], ports: [{ port: 26656 }] } }),
  ],
  [
    "the internet without private networks",
    policy({ "spec.egress[0].to[0].ipBlock": { cidr: "0.0.0.0/0", except: ["10.0.0.0/8"] } }),
  ],
  ["a sentry's own address", service({ "metadata.name": "paw-sentry-0-p2p", "spec.type": "LoadBalancer" })],
  ["an Ingress with other annotations", ingress({ "nginx.ingress.kubernetes.io/rewrite-target": "/" })],
];
