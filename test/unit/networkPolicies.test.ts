import { expect } from "chai";

import { type Endpoint, flowTable } from "../../components/security/flows.ts";
import { policiesFor } from "../../components/security/networkPolicies.ts";

const namespaces = { paw: "paw", bizra: "testnet" };
const site = {
  apiServer: { cidrs: ["10.0.0.0/16"], port: 6443 },
  remoteSigner: false,
  snapshots: false,
  genesisFromOutside: false,
  platform: false,
  verifiesImages: false,
  vaultSnapshots: false,
  nodePorts: false,
};
const flows = flowTable(site);

/** Rows of spec A3 (and B3 for bizra), as written there: from, to, port. */
const wanted: [string, string, string, number][] = [
  ["A3", "validator", "validator", 26656],
  ["A3", "validator", "sentry", 26656],
  ["A3", "sentry", "validator", 26656],
  ["A3", "ingress", "full-node", 26657],
  ["A3", "full-node", "validator", 26657],
  ["A3", "ingress", "api", 1317],
  ["A3", "ingress", "full-node", 9090],
  ["A3", "prometheus", "validator", 26660],
  ["A3", "prometheus", "sentry", 26660],
  ["A3", "prometheus", "full-node", 26660],
  ["A3", "validator", "kube-dns", 53],
  ["A3", "full-node", "sentry", 26656],
  ["A3", "internet", "sentry", 26656],
  ["B7", "prometheus", "apex", 9464],
  ["B8", "apex", "kube-dns", 53],
];

function nameOf(end: Endpoint): string {
  if (end.kind === "workload") return end.component;
  if (end.kind === "outside") return end.except === undefined ? end.cidr : "internet";
  return end.podLabels?.["k8s-app"] ?? end.podLabels?.["app.kubernetes.io/name"] ?? end.namespace;
}

describe("network flows", () => {
  for (const [row, from, to, port] of wanted) {
    it(`${row}: ${from} may reach ${to} on ${port}`, () => {
      const found = flows.filter((flow) => nameOf(flow.from) === from && nameOf(flow.to) === to);
      expect(found.flatMap((flow) => flow.ports.map((each) => each.port))).to.include(port);
    });
  }

  it("A3: DNS is open over UDP and TCP to kube-dns, for every workload", () => {
    const workloads = new Set(
      flows
        .flatMap(({ from, to }) => [from, to])
        .filter((end) => end.kind === "workload")
        .map(nameOf),
    );
    for (const workload of workloads) {
      const dns = flows.filter((flow) => nameOf(flow.from) === workload && nameOf(flow.to) === "kube-dns");
      expect(
        dns.flatMap((flow) => flow.ports),
        workload,
      ).to.have.deep.members([
        { port: 53, protocol: "UDP" },
        { port: 53, protocol: "TCP" },
      ]);
    }
  });

  it("A12: nobody outside the chain reaches a validator but Prometheus", () => {
    const others = flows
      .filter((flow) => nameOf(flow.to) === "validator" && flow.from.kind !== "workload")
      .map((flow) => nameOf(flow.from));
    expect(new Set(others)).to.deep.equal(new Set(["prometheus"]));
    const out = flows.filter((flow) => nameOf(flow.from) === "validator").map((flow) => nameOf(flow.to));
    // The API server is asked by the start guard alone, and only in its own networks.
    expect(new Set(out)).to.deep.equal(new Set(["validator", "sentry", "kube-dns", "10.0.0.0/16"]));
  });

  it("a remote signer and a genesis from outside have rows of their own, only where they are used", () => {
    const ids = (changed: object): string[] => flowTable({ ...site, ...changed }).map(({ id }) => id);
    const usual = ids({});
    const added = (changed: object): string[] => ids(changed).filter((id) => !usual.includes(id));
    expect(added({ snapshots: true })).to.deep.equal(["kube-api-backup"]);
    expect(added({ remoteSigner: true })).to.deep.equal(["signer-validator"]);
    expect(added({ genesisFromOutside: true })).to.have.members([
      "genesis-validator",
      "genesis-sentry",
      "genesis-full-node",
      "genesis-backup",
    ]);
  });

  it("every row has a reason and an id of its own", () => {
    expect(new Set(flows.map((flow) => flow.id)).size).to.equal(flows.length);
    for (const flow of flows) expect(flow.reason, flow.id).to.have.length.greaterThan(5);
  });
});

describe("network policies", () => {
  it("A3: deny everything first, in both directions", () => {
    expect(policiesFor(namespaces.paw, namespaces, flows)["default-deny"]).to.deep.equal({
      podSelector: {},
      policyTypes: ["Ingress", "Egress"],
    });
  });

  it("open both ends of a flow between two workloads, and nothing else", () => {
    const sentry: Endpoint = { kind: "workload", part: "paw", component: "sentry" };
    const apex: Endpoint = { kind: "workload", part: "bizra", component: "apex" };
    const table = [
      { id: "x", from: sentry, to: apex, ports: [{ port: 1, protocol: "TCP" as const }], reason: "a test" },
    ];
    const paw = policiesFor(namespaces.paw, namespaces, table);
    const bizra = policiesFor(namespaces.bizra, namespaces, table);
    expect(Object.keys(paw)).to.have.members(["default-deny", "allow-sentry"]);
    expect(paw["allow-sentry"]?.ingress).to.deep.equal([]);
    expect(paw["allow-sentry"]?.egress).to.deep.equal([
      {
        to: [
          {
            namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "testnet" } },
            podSelector: {
              matchLabels: { "app.kubernetes.io/part-of": "bizra", "app.kubernetes.io/component": "apex" },
            },
          },
        ],
        ports: [{ port: 1, protocol: "TCP" }],
      },
    ]);
    expect(bizra["allow-apex"]?.egress).to.deep.equal([]);
    expect(bizra["allow-apex"]?.ingress).to.have.length(1);
  });

  it("never select a namespace without naming it", () => {
    for (const part of ["paw", "bizra"] as const) {
      for (const policy of Object.values(policiesFor(namespaces[part], namespaces, flows))) {
        const text = JSON.stringify(policy);
        expect(text).not.to.contain('"namespaceSelector":{}');
      }
    }
  });
});
