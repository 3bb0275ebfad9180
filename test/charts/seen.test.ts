/**
 * What a policy pack is shown of the official charts, held against what Helm itself renders of them.
 *
 * Needs `PAW_CHARTS_MIRROR` and Helm's own `helm` on the PATH; without them nothing here is evaluated.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import { execa } from "execa";

import { definitionCharts } from "../../components/platform/charts/definitions.ts";
import { definedKinds } from "../../components/platform/charts/kinds.ts";
import { judge } from "../../policy/src/judge.ts";
import { checklistRules, integrityRules } from "../../policy/src/rules/index.ts";
import type { KubernetesObject } from "../support/rendered.ts";
import { Sandbox } from "../support/sandbox.ts";
import { type Installed, installed, template } from "./rendered.ts";
import { filledIn, fromMirror, initNetwork, mirror } from "./site.ts";

/** A line that the pack wrote. */
interface Seen extends KubernetesObject {
  readonly type: string;
  readonly urn: string;
}

const chartType = "kubernetes:helm.sh/v4:Chart";

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

  async function rendered(chart: Installed): Promise<KubernetesObject[]> {
    return template(chart, ["--kube-version", kubernetesVersion, ...(await apiVersions())]);
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
      // policy-controller comes with the verification of images, which local has not.
      expect(charts).to.have.length(stack === "local" ? 11 : 12);
      const children = all.filter(({ urn }) => urn.includes(`${chartType}$`)).map(identity);
      const wanted = (await Promise.all(charts.map(rendered))).flat().map(identity);
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
        expect(judge(object, [...checklistRules, ...integrityRules])).to.deep.equal([]);
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
