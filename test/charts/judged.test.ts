/**
 * A29: what the official charts hold, judged by every rule about single objects, as Helm renders it and the program
 * changes it. Without `PAW_CHARTS_MIRROR` and Helm's own `helm` on the PATH nothing here is evaluated.
 */
import { expect } from "chai";
import { execa } from "execa";

import { definedKinds } from "../../components/platform/charts/kinds.ts";
import { bounded, withoutTokens } from "../../components/platform/transforms.ts";
import { type Judged, assess } from "../../policy/src/assess.ts";
import { isBlocking } from "../../policy/src/judge.ts";
import { readExceptions } from "../../policy/src/exceptions.ts";
import { allRules } from "../../policy/src/packs.ts";
import { checklistRules, integrityRules } from "../../policy/src/rules/index.ts";
import { type KubernetesObject, render } from "../support/rendered.ts";
import { chartConfig, installed, template } from "./rendered.ts";
import { mirror } from "./site.ts";

const ids = new Set([...checklistRules, ...integrityRules].map(({ id }) => id));
const today = "2026-11-24";
/** The newest version that all parts of the platform support (versions.ts). */
const kubernetes = ["--kube-version", "1.35.0"];

/** How the program changes an object of a chart; those of a Helm release it cannot change. */
function changed(object: KubernetesObject): KubernetesObject {
  const type = `kubernetes:${object.apiVersion === "v1" ? "core/v1" : object.apiVersion}:${object.kind}`;
  return bounded(type, withoutTokens(type, object)) as unknown as KubernetesObject;
}

/** All objects of a stack's charts. */
async function chartObjects(stack: "local" | "production"): Promise<KubernetesObject[]> {
  const definitions = await installed(stack, "Release");
  const kinds = (await Promise.all(definitions.map(({ chart }) => definedKinds(chart)))).flat();
  const served = kinds.flatMap(({ group, kind, versions }) =>
    versions.flatMap((version) => [`${group}/${version}`, `${group}/${version}/${kind}`]),
  );
  const versions = [...kubernetes, ...served.flatMap((version) => ["--api-versions", version])];
  const charts = await installed(stack, "Chart");
  const rendered = await Promise.all(
    charts.map(async (chart) => {
      const objects = await template(chart, versions);
      expect(objects.length, chart.name).to.be.greaterThan(0);
      // cert-manager comes as a release where its package installs it.
      return chart.name === "cert-manager" ? objects : objects.map(changed);
    }),
  );
  return [...(await Promise.all(definitions.map((each) => template(each, versions)))), ...rendered].flat();
}

const inWords = ({ rule, subject, path, found }: Judged): string =>
  `${rule.id}: ${subject} ${path}: ${found}`;

describe("every object of every chart keeps the rules about single objects", () => {
  const used = new Set<string>();

  before(async function () {
    const helm = await execa("helm", ["version", "--short"], { reject: false });
    if (mirror !== "" && helm.exitCode === 0) return;
    console.info("  not evaluated: PAW_CHARTS_MIRROR names no directory, or there is no helm on the PATH");
    this.skip();
  });

  for (const stack of ["local", "production"] as const) {
    it(`${stack}: at its levels, but for the exceptions`, async () => {
      const own = await render({ stack, config: chartConfig(stack) });
      const objects = [...own, ...(await chartObjects(stack))];
      const given = objects.map((manifest) => ({ manifest, source: stack }));
      const findings = assess(given, { stack, minimum: 0, today }).findings.filter(({ rule }) =>
        ids.has(rule.id),
      );
      const advice = findings.filter(
        ({ level, exception }) => level === "advisory" && exception === undefined,
      );
      console.info(`      ${stack}: ${objects.length} objects, ${advice.length} findings that only warn`);
      expect(findings.filter(isBlocking).map(inWords)).to.deep.equal([]);
      const open = findings.filter(({ notEvaluated }) => notEvaluated === true);
      expect(new Set(open.map(({ rule }) => rule.id))).to.deep.equal(new Set(["img-lock"]));
      for (const { exception, rule } of findings) {
        if (exception !== undefined) used.add(`${exception.object} ${rule.id}`);
      }
    }).timeout(120_000);
  }

  it("no exception from these rules is there that nobody needs", () => {
    const exceptions = readExceptions(allRules.map(({ id }) => id));
    const given = exceptions.flatMap(({ object, rules }) =>
      rules.filter((rule) => ids.has(rule)).map((rule) => `${object} ${rule}`),
    );
    expect(given.filter((each) => !used.has(each))).to.deep.equal([]);
  });
});
