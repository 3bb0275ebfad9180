/** A3, A6: the report's flow matrix on deployments of which every answer is known by hand. */
import { expect } from "chai";

import { type Cell, disagree, matrixOf } from "../../../ops/src/report/flows/matrix.ts";
import { flowSection } from "../../../ops/src/report/flows/view.ts";
import { graphOf } from "../../../policy/src/graph/graph.ts";
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import { object } from "../../policy/graph/world.ts";
import { render } from "../../support/rendered.ts";

const workload = (name: string, port: number, pod: object = {}): Manifest =>
  object("apps/v1", "Deployment", [
    name,
    "shop",
    {
      spec: {
        template: {
          metadata: { labels: { app: name } },
          spec: {
            serviceAccountName: name,
            containers: [{ name: "main", ports: [{ name: "http", containerPort: port }] }],
            ...pod,
          },
        },
      },
    },
  ]);
const policy = (name: string, spec: object): Manifest =>
  object("networking.k8s.io/v1", "NetworkPolicy", [name, "shop", { spec }]);
const app = (name: string): object => ({ matchLabels: { app: name } });
const deny = policy("deny", { podSelector: {}, policyTypes: ["Ingress", "Egress"] });

/** web may call db on 5432, by name; the mesh lets only job in. */
const objects: readonly Manifest[] = [
  object("v1", "Namespace", ["shop", "", { metadata: { annotations: { "linkerd.io/inject": "enabled" } } }]),
  workload("web", 8080),
  workload("db", 5432),
  workload("job", 1),
  workload("agent", 9100, { hostNetwork: true }),
  deny,
  policy("db", {
    podSelector: app("db"),
    ingress: [
      { from: [{ podSelector: app("web") }], ports: [{ port: "http" }] },
      { from: [{ ipBlock: { cidr: "198.51.100.0/24" } }], ports: [{ port: 5432 }] },
    ],
  }),
  policy("web", {
    podSelector: app("web"),
    policyTypes: ["Egress"],
    egress: [
      { to: [{ podSelector: app("db") }] },
      {
        to: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "kube-system" } },
            podSelector: { matchLabels: { "k8s-app": "kube-dns" } },
          },
        ],
        ports: [{ port: 53, protocol: "UDP" }],
      },
    ],
  }),
  object("policy.linkerd.io/v1beta3", "Server", [
    "db",
    "shop",
    { spec: { podSelector: app("db"), port: 5432 } },
  ]),
  object("policy.linkerd.io/v1alpha1", "AuthorizationPolicy", [
    "job",
    "shop",
    {
      spec: {
        targetRef: { group: "policy.linkerd.io", kind: "Server", name: "db" },
        requiredAuthenticationRefs: [{ kind: "ServiceAccount", name: "job" }],
      },
    },
  ]),
];

const matrix = matrixOf(graphOf(objects.map((manifest) => ({ manifest, source: "test" }))));

function cell(from: string, to: string, port: string): string {
  const found = matrix.cells.find(
    (each) =>
      each.from.name === from && each.to.name === to && port === `${each.port.port}/${each.port.protocol}`,
  );
  if (found === undefined) throw new Error(`nobody asked whether ${from} reaches ${to} on ${port}`);
  return `${found.network}, ${found.mesh}${disagree(found) ? ", disagree" : ""}`;
}

describe("the flow matrix of a small shop", () => {
  for (const [from, to, port, wanted] of [
    ["shop/web", "shop/db", "5432/TCP", "allowed, refused, disagree"],
    ["shop/job", "shop/db", "5432/TCP", "closed at both ends, allowed, disagree"],
    ["shop/db", "shop/db", "5432/TCP", "closed at both ends, refused"],
    ["shop/web", "shop/db", "1/TCP", "closed at the target, not evaluated"],
    ["198.51.100.0/24 (as 198.51.100.1)", "shop/db", "5432/TCP", "allowed, refused, disagree"],
    ["internet (as 203.0.113.7)", "shop/db", "5432/TCP", "closed at the target, refused"],
    ["shop/web", "kube-system/kube-dns", "53/UDP", "allowed, not evaluated"],
    ["shop/db", "kube-system/kube-dns", "53/UDP", "closed at the source, not evaluated"],
    ["shop/pod of nobody", "shop/web", "8080/TCP", "closed at both ends, not evaluated"],
    ["some-other-namespace/pod of nobody", "shop/web", "8080/TCP", "closed at the target, not evaluated"],
    ["shop/web", "internet (as 203.0.113.7)", "53/UDP", "closed at the source, no say"],
  ] as const) {
    it(`${from} to ${to} on ${port}: ${wanted}`, () => {
      expect(cell(from, to, port)).to.equal(wanted);
    });
  }

  it("leaves out pods on the node's network, and says so", () => {
    expect(matrix.onNodes).to.deep.equal(["shop/agent"]);
    expect(matrix.ends.map(({ name }) => name)).not.to.contain("shop/agent");
  });

  it("is read by target: who is let in by either, how many are not, and where they disagree", () => {
    const section = flowSection(matrix, { policies: 3, authorizations: 1 });
    const db = section.targets.find(({ name }) => name === "shop/db");
    expect(db?.rows.map(({ from, ports, network, mesh }) => [from, ports, network, mesh])).to.deep.equal([
      [["shop/web", "198.51.100.0/24 (as 198.51.100.1)"], ["5432/TCP"], "allowed", "refused"],
      [["shop/job"], ["5432/TCP"], "closed at both ends", "allowed"],
    ]);
    expect(db?.refused).to.include.members(["shop/db", "shop/pod of nobody", "internet (as 203.0.113.7)"]);
    expect(section.disagreements.map(({ to }) => to)).to.deep.equal(["shop/db"]);
    // Each row is in as many cells as it has callers and ports.
    const listed = section.targets.flatMap(({ rows }) =>
      rows
        .filter(({ network }) => network === "allowed")
        .map(({ from, ports }) => from.length * ports.length),
    );
    expect(listed.reduce((sum, each) => sum + each, 0)).to.equal(section.allowed);
  });
});

describe("the flow matrix of production", () => {
  let cells: readonly Cell[];
  const p2p = (from: string, to: string, port = 26656): string[] =>
    cells
      .filter((each) => each.from.name === from && each.to.name === to && each.port.port === port)
      .map(({ network, mesh }) => `${network}, ${mesh}`);

  before(async () => {
    const given = (await render({ stack: "production" })).map((manifest) => ({
      manifest,
      source: "production",
    }));
    ({ cells } = matrixOf(graphOf(given)));
  });

  it("has the rows of spec A3: P2P, RPC, API, metrics, DNS", () => {
    expect(p2p("paw/paw-validator", "paw/paw-validator")).to.deep.equal(["allowed, no say"]);
    expect(p2p("paw/paw-sentry", "paw/paw-validator")).to.deep.equal(["allowed, no say"]);
    expect(p2p("paw/paw-full-node", "paw/paw-validator", 26657)).to.deep.equal(["allowed, allowed"]);
    expect(p2p("paw/paw-api", "paw/paw-full-node", 1317)).to.deep.equal(["allowed, allowed"]);
    expect(p2p("monitoring/prometheus", "paw/paw-validator", 26660)).to.deep.equal([
      "allowed, not evaluated",
    ]);
    expect(p2p("paw/paw-validator", "kube-system/kube-dns", 53)).to.deep.equal([
      "allowed, not evaluated",
      "allowed, not evaluated",
    ]);
  });

  it("keeps the internet from validators, and lets it to sentries", () => {
    expect(p2p("internet (as 203.0.113.7)", "paw/paw-validator")).to.deep.equal([
      "closed at the target, no say",
    ]);
    expect(p2p("internet (as 203.0.113.7)", "paw/paw-sentry")).to.deep.equal(["allowed, no say"]);
    expect(p2p("private networks (as 192.168.255.254)", "paw/paw-sentry")).to.deep.equal([
      "closed at the target, no say",
    ]);
    expect(p2p("paw/paw-validator", "internet (as 203.0.113.7)", 443)).to.deep.equal([
      "closed at the source, no say",
    ]);
  });

  it("lets nobody in on a port that nobody names", () => {
    const open = cells.filter(({ port, network, to }) => port.other && network === "allowed" && to.workload);
    expect(open.map(({ from, to }) => `${from.name} to ${to.name}`)).to.deep.equal([]);
  });

  it("has no disagreement: one table writes both", () => {
    expect(cells.filter(disagree).map(({ from, to }) => `${from.name} to ${to.name}`)).to.deep.equal([]);
  });
});
