/** A6, A29 item 5: what the mesh lets through is what Linkerd's reference of policies says. */
import { expect } from "chai";

import { graphOf } from "../../../policy/src/graph/graph.ts";
import { type Caller, authorizes } from "../../../policy/src/graph/mesh.ts";
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import { object } from "./world.ts";

const meshed: Record<string, string> = { "linkerd.io/inject": "enabled" };
const api = (
  namespace: string,
  account: string | undefined,
  proxied: boolean | undefined = true,
): Caller => ({
  ...{ kind: "pods", namespace, account, meshed: proxied },
});
const web = api("shop", "web");
const outside: Caller = { kind: "address", cidr: "203.0.113.7/32" };

const server = (port: number | string, more: object = {}): Manifest =>
  object("policy.linkerd.io/v1beta3", "Server", [
    "db",
    "bank",
    { spec: { podSelector: { matchLabels: { app: "db" } }, port, ...more } },
  ]);
const allow = (
  refs: readonly (readonly [string, string])[],
  target: object = { kind: "Server", name: "db" },
): Manifest =>
  object("policy.linkerd.io/v1alpha1", "AuthorizationPolicy", [
    "allow",
    "bank",
    { spec: { targetRef: target, requiredAuthenticationRefs: refs.map(([kind, name]) => ({ kind, name })) } },
  ]);
const identity = (spec: object): Manifest =>
  object("policy.linkerd.io/v1alpha1", "MeshTLSAuthentication", ["who", "bank", { spec }]);
const network = (...networks: object[]): Manifest =>
  object("policy.linkerd.io/v1alpha1", "NetworkAuthentication", ["where", "bank", { spec: { networks } }]);
const byIdentity = allow([["MeshTLSAuthentication", "who"]]);
const byNetwork = allow([["NetworkAuthentication", "where"]]);
const account = (name: string, namespace?: string): object => ({
  identityRefs: [{ kind: "ServiceAccount", name, ...(namespace === undefined ? {} : { namespace }) }],
});

interface Asked {
  readonly annotations?: Record<string, string>;
  readonly port?: number;
  readonly protocol?: "TCP" | "UDP";
  readonly pod?: object;
}

/** What the pods `app: db` in `bank` do with a call to their port 5432, named `sql`. */
function answer(
  objects: readonly Manifest[],
  caller: Caller = web,
  { annotations = meshed, port = 5432, protocol = "TCP", pod = {} }: Asked = {},
): string {
  const container = { name: "db", ports: [{ name: "sql", containerPort: 5432 }] };
  const graph = graphOf(
    [
      object("v1", "Namespace", ["bank", "", { metadata: { annotations } }]),
      object("apps/v1", "StatefulSet", [
        "db",
        "bank",
        {
          spec: {
            template: { metadata: { labels: { app: "db" } }, spec: { containers: [container], ...pod } },
          },
        },
      ]),
      ...objects,
    ].map((manifest) => ({ manifest, source: "test" })),
  );
  const [workload] = graph.workloads;
  if (workload === undefined) throw new Error("the StatefulSet is a workload");
  return authorizes(graph, workload, { caller, port, protocol });
}

const inbound = (policy: string): { annotations: Record<string, string> } => ({
  annotations: { ...meshed, "config.linkerd.io/default-inbound-policy": policy },
});

describe("the mesh's authorizations", () => {
  const cases: readonly (readonly [what: string, wanted: string, ...rest: Parameters<typeof answer>])[] = [
    ["pods without a proxy ask nobody", "no say", [server(5432)], web, { annotations: {} }],
    ["nor do pods on the node's network", "no say", [server(5432)], web, { pod: { hostNetwork: true } }],
    ["UDP passes the proxy by", "no say", [server(5432)], web, { protocol: "UDP" }],
    ["and so does the proxy's own port", "no say", [], web, { port: 4143 }],
    [
      "and a port that is skipped, in a range",
      "no say",
      [server(5432)],
      web,
      {
        annotations: { ...meshed, "config.linkerd.io/skip-inbound-ports": "25,5400-5500" },
      },
    ],
    ["a Server closes its port", "refused", [server(5432)]],
    ["by the name of the port as well", "refused", [server("sql")]],
    [
      "a Server of other pods does not",
      "allowed",
      [server(5432, { podSelector: { matchLabels: { app: "x" } } })],
      web,
      inbound("all-unauthenticated"),
    ],
    ["without a Server the default holds", "refused", [], web, inbound("deny")],
    ["which may ask for an identity", "allowed", [], web, inbound("all-authenticated")],
    ["that a plain caller has not", "refused", [], api("shop", "web", false), inbound("all-authenticated")],
    ["without a default nobody knows", "not evaluated", []],
    [
      "an access policy opens a Server",
      "allowed",
      [server(5432, { accessPolicy: "all-unauthenticated" })],
      outside,
    ],
    ["audit opens it too", "allowed", [server(5432, { accessPolicy: "audit" })], outside],
    [
      "an authorization lets an account in",
      "allowed",
      [server(5432), byIdentity, identity(account("web", "shop"))],
    ],
    [
      "of its own namespace where none is said",
      "refused",
      [server(5432), byIdentity, identity(account("web"))],
    ],
    ["not another account", "refused", [server(5432), byIdentity, identity(account("job", "shop"))]],
    [
      "not without a proxy",
      "refused",
      [server(5432), byIdentity, identity(account("web", "shop"))],
      api("shop", "web", false),
    ],
    ["not from outside", "refused", [server(5432), byIdentity, identity(account("web", "shop"))], outside],
    [
      "an account that is not known may be it",
      "not evaluated",
      [server(5432), byIdentity, identity(account("web", "shop"))],
      api("shop", undefined),
    ],
    [
      "a namespace lets all its accounts in",
      "allowed",
      [server(5432), byIdentity, identity({ identityRefs: [{ kind: "Namespace", name: "shop" }] })],
      api("shop", undefined),
    ],
    ["a star lets every identity in", "allowed", [server(5432), byIdentity, identity({ identities: ["*"] })]],
    [
      "an identity may be written out",
      "allowed",
      [
        server(5432),
        byIdentity,
        identity({ identities: ["web.shop.serviceaccount.identity.linkerd.cluster.local"] }),
      ],
    ],
    [
      "or by its end",
      "refused",
      [
        server(5432),
        byIdentity,
        identity({ identities: ["*.bank.serviceaccount.identity.linkerd.cluster.local"] }),
      ],
    ],
    ["an authentication that is not there proves nothing", "refused", [server(5432), byIdentity]],
    ["an authorization that asks for nothing is for all", "allowed", [server(5432), allow([])], outside],
    ["it has to name the Server", "refused", [server(5432), allow([], { kind: "Server", name: "other" })]],
    ["or its namespace", "allowed", [server(5432), allow([], { kind: "Namespace", name: "bank" })]],
    [
      "a route is a part of the requests",
      "not evaluated",
      [server(5432), allow([], { kind: "HTTPRoute", name: "reads" })],
    ],
    [
      "a network lets an address in",
      "allowed",
      [server(5432), byNetwork, network({ cidr: "203.0.113.0/24" })],
      outside,
    ],
    [
      "but for what it excepts",
      "refused",
      [server(5432), byNetwork, network({ cidr: "203.0.113.0/24", except: ["203.0.113.7/32"] })],
      outside,
    ],
    [
      "a pod's address is not known",
      "not evaluated",
      [server(5432), byNetwork, network({ cidr: "10.0.0.0/8" })],
    ],
    [
      "unless it does not matter",
      "allowed",
      [server(5432), byNetwork, network({ cidr: "0.0.0.0/1" }, { cidr: "128.0.0.0/1" })],
    ],
    [
      "both have to hold where both are asked for",
      "refused",
      [
        server(5432),
        allow([
          ["MeshTLSAuthentication", "who"],
          ["NetworkAuthentication", "where"],
        ]),
        identity(account("job", "shop")),
        network({ cidr: "0.0.0.0/0" }),
      ],
    ],
  ];
  for (const [what, wanted, ...rest] of cases) {
    it(`${wanted}: ${what}`, () => {
      expect(answer(...rest)).to.equal(wanted);
    });
  }
});
