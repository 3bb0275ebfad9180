/** A29, item 2: what NetworkPolicies let through is what their specification says. */
import { expect } from "chai";

import { graphOf } from "../../../policy/src/graph/graph.ts";
import { type Connection, type Peer, covers, edgesOf, passes } from "../../../policy/src/graph/traffic.ts";
import { UNKNOWN } from "../../../policy/src/k8s/field.ts";
import { object } from "./world.ts";

const pods = (home: string, labels: Record<string, string>): Peer => ({
  kind: "pods",
  namespace: home,
  labels,
});
const client = pods("shop", { app: "client" });
const stranger = pods("other", { app: "client" });
const outside: Peer = { kind: "address", cidr: "203.0.113.0/24" };
const web = { labels: { app: "web" } };
const all = { podSelector: {} };

/** Whether a connection reaches, or leaves, the pods `app: web` in `shop`, under policies of these specs there. */
function isOpen(specs: readonly object[], connection: Partial<Connection> = {}, pod: object = {}): boolean {
  const graph = graphOf(
    [
      object("v1", "Namespace", ["other", "", { metadata: { labels: { team: "b" } } }]),
      object("apps/v1", "Deployment", [
        "web",
        "shop",
        { spec: { template: { metadata: web, spec: { containers: [], ...pod } } } },
      ]),
      ...specs.map((spec, index) =>
        object("networking.k8s.io/v1", "NetworkPolicy", [`p${index}`, "shop", { spec }]),
      ),
    ].map((manifest) => ({ manifest, source: "test" })),
  );
  const [workload] = graph.workloads;
  if (workload === undefined) throw new Error("the Deployment is a workload");
  return passes(graph, workload, {
    direction: "ingress",
    peer: client,
    port: 8080,
    protocol: "TCP",
    named: [],
    ...connection,
  });
}

const from = (...peers: unknown[]): object => ({ ...all, ingress: [{ from: peers }] });
const on = (...ports: unknown[]): object => ({ ...all, ingress: [{ ports }] });

describe("NetworkPolicies", () => {
  const cases: readonly (readonly [what: string, open: boolean, ...rest: Parameters<typeof isOpen>])[] = [
    ["none at all leaves everything open", true, []],
    [
      "one that chooses other pods leaves these open",
      true,
      [{ podSelector: { matchLabels: { app: "db" } } }],
    ],
    ["one without types and rules closes ingress", false, [all]],
    ["one without types and egress rules leaves egress open", true, [all], { direction: "egress" }],
    [
      "one without types, with egress rules, closes egress",
      false,
      [{ ...all, egress: [] }],
      { direction: "egress" },
    ],
    ["one for egress leaves ingress open", true, [{ ...all, policyTypes: ["Egress"] }]],
    ["one for egress closes egress", false, [{ ...all, policyTypes: ["Egress"] }], { direction: "egress" }],
    [
      "one for ingress leaves egress open, whatever its egress says",
      true,
      [{ ...all, policyTypes: ["Ingress"], egress: [] }],
      { direction: "egress" },
    ],
    ["pods on the node's network are theirs not to close", true, [all], {}, { hostNetwork: true }],
    ["they add up: one that opens is enough", true, [all, on()]],
    ["a rule without peers and ports is for everybody", true, [{ ...all, ingress: [{}] }], { peer: outside }],
    [
      "a peer by its pods is in the policy's namespace",
      true,
      [from({ podSelector: { matchLabels: { app: "client" } } })],
    ],
    [
      "a peer by its pods is in no other namespace",
      false,
      [from({ podSelector: { matchLabels: { app: "client" } } })],
      { peer: stranger },
    ],
    ["a peer by other pods is not meant", false, [from({ podSelector: { matchLabels: { app: "db" } } })]],
    [
      "a peer by its namespace is every pod there",
      true,
      [from({ namespaceSelector: { matchLabels: { team: "b" } } })],
      { peer: stranger },
    ],
    [
      "a peer by its namespace's name, though no object brings it",
      true,
      [from({ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "shop" } } })],
    ],
    [
      "a peer by another namespace is not meant",
      false,
      [from({ namespaceSelector: { matchLabels: { team: "b" } } })],
    ],
    [
      "a peer by both has to meet both",
      false,
      [from({ namespaceSelector: {}, podSelector: { matchLabels: { app: "db" } } })],
      { peer: stranger },
    ],
    [
      "a peer by both that meets both is meant",
      true,
      [from({ namespaceSelector: {}, podSelector: { matchLabels: { app: "client" } } })],
      { peer: stranger },
    ],
    ["a peer that names nothing is nobody", false, [from({})]],
    [
      "one of several peers is enough",
      true,
      [from({ podSelector: { matchLabels: { app: "db" } } }, { podSelector: {} })],
    ],
    ["a block of addresses is no pod", false, [from({ ipBlock: { cidr: "0.0.0.0/0" } })]],
    [
      "a block with the address lets it in",
      true,
      [from({ ipBlock: { cidr: "203.0.0.0/16" } })],
      { peer: outside },
    ],
    [
      "a block without the address does not",
      false,
      [from({ ipBlock: { cidr: "10.0.0.0/8" } })],
      { peer: outside },
    ],
    [
      "a block that takes all of the address out does not",
      false,
      [from({ ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8", "203.0.0.0/16"] } })],
      { peer: outside },
    ],
    [
      "a block that takes others, or a part, out does",
      true,
      [from({ ipBlock: { cidr: "0.0.0.0/0", except: ["10.0.0.0/8", "203.0.113.0/25"] } })],
      { peer: outside },
    ],
    ["a block that is not known does not", false, [from({ ipBlock: { cidr: UNKNOWN } })], { peer: outside }],
    ["pods are no address", false, [from({ podSelector: {} })], { peer: outside }],
    [
      "egress reads `to`",
      true,
      [{ ...all, egress: [{ to: [{ podSelector: {} }] }] }],
      { direction: "egress" },
    ],
    [
      "egress does not read `from`",
      false,
      [{ ...all, egress: [{ to: [{ namespaceSelector: { matchLabels: { team: "b" } } }] }] }],
      { direction: "egress" },
    ],
    ["the port of a rule", true, [on({ port: 8080 })]],
    ["no other port", false, [on({ port: 8081 })]],
    ["a lower port neither", false, [on({ port: 8079 })]],
    ["one of several ports", true, [on({ port: 1 }, { port: 8080 })]],
    ["TCP where nothing is said", false, [on({ port: 8080 })], { protocol: "UDP" }],
    ["UDP where it is said", true, [on({ port: 8080, protocol: "UDP" })], { protocol: "UDP" }],
    ["the first port of a range", true, [on({ port: 8080, endPort: 8090 })]],
    ["the last port of a range", true, [on({ port: 8000, endPort: 8080 })]],
    ["no port after a range", false, [on({ port: 8000, endPort: 8079 })]],
    ["no port before a range", false, [on({ port: 8081, endPort: 8090 })]],
    ["every port of a protocol", true, [on({ protocol: "TCP" })]],
    ["no port where the list is not known", false, [{ ...all, ingress: [{ ports: UNKNOWN }] }]],
    ["no port that is not known", false, [on({ port: UNKNOWN })]],
    [
      "a port by the name that the container gives it",
      true,
      [on({ port: "http" })],
      { named: [{ name: "http", port: 8080 }] },
    ],
    [
      "not where the name is another port's",
      false,
      [on({ port: "http" })],
      {
        named: [
          { name: "http", port: 80 },
          { name: "x", port: 8080 },
        ],
      },
    ],
    ["not by a name that no container gives", false, [on({ port: "http" })]],
    [
      "not by a name that the container gives to another protocol",
      false,
      [on({ port: "dns" })],
      { port: 53, named: [{ name: "dns", port: 53, protocol: "UDP" }] },
    ],
    [
      "by the name that the container gives to the protocol of the rule",
      true,
      [on({ port: "dns", protocol: "UDP" })],
      { port: 53, protocol: "UDP", named: [{ name: "dns", port: 53, protocol: "UDP" }] },
    ],
    [
      "peers and ports both have to fit",
      false,
      [{ ...all, ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 1 }] }] }],
    ],
  ];
  for (const [what, open, ...rest] of cases) {
    it(`${open ? "pass" : "closed"}: ${what}`, () => {
      expect(isOpen(...rest)).to.equal(open);
    });
  }
});

describe("a block of addresses", () => {
  for (const [outer, inner, holds] of [
    ["0.0.0.0/0", "203.0.113.0/24", true],
    ["10.0.0.0/8", "10.255.0.1/32", true],
    ["10.0.0.0/8", "11.0.0.0/8", false],
    ["10.1.0.0/16", "10.0.0.0/8", false],
    ["192.168.1.0/24", "192.168.1.128/25", true],
    ["192.168.1.128/25", "192.168.1.0/25", false],
    ["192.168.1.7/32", "192.168.1.7/32", true],
    ["192.168.1.7/32", "192.168.1.6/32", false],
    ["10.2.0.0/16", "10.3.0.0/16", false],
    ["200.0.0.0/6", "203.0.113.0/24", true],
    ["fd00::/8", "fd00::/8", true],
    ["fd00::/8", "fd00::/64", false],
    ["::/0", "10.0.0.0/8", false],
    ["10.0.0.0/8", "::/0", false],
    ["10.0.0.0/8x", "10.0.0.0/8", false],
    ["x10.0.0.0/8", "10.0.0.0/8", false],
  ] as const) {
    it(`${outer} ${holds ? "holds" : "does not hold"} ${inner}`, () => {
      expect(covers(outer, inner)).to.equal(holds);
    });
  }
});

describe("the edges of a block of addresses", () => {
  for (const [block, edges] of [
    ["10.1.2.3/8", ["10.0.0.0/32", "11.0.0.0/32"]],
    ["203.0.113.7/32", ["203.0.113.7/32", "203.0.113.8/32"]],
    ["240.0.0.0/4", ["240.0.0.0/32"]],
    ["0.0.0.0/0", ["0.0.0.0/32"]],
    ["fd00::/8", []],
  ] as const) {
    it(`${block}: ${edges.join(" and ") || "none"}`, () => {
      expect(edgesOf(block)).to.deep.equal(edges);
    });
  }
});
