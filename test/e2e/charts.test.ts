/**
 * How charts are found and installed, with the real engine, provider and API server. The charts are stand-ins of the
 * pinned names and versions (simulated); the official ones have a suite of their own: npm run test:charts.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, renameSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { portsIn } from "../../ops/src/cluster/embedded/ports.ts";
import { charts } from "../../versions.ts";
import { standInCharts } from "../support/charts.ts";
import { killGroup, upInterrupted } from "../support/interrupted.ts";
import { Sandbox, bareCluster } from "../support/sandbox.ts";

/** Ends the API server of a sandbox's cluster as a crash does. */
function killApiServer(folder: string): void {
  execFileSync("pkill", ["-KILL", "-f", `${folder}/.paw/clusters/paw/.*/kube-apiserver `]);
}

/** Address of the etcd of a sandbox's cluster. */
function etcdOf(folder: string): string {
  const kwok = readFileSync(join(folder, ".paw/clusters/paw/kwok/clusters/paw/kwok.yaml"), "utf8");
  return `http://127.0.0.1:${portsIn(kwok).etcdPort ?? 0}`;
}

/** Changes what is stored under a key, past the API server. */
async function change(etcd: string, key: string, to: (text: string) => string): Promise<void> {
  const ask = async (verb: string, body: object): Promise<{ kvs?: { value: string }[] }> => {
    const answer = await fetch(`${etcd}/v3/kv/${verb}`, { method: "POST", body: JSON.stringify(body) });
    expect(answer.status, verb).to.equal(200);
    return (await answer.json()) as { kvs?: { value: string }[] };
  };
  const encoded = Buffer.from(key).toString("base64");
  const [stored] = (await ask("range", { key: encoded })).kvs ?? [];
  if (stored === undefined) throw new Error(`etcd has no ${key}`);
  const text = to(Buffer.from(stored.value, "base64").toString());
  await ask("put", { key: encoded, value: Buffer.from(text).toString("base64") });
}

describe("the platform's charts, by stand-ins", () => {
  let sandbox: Sandbox;
  let mirror: Awaited<ReturnType<typeof standInCharts>>;

  before(async function () {
    this.timeout(600_000);
    sandbox = await Sandbox.create();
    mirror = await standInCharts();
    await sandbox.loadEnvironment();
  });

  after(async () => {
    await Sandbox.disposeAll();
    mirror.dispose();
  });

  const withMirror = <T>(work: () => Promise<T>): Promise<T> =>
    sandbox.withChange(
      "Pulumi.local.yaml",
      (text) => text.replace("source: crds", `source: mirror\n    mirror: ${mirror.folder}`),
      work,
    );

  const archive = (name: keyof typeof charts): string =>
    join(mirror.folder, `${name}-${charts[name].version}.tgz`);

  it("archives that are corrupted, missing or of another version are named in one error, before anything is sent", async () => {
    truncateSync(archive("vault"), 100);
    rmSync(archive("loki"));
    renameSync(archive("alloy"), archive("alloy").replace(charts.alloy.version, "0.0.1"));
    await withMirror(async () => {
      const up = await sandbox.run("npm", ["run", "up"]);
      expect(up.exitCode).not.to.equal(0);
      expect(up.all).to.contain("refused, nothing was sent: 3 charts cannot be had");
      for (const chart of ["vault", "loki", "alloy"] as const) {
        expect(up.all).to.contain(`${chart} ${charts[chart].version}`);
      }
    });
    mirror.dispose();
    mirror = await standInCharts();
  });

  it("a repository that cannot be reached is named with every chart, before anything is sent", async () => {
    const nobody = "oci://127.0.0.1:9/charts";
    const unreachable = (text: string): string =>
      text.replace("source: crds", `source: mirror\n    mirror: ${nobody}`);
    // All but policy-controller, which local does not install: it has no images to verify.
    const wanted = Object.keys(charts).length - 1;
    await sandbox.withChange("Pulumi.local.yaml", unreachable, async () => {
      const up = await sandbox.run("npm", ["run", "up"]);
      expect(up.exitCode).not.to.equal(0);
      expect(up.all)
        .to.contain(`refused, nothing was sent: ${wanted} charts cannot be had`)
        .and.to.contain(`${nobody}: `);
    });
    expect(existsSync(join(sandbox.folder, ".paw/clusters/paw")), "a cluster").to.equal(false);
  });

  it("a first preview on an empty cluster shows every chart, and what the releases will define", async () => {
    await sandbox.ok("npx", ["paw", "cluster", "up"]);
    await withMirror(async () => {
      const preview = await sandbox.ok("pulumi", ["preview", "--stack", "local"]);
      expect(preview.all)
        .to.contain("servicemonitors.monitoring.coreos.com")
        .and.to.contain("argo-rollouts/stand-in");
    });
    // Nothing was applied.
    expect(await sandbox.namespacesAndDefinitions()).to.deep.equal(bareCluster);
  });

  it("all are installed, in an order that works on an empty cluster, and a second up changes nothing", async () => {
    await withMirror(async () => {
      await sandbox.ok("npm", ["run", "up"]);
      const { items } = await sandbox.stored<{ items: { metadata: { name: string; namespace: string } }[] }>(
        "configmaps",
        "-A",
      );
      const installed = items.filter(({ metadata }) => metadata.name.startsWith("stand-in-"));
      expect(installed.map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).to.have.members([
        "cert-manager/stand-in-cert-manager",
        "cert-manager/stand-in-trust-manager",
        "linkerd/stand-in-linkerd-control-plane",
        "linkerd-cni/stand-in-linkerd2-cni",
        "linkerd-viz/stand-in-linkerd-viz",
        "vault/stand-in-vault",
        "external-secrets/stand-in-external-secrets",
        "monitoring/stand-in-prometheus",
        "monitoring/stand-in-loki",
        "monitoring/stand-in-alloy",
        "argo-rollouts/stand-in-argo-rollouts",
      ]);
      const again = await sandbox.ok("npm", ["run", "up"]);
      expect(again.stdout).to.contain(": 0 changes");
      const { items: monitors } = await sandbox.stored<{ items: { metadata: { namespace: string } }[] }>(
        "servicemonitors",
        "-A",
        "--field-selector=metadata.name=stand-in",
      );
      expect(monitors.map(({ metadata }) => metadata.namespace)).to.deep.equal(["argo-rollouts"]);
    });
  });

  // Signs of Pulumi's own output: a release is being installed, a chart's objects are being made.
  for (const [event, sign] of [
    ["the API server drops out", "cert-manager-definitions creating"],
    ["the API server drops out", "stand-in-vault created"],
    ["the run is killed", "cert-manager-definitions creating"],
    ["the run is killed", "stand-in-vault created"],
  ] as const) {
    it(`${event} at "${sign}": the next up completes`, async () => {
      await sandbox.ok("npx", ["paw", "cluster", "down"]);
      const happens = (group: number): void => {
        if (event === "the run is killed") killGroup(group);
        else killApiServer(sandbox.folder);
      };
      await withMirror(async () => {
        const run = await upInterrupted(sandbox.folder, { sign, happens });
        expect(run.happened, run.output).to.equal(true);
        expect(run.exitCode, run.output).not.to.equal(0);
        const up = await sandbox.ok("npm", ["run", "up"]);
        expect(up.stdout).to.contain("The local stack is up");
        await sandbox.ok("pulumi", ["preview", "--stack", "local", "--expect-no-changes"]);
      });
    });
  }

  it("a definition that an API server's end caught before it was established is woken", async () => {
    const name = "certificates.cert-manager.io";
    const etcd = etcdOf(sandbox.folder);
    killApiServer(sandbox.folder);
    await change(etcd, `/registry/apiextensions.k8s.io/customresourcedefinitions/${name}`, (text) => {
      const definition = JSON.parse(text) as { status: { conditions: { type: string; status: string }[] } };
      for (const condition of definition.status.conditions) {
        if (condition.type === "Established")
          Object.assign(condition, { status: "False", reason: "Installing" });
      }
      return JSON.stringify(definition);
    });
    await withMirror(async () => {
      const up = await sandbox.ok("npm", ["run", "up"]);
      expect(up.all).to.contain("woke 1 definition(s)");
      await sandbox.ok("kubectl", ["wait", "--for=condition=Established", `crd/${name}`, "--timeout=10s"]);
      const { metadata } = await sandbox.stored<{ metadata: { annotations?: object } }>("crd", name);
      expect(Object.keys(metadata.annotations ?? {})).not.to.include("paw-woken");
    });
  });

  it("a release that Helm has recorded and the state has not is installed again", async () => {
    const release = "cert-manager-definitions";
    await withMirror(async () => {
      const urns = (await sandbox.ok("pulumi", ["stack", "--stack", "local", "--show-urns"])).stdout;
      const urn = new RegExp(`urn:\\S+Release::platform-${release}`).exec(urns)?.[0];
      expect(urn, urns).to.be.a("string");
      await sandbox.ok("pulumi", [
        ...["state", "delete", String(urn), "--target-dependents", "--stack", "local", "--yes"],
      ]);
      const recorded = await sandbox.ok("kubectl", [
        ...["get", "secrets", "-n", "cert-manager", "-l", `owner=helm,name=${release}`, "-o", "name"],
      ]);
      expect(recorded.stdout).to.contain(release);
      const up = await sandbox.ok("npm", ["run", "up"]);
      expect(up.all).to.contain("forgot 1 Helm release(s)");
      await sandbox.ok("pulumi", ["preview", "--stack", "local", "--expect-no-changes"]);
    });
  });

  it("A2: the API server holds the platform's namespaces to restricted, but for the two of node agents", async () => {
    const { items } = await sandbox.stored<{
      items: { metadata: { name: string; labels: Record<string, string> } }[];
    }>("namespaces", "-l", "app.kubernetes.io/part-of=platform");
    const levels = Object.fromEntries(
      items.map(({ metadata }) => [metadata.name, metadata.labels["pod-security.kubernetes.io/enforce"]]),
    );
    expect(levels).to.deep.equal({
      "argo-rollouts": "restricted",
      "cert-manager": "restricted",
      "external-secrets": "restricted",
      linkerd: "restricted",
      "linkerd-cni": "privileged",
      "linkerd-viz": "restricted",
      monitoring: "restricted",
      "monitoring-agents": "privileged",
      vault: "restricted",
    });
  });

  it("an up from another source is refused, and deletes nothing", async () => {
    const up = await sandbox.run("npm", ["run", "up"]); // the stack file says crds again
    expect(up.exitCode).not.to.equal(0);
    expect(up.all)
      .to.contain("installed with paw:charts.source mirror")
      .and.to.contain("paw:charts.replaces: mirror");
    await sandbox.ok("kubectl", ["get", "namespace", "vault"]);
  });

  it("destroy leaves nothing of the platform", async () => {
    await withMirror(async () => {
      await sandbox.ok("pulumi", ["destroy", "--stack", "local", "--yes"]);
    });
    expect(await sandbox.namespacesAndDefinitions()).to.deep.equal(bareCluster);
  });
});
