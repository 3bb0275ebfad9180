/**
 * What a policy pack is shown of the official charts, held against what Helm itself renders of them.
 *
 * Needs `PAW_CHARTS_MIRROR` and Helm's own `helm` on the PATH; without them nothing here is evaluated.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { expect } from "chai";
import { execa } from "execa";
import { parseAllDocuments } from "yaml";

import { definitionCharts } from "../../components/platform/charts/definitions.ts";
import { definedKinds } from "../../components/platform/charts/kinds.ts";
import { judge } from "../../policy/src/judge.ts";
import { podSecurity } from "../../policy/src/rules/podSecurity/index.ts";
import { chartSite } from "../../config/charts.ts";
import { parseConfig } from "../../config.ts";
import { type KubernetesObject, render, stackConfig } from "../support/rendered.ts";
import { Sandbox } from "../support/sandbox.ts";
import { filledIn, fromMirror, initNetwork, mirror } from "./site.ts";

/** A line that the pack wrote. */
interface Seen extends KubernetesObject {
  readonly type: string;
  readonly urn: string;
}

/** A chart as it was installed. */
interface Installed {
  readonly chart: string;
  readonly name: string;
  readonly namespace: string;
  readonly values?: object;
}

const chartType = "kubernetes:helm.sh/v4:Chart";

/** The charts of a stack with the values that the program gives them, by mocks: the engine shows a pack no components. */
async function installed(stack: "local" | "production", kind: "Chart" | "Release"): Promise<Installed[]> {
  const config = {
    ...stackConfig(stack),
    "paw:charts": JSON.stringify({ source: "mirror", mirror }),
    "paw:certManager": JSON.stringify({ install: "chart" }),
  };
  const objects = await render({ stack, config });
  const site = await chartSite(parseConfig(stack, config), true);
  const archiveOf = (release: string): string => {
    const chart = release === "prometheus" ? "kube-prometheus-stack" : release.replace(/-definitions$/, "");
    const archives: Record<string, string> = { ...(kind === "Chart" ? site?.archives : site?.definitions) };
    return fileURLToPath(new URL(`../../${archives[chart] ?? ""}`, import.meta.url));
  };
  return objects
    .filter((object) => object.apiVersion.startsWith("helm.sh") && object.kind === kind)
    .map(({ metadata, values }) => ({
      chart: archiveOf(metadata.name),
      name: metadata.name,
      namespace: metadata.namespace ?? "",
      values: values as object,
    }));
}

describe("every object of every chart is shown to a policy pack", () => {
  let sandbox: Sandbox;
  let kubernetesVersion: string;

  before(async function () {
    this.timeout(600_000);
    const helm = await execa("helm", ["version", "--short"], { reject: false });
    if (mirror === "" || helm.exitCode !== 0) {
      console.info("  not evaluated: PAW_CHARTS_MIRROR names no directory, or there is no helm on the PATH");
      return this.skip();
    }
    sandbox = await Sandbox.create();

    await sandbox.ok("npx", ["paw", "cluster", "up"]);
    await sandbox.ok("npx", initNetwork("production"));
  });

  after(async () => {
    await Sandbox.disposeAll();
  });

  /** What a pack is shown by the preview of a stack. */
  async function shown(stack: "local" | "production"): Promise<Seen[]> {
    const file = join(sandbox.folder, `seen-${stack}.jsonl`);
    writeFileSync(file, "");
    const change = stack === "local" ? fromMirror : filledIn;
    await sandbox.withChange(`Pulumi.${stack}.yaml`, change, async () => {
      await sandbox.loadEnvironment();
      const { stdout } = await sandbox.ok("kubectl", ["version", "-o", "json"]);
      kubernetesVersion = (JSON.parse(stdout) as { serverVersion: { gitVersion: string } }).serverVersion
        .gitVersion;
      const preview = ["preview", "--stack", stack, "--policy-pack", "test/support/seenPack"];
      await sandbox.ok("pulumi", preview, { PAW_SEEN: file });
    });
    return readFileSync(file, "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line) as Seen);
  }

  /** What Helm renders of a chart: no hooks, no tests, no definitions of the folder `crds`. */
  async function rendered({ chart, name, namespace, values }: Installed): Promise<KubernetesObject[]> {
    const file = join(sandbox.folder, `values-${name}.json`);
    writeFileSync(file, JSON.stringify(values ?? {}));
    const versions = ["--kube-version", kubernetesVersion, ...(await apiVersions())];
    const args = [
      "template",
      name,
      chart,
      "--namespace",
      namespace,
      "--values",
      file,
      "--no-hooks",
      "--skip-tests",
    ];
    const { stdout } = await execa("helm", [...args, ...versions], { cwd: sandbox.folder });
    return parseAllDocuments(stdout)
      .map((document) => document.toJS() as KubernetesObject | null)
      .filter((object) => object !== null);
  }

  /** What the cluster serves, and the definitions that are installed before the charts, as Helm's arguments. */
  async function apiVersions(): Promise<string[]> {
    const { stdout } = await sandbox.ok("kubectl", ["api-versions"]);
    return stdout.split("\n").flatMap((version) => ["--api-versions", version]);
  }

  for (const stack of ["local", "production"] as const) {
    it(`${stack}: as many as Helm renders of the same charts and values, and the same ones`, async () => {
      const all = await shown(stack);
      const charts = await installed(stack, "Chart");
      expect(charts).to.have.length(11);
      const children = all.filter(({ urn }) => urn.includes(`${chartType}$`)).map(identity);
      const wanted = (await Promise.all(charts.map(rendered)))
        .flatMap((objects, index) => objects.map((object) => withNamespace(object, charts[index])))
        .map(identity);
      console.info(`      ${stack}: ${children.length} objects of ${charts.length} charts`);
      expect(children.toSorted()).to.deep.equal(wanted.toSorted());
    }).timeout(300_000);
  }

  it("the releases that are allowed by name hold definitions alone, and break no rule", async () => {
    const releases = await installed("production", "Release");
    expect(releases.map(({ name }) => name)).to.have.members(
      definitionCharts.map((chart) => `${chart}-definitions`),
    );
    for (const release of releases) {
      const objects = await rendered(release);
      expect(objects.length, release.name).to.be.greaterThan(0);
      for (const object of objects) {
        expect(object.kind, release.name).to.equal("CustomResourceDefinition");
        expect(judge(object, podSecurity)).to.deep.equal([]);
      }
      // What a preview shows in their place.
      const previewed = (await definedKinds(release.chart)).filter(
        ({ group }) => !release.name.startsWith("linkerd-crds") || group.endsWith("linkerd.io"),
      );
      const names = previewed.map(({ kind, group, scope }) => `${kind}.${group} ${scope}`);
      const real = objects.map(({ spec }) => `${spec.names.kind}.${spec.group} ${spec.scope}`);
      expect(names, release.name).to.have.members(real);
    }
  }).timeout(300_000);
});

/** What tells one object from another. */
function identity({ apiVersion, kind, metadata }: KubernetesObject): string {
  return `${apiVersion} ${kind} ${metadata.namespace ?? ""}/${metadata.name}`;
}

/** The release's namespace where an object names none, unless its kind has none; a chart's child gets it likewise. */
function withNamespace(object: KubernetesObject, chart: Installed | undefined): KubernetesObject {
  const namespaced = object.metadata.namespace !== undefined || clusterKinds.has(object.kind);
  return namespaced
    ? object
    : { ...object, metadata: { ...object.metadata, namespace: chart?.namespace ?? "" } };
}

/** Kinds without a namespace that charts render. */
const clusterKinds = new Set([
  "APIService",
  "ClusterRole",
  "ClusterRoleBinding",
  "CustomResourceDefinition",
  "MutatingWebhookConfiguration",
  "ValidatingWebhookConfiguration",
]);
