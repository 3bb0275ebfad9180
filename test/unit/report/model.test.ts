/** A29, B8: checklist, topology, images and statements of the report, on objects of which every answer is known by hand. */
import { expect } from "chai";

import { imagesOf } from "../../../ops/src/report/images.ts";
import { type Report, reportOf } from "../../../ops/src/report/report.ts";
import { topologyOf } from "../../../ops/src/report/topology.ts";
import { graphOf } from "../../../policy/src/graph/graph.ts";
import type { Manifest } from "../../../policy/src/k8s/manifest.ts";
import { graph, object, world } from "../../policy/graph/world.ts";
import { input, renderedReport } from "../../support/report.ts";

const of = (...objects: Manifest[]): ReturnType<typeof graphOf> =>
  graphOf(objects.map((manifest) => ({ manifest, source: "test" })));
const pods = (name: string, image: string, kind = "Deployment"): Manifest =>
  object("apps/v1", kind, [
    name,
    "shop",
    {
      spec: {
        replicas: 2,
        template: {
          metadata: { labels: { app: name } },
          spec: { containers: [{ name: "main", image, ports: [{ name: "http", containerPort: 80 }] }] },
        },
      },
    },
  ]);
const service = (name: string, spec: object): Manifest => object("v1", "Service", [name, "shop", { spec }]);

describe("the topology", () => {
  const { namespaces, empty } = topologyOf(
    of(
      ...[object("v1", "Namespace", ["shop", ""]), object("v1", "Namespace", ["attic", ""])],
      ...[pods("web", "x"), pods("db", "x", "StatefulSet"), pods("agent", "x", "DaemonSet")],
      service("web", { selector: { app: "web" }, ports: [{ name: "http", port: 80 }] }),
      service("db-0", {
        ...{ clusterIP: "None", selector: { app: "db", "statefulset.kubernetes.io/pod-name": "db-0" } },
        ports: [{ port: 53, protocol: "UDP" }],
      }),
      service("db-9", { selector: { app: "db", "statefulset.kubernetes.io/pod-name": "db-9" } }),
      service("typo", { selector: { app: "wbe" } }),
      service("by-hand", {}),
    ),
  );

  it("has each namespace with something in it, and names those without", () => {
    expect(namespaces.map(({ name }) => name)).to.deep.equal(["shop"]);
    expect(empty).to.deep.equal(["attic"]);
  });

  it("has workloads with their pods", () => {
    expect(namespaces[0]?.workloads.map(({ name, kind, pods: count }) => [name, kind, count])).to.deep.equal([
      ["agent", "DaemonSet", "one a node"],
      ["db", "StatefulSet", "2 pods"],
      ["web", "Deployment", "2 pods"],
    ]);
  });

  it("leads each Service to what it selects, or says why nowhere", () => {
    expect(
      namespaces[0]?.services.map(({ name, type, ports, selects, nowhere }) => [
        name,
        type,
        ports,
        selects,
        nowhere,
      ]),
    ).to.deep.equal([
      ["by-hand", "ClusterIP", [], [], "it has no selector"],
      ["db-0", "headless", ["53/UDP"], [1], undefined],
      ["db-9", "ClusterIP", [], [], "no workload among the objects has its labels"],
      ["typo", "ClusterIP", [], [], "no workload among the objects has its labels"],
      ["web", "ClusterIP", ["http 80/TCP"], [2], undefined],
    ]);
  });
});

describe("images", () => {
  const [a, b] = ["a", "b"].map((digit) => `sha256:${digit.repeat(64)}`) as [string, string];
  const policy = object("policy.sigstore.dev/v1alpha1", "ClusterImagePolicy", [
    "ours",
    "",
    {
      spec: {
        images: [{ glob: "ghcr.io/shop/web@*" }, { glob: "index.docker.io/library/*:*" }],
        authorities: [{ name: "key", key: {} }],
        mode: "enforce",
      },
    },
  ]);
  const rows = imagesOf(
    of(
      ...[pods("signed", `ghcr.io/shop/web:v1@${a}`), pods("old", `ghcr.io/shop/old@${b}`)],
      ...[
        pods("marked", "ghcr.io/shop/new:v2@sha256:REPLACE-ME"),
        pods("tagged", "docker.io/library/busybox:1"),
      ],
      policy,
    ),
    {
      lock: [
        {
          image: `ghcr.io/shop/web:v1@${a}`,
          digest: a,
          signedBy: "release key",
          scanned: "2026-11-20",
          critical: [],
        },
        {
          image: `ghcr.io/shop/old@${b}`,
          digest: b,
          signedBy: "release key",
          scanned: "2026-01-01",
          critical: [],
        },
      ],
      today: "2026-11-30",
    },
  );
  const row = (name: string): readonly unknown[] => {
    const found = rows.find(({ image }) => image.includes(name));
    return [found?.pinned, found?.digest, found?.signature.verdict, found?.signature.text, found?.admission];
  };

  it("are proven by an entry of the lock that is right and recent", () => {
    expect(row("shop/web")).to.deep.equal([
      ...["digest", a, "proven", "signed by release key, scanned on 2026-11-20"],
      ["ours: refuses without a signature"],
    ]);
  });

  it("failed where the entry is too old", () => {
    const text = "signed by release key, scanned on 2026-01-01: a scan of 333 days ago";
    expect(row("shop/old")).to.deep.equal(["digest", b, "failed", text, []]);
  });

  it("are not evaluated where nobody knows, and a placeholder is called one", () => {
    expect(row("shop/new").slice(0, 4)).to.deep.equal([
      ...["placeholder", undefined, "not evaluated", "a placeholder, which stands for no image yet"],
    ]);
    expect(row("busybox")).to.deep.equal([
      ...["tag", undefined, "not evaluated", "policy/image-lock.json does not list it"],
      ["ours: refuses without a signature"],
    ]);
  });
});

describe("the checklist", () => {
  const report = (changes: Parameters<typeof world>[0] = {}, more: readonly Manifest[] = []): Report =>
    reportOf(input(world(changes, more)));
  const item = (found: Report, number: number): Report["checklist"][number] | undefined =>
    found.checklist.find((row) => row.item === number);

  it("has the ten items of spec A29 in their order, and two rows beside them", () => {
    expect(report().checklist.map(({ item: number, title }) => [number, title])).to.deep.equal([
      [1, "Pod Security Standard restricted"],
      [2, "default-deny NetworkPolicies"],
      [3, "least-privilege RBAC"],
      [4, "secrets in Vault"],
      [5, "Linkerd mTLS"],
      [6, "resource limits on all containers"],
      [7, "non-root security contexts"],
      [8, "audit logging"],
      [9, "CVE scanning"],
      [10, "backup encryption"],
      [undefined, "objects fit together"],
      [undefined, "the gate itself"],
    ]);
  });

  it("fails an item whose rule is broken, and names object, finding and fix", () => {
    const found = item(report({}, [object("v1", "Namespace", ["loose", ""]), pods("loose", "x")]), 2);
    expect(found?.verdict).to.equal("failed");
    const [group] = found?.findings.filter(({ rule }) => rule === "netpol-default-deny") ?? [];
    expect(group?.status).to.equal("failed");
    expect(group?.places.map(({ subject }) => subject)).to.deep.equal(["Deployment shop/loose"]);
    expect(group?.fix).to.contain("podSelector {}");
  });

  it("does not evaluate what needs charts where there are none", () => {
    const bare = reportOf(
      input(world().filter(({ manifest }) => !JSON.stringify(manifest).includes("helm.sh/chart"))),
    );
    expect(graph().chartsRendered).to.equal(true);
    expect(item(bare, 5)?.verdict).to.equal("not evaluated");
    expect(item(bare, 5)?.notEvaluated).to.include.members(["mesh-injected", "mesh-authz"]);
  });

  it("gives an accepted exception with reason, owner and end", async () => {
    const found = item(await renderedReport("production"), 1);
    expect(found?.verdict).to.equal("proven");
    expect(found?.accepted.map(({ objects }) => objects)).to.deep.equal([
      ["Namespace linkerd-cni"],
      ["Namespace monitoring-agents"],
    ]);
    expect(found?.accepted[0]).to.deep.include({
      owner: "platform",
      expires: "2027-11-30",
      ticket: "ADR 13",
    });
    expect(found?.accepted[0]?.reason).to.contain("CNI plugin");
  });

  it("counts the objects that the rules of an item look at", () => {
    const pod = pods("web", "x");
    const found = item(reportOf(input([{ manifest: pod, source: "test" }])), 7);
    expect([found?.objects, found?.verdict]).to.deep.equal([1, "failed"]);
  });
});

describe("what a report states", () => {
  let local: Report;
  let production: Report;
  before(async () => {
    [local, production] = [await renderedReport("local"), await renderedReport("production")];
  });
  const words = ({ statements }: Report, what: string): string[] =>
    statements.filter((each) => each.what.includes(what)).map(({ verdict }) => verdict);

  it("uses the project's four words alone, the worst first", () => {
    const order = production.statements.map(({ verdict }) => verdict);
    expect([...new Set(order)]).to.deep.equal(["failed", "not evaluated", "simulated", "proven"]);
    expect(order.toSorted((a, b) => order.indexOf(a) - order.indexOf(b))).to.deep.equal(order);
  });

  it("calls the embedded cluster's pods simulated", () => {
    expect(words(local, "nodes, pods and volumes")).to.deep.equal(["simulated"]);
    expect(words(production, "nodes, pods and volumes")).to.deep.equal([]);
  });

  it("says what an override keeps from being evaluated", () => {
    const charts = reportOf(
      input([], { head: { ...production.head, overrides: ['paw:charts.source: "upstream" -> "crds"'] } }),
    );
    expect(words(charts, "the platform's charts")).to.deep.equal(["not evaluated"]);
  });

  it("has proven schemas where an API server saw the objects, and only there", () => {
    expect(words(production, "schemas and admission")).to.deep.equal(["not evaluated"]);
    const seen = reportOf(input([], { head: { ...production.head, previewed: true } }));
    expect(words(seen, "schemas and to admission")).to.deep.equal(["proven"]);
  });

  it("takes the gates' own words, or says that there are none", () => {
    expect(words(production, "pod health")).to.deep.equal(["simulated"]);
    expect(words(production, "error logs")).to.deep.equal(["not evaluated"]);
    expect(words(reportOf(input([])), "gates of a deployment")).to.deep.equal(["not evaluated"]);
  });
});
