/** Where rules about networks, the mesh and rights say yes, and where no. */
import { UNKNOWN } from "../../../policy/src/k8s/field.ts";
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import { type Boundaries, goodPod, namespace, policy, role, service } from "./objectFixtures.ts";

const peer = (from: unknown): Manifest =>
  policy({ "spec.ingress[0]": { from: [from], ports: [{ port: 80 }] } });
const peerPath = "spec.ingress[0].from[0]";
const skip = (text: string): Manifest => namespace({ "config.linkerd.io/skip-inbound-ports": text });
const skipPath = 'metadata.annotations["config.linkerd.io/skip-inbound-ports"]';

export const boundariesAccess: Boundaries = {
  "netpol-open-ingress": [
    ["a network", peer({ ipBlock: { cidr: "10.0.0.0/8" } })],
    ["every address", peer({ ipBlock: { cidr: "0.0.0.0/0" } }), peerPath],
    ["every address of IPv6", peer({ ipBlock: { cidr: "::/0" } }), peerPath],
    ["a network that is not known", peer({ ipBlock: { cidr: UNKNOWN } }), peerPath],
    ["a block that is not known", peer({ ipBlock: UNKNOWN }), peerPath],
    ["a block of the wrong form", peer({ ipBlock: "x" }), peerPath],
    ["a peer that is not known", peer(UNKNOWN), peerPath],
    ["a block without a network", peer({ ipBlock: {} }), peerPath],
    ["a peer without a selector", peer({}), peerPath],
    [
      "one of two peers",
      policy({ "spec.ingress[0]": { from: [{ podSelector: {} }, { ipBlock: { cidr: "0.0.0.0/0" } }] } }),
      "spec.ingress[0].from[1]",
    ],
    ["nobody at all named, and no port", policy({ "spec.ingress[0]": {} }), "spec.ingress[0].from"],
    [
      "the chain's port and another",
      policy({ "spec.ingress[0]": { ports: [{ port: 26656 }, { port: 80 }] } }),
      "spec.ingress[0].from",
    ],
    [
      "a range from the chain's port on",
      policy({ "spec.ingress[0]": { ports: [{ port: 26656, endPort: 26660 }] } }),
      "spec.ingress[0].from",
    ],
  ],
  "netpol-explicit-types": [
    ["one direction", policy({ "spec.policyTypes": ["Egress"] })],
    ["no direction", policy({ "spec.policyTypes": [] }), "spec.policyTypes"],
    [
      "a direction that there is not",
      policy({ "spec.policyTypes": ["Ingress", "Outward"] }),
      "spec.policyTypes",
    ],
    ["a text", policy({ "spec.policyTypes": "Ingress" }), "spec.policyTypes"],
  ],
  "svc-exposure": [
    [
      "another Service with a port of its own",
      service({ "metadata.name": "web-p2p", "spec.type": "LoadBalancer" }),
      "spec.type",
    ],
  ],
  "mesh-skip-ports": [
    ["the chain's ports, with spaces", skip("26656, 26659")],
    ["a range that begins with one", skip("26656-26700"), skipPath],
    ["a range that ends with one", skip("1-26656"), skipPath],
    ["a port of another number", skip("126656"), skipPath],
    ["nothing between commas", skip("26656,"), skipPath],
  ],
  "rbac-wildcard": [
    ["every subresource", role({ resources: ["pods/*"] }), "rules[0]"],
    ["a subresource of everything", role({ resources: ["*/scale"] }), "rules[0]"],
    ["one wildcard among names", role({ verbs: ["get", "*"] }), "rules[0]"],
    ["a star inside", role({ resources: ["a/*b", "a*/b"] })],
  ],
  "rbac-escalation": [
    [
      "impersonation by name",
      role({ apiGroups: [""], resources: ["users"], verbs: ["impersonate"] }),
      "rules[0]",
    ],
    [
      "every verb on accounts",
      role({ apiGroups: [""], resources: ["serviceaccounts"], verbs: ["*"] }),
      "rules[0]",
    ],
    [
      "every verb on accounts of another group",
      role({ apiGroups: ["example.com"], resources: ["serviceaccounts"], verbs: ["*"] }),
    ],
    [
      "reading of roles",
      role({ apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"], verbs: ["get"] }),
    ],
  ],
  "rbac-sensitive": [
    [
      "approval of certificates",
      role({
        apiGroups: ["certificates.k8s.io"],
        resources: ["certificatesigningrequests/approval"],
        verbs: ["update"],
      }),
      "rules[0]",
    ],
    [
      "reading of certificates",
      role({
        apiGroups: ["certificates.k8s.io"],
        resources: ["certificatesigningrequests"],
        verbs: ["update"],
      }),
    ],
    [
      "approval of one certificate",
      role({
        apiGroups: ["certificates.k8s.io"],
        resources: ["certificatesigningrequests/approval"],
        verbs: ["patch"],
        resourceNames: ["a"],
      }),
    ],
  ],
  "rbac-secrets": [
    ["a verb that is no text", role({ resources: ["secrets"], verbs: [1] }), "rules[0].verbs[0]"],
    ["resources that are not known", role({ resources: UNKNOWN }), "rules[0].resources"],
    [
      "a name that is not known",
      role({ resources: ["configmaps"], resourceNames: [UNKNOWN] }),
      "rules[0].resourceNames[0]",
    ],
  ],
  "sa-default": [
    ["the former field", goodPod({ "spec.serviceAccountName": undefined, "spec.serviceAccount": "web" })],
    [
      "the former field, with default",
      goodPod({ "spec.serviceAccountName": undefined, "spec.serviceAccount": "default" }),
      "spec.serviceAccount",
    ],
    [
      "default beside the former field",
      goodPod({ "spec.serviceAccountName": "default", "spec.serviceAccount": "web" }),
      "spec.serviceAccountName",
    ],
    ["an empty name", goodPod({ "spec.serviceAccountName": "" }), "spec.serviceAccountName"],
  ],
};
