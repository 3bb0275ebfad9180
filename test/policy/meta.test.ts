/** The rules about the gate itself: that it saw everything, and that what it forgives is still asked for. */
import { expect } from "chai";

import type { Exception } from "../../policy/src/exceptions.ts";
import { type Given, graphOf } from "../../policy/src/graph/graph.ts";
import type { GraphRule } from "../../policy/src/graph/rule.ts";
import { subjectOf } from "../../policy/src/judge.ts";
import { metaAbout, metaRules } from "../../policy/src/meta.ts";
import { type Rule, holds } from "../../policy/src/rule.ts";
import { pod } from "./fixtures.ts";

const about = {
  item: "integrity",
  description: "It is so.",
  severity: "low",
  levels: holds.everywhere,
  fix: "make it so.",
  url: "https://example.com",
  frameworks: [],
} as const;
/** A rule about single objects, which all Pods that share the node's network break. */
const own: Rule = {
  ...about,
  id: "own",
  judges: ({ kind }) => kind === "Pod",
  check: ({ spec }) =>
    (spec as { hostNetwork?: boolean }).hostNetwork === true
      ? [{ path: "spec", found: "a", wanted: "b" }]
      : [],
};
/** A rule about the whole, broken at each Secret; and one that needs charts. */
const whole: GraphRule = {
  ...about,
  id: "whole",
  check: (graph) => graph.ofKind("", "Secret").map((item) => ({ item, path: "", found: "a", wanted: "b" })),
};
const ofCharts: GraphRule = { ...about, id: "of-charts", needs: "charts", check: () => [] };

const given = (manifest: Given["manifest"], more: Partial<Given> = {}): Given => ({
  manifest,
  source: "s",
  ...more,
});
const object = (kind: string, name: string, labels = {}): Given =>
  given({ apiVersion: "v1", kind, metadata: { name, namespace: "shop", labels } });
const ofChart = object("ConfigMap", "made", { "helm.sh/chart": "c-1" });
const shared = given(pod({ "spec.hostNetwork": true }));

const exception = (name: string, rules: readonly string[], expires = "2026-12-01"): Exception => ({
  object: name,
  rules,
  expires,
  reason: "r",
  owner: "o",
  ticket: "t",
});

/** What the meta rules find, as `rule subject: found`. */
function found(objects: readonly Given[], exceptions: readonly Exception[] = [], minimum = 0): string[] {
  const pack = { objectRules: [own], graphRules: [whole, ofCharts], exceptions };
  const graph = graphOf(objects);
  return metaRules(pack, { minimum, today: "2026-12-01", stack: "production" }).flatMap((rule) =>
    rule.check(graph).map((finding) => `${rule.id} ${subjectOf(finding)}: ${finding.found}`),
  );
}

describe("the rules about the gate", () => {
  it("meta-evaluated: names the rules that had no chart to judge, and is quiet once there is one", () => {
    expect(found([object("Secret", "a")])).to.deep.equal([
      "meta-evaluated deployment: no object of a chart; not evaluated: of-charts",
    ]);
    expect(found([ofChart])).to.deep.equal([]);
  });

  it("meta-exemption: an exception that ended yesterday is one, whether it is used or not; today it still holds", () => {
    for (const objects of [[ofChart], [ofChart, shared]]) {
      expect(found(objects, [exception("Pod shop/web", ["own"], "2026-11-30")])).to.deep.equal([
        "meta-exemption deployment: the exception for Pod shop/web, which ended on 2026-11-30",
      ]);
    }
    expect(found([ofChart, shared], [exception("Pod shop/web", ["own"])])).to.deep.equal([]);
  });

  it("meta-exemption: one that is not for this stack is not asked for", () => {
    const elsewhere: Exception = { ...exception("Pod shop/web", ["own"]), stacks: ["local"] };
    expect(found([ofChart, given(pod())], [elsewhere])).to.deep.equal([]);
    expect(found([ofChart, given(pod())], [{ ...elsewhere, stacks: ["production"] }])).to.have.length(1);
  });

  it("meta-exemption: one whose object keeps the rule is named at the object, for each rule that it keeps", () => {
    expect(found([ofChart, given(pod())], [exception("Pod shop/web", ["own"])])).to.deep.equal([
      "meta-exemption Pod shop/web: the exception for Pod shop/web from own, which it keeps",
    ]);
    expect(found([ofChart, shared], [exception("Pod shop/web", ["own", "whole"])])).to.deep.equal([
      "meta-exemption Pod shop/web: the exception for Pod shop/web from whole, which it keeps",
    ]);
  });

  it("meta-exemption: one of a rule about the whole is used where the rule is broken at that object", () => {
    const secrets = [ofChart, object("Secret", "a")];
    expect(found(secrets, [exception("Secret shop/a", ["whole"])])).to.deep.equal([]);
    expect(
      found([ofChart, object("ConfigMap", "a")], [exception("ConfigMap shop/a", ["whole"])]),
    ).to.deep.equal([
      "meta-exemption ConfigMap shop/a: the exception for ConfigMap shop/a from whole, which it keeps",
    ]);
  });

  it("meta-exemption: nothing is said of an object that is not deployed, nor of a rule that is not evaluated", () => {
    expect(found([ofChart], [exception("Pod shop/other", ["own"])])).to.deep.equal([]);
    const bare = found([given(pod())], [exception("Pod shop/web", ["of-charts"])]);
    expect(bare.filter((text) => text.startsWith("meta-exemption"))).to.deep.equal([]);
  });

  it("meta-exemption: one for the deployment is idle where its charts are there and keep the rule", () => {
    const one = [exception("deployment", ["whole"])];
    expect(found([ofChart], one)).to.deep.equal([
      "meta-exemption deployment: the exception for deployment from whole, which it keeps",
    ]);
    expect(found([object("ConfigMap", "a")], one).join()).not.to.contain("meta-exemption");
  });

  it("meta-chart-rendered: a chart without a child is empty; one of a file, which has no children, is not judged", () => {
    const chart = { apiVersion: "helm.sh/v4", kind: "Chart" };
    const child = given({ apiVersion: "v1", kind: "Secret", metadata: { name: "x" } }, { parent: "urn:a" });
    const empty = "meta-chart-rendered Chart ";
    const of = (...objects: Given[]): string[] =>
      found([ofChart, ...objects]).filter((text) => text.startsWith(empty));
    expect(of(given(chart, { urn: "urn:a" }))).to.have.lengthOf(1);
    expect(of(given(chart, { urn: "urn:a" }), child)).to.deep.equal([]);
    expect(of(given(chart, { urn: "urn:b" }), child)).to.have.lengthOf(1);
    expect(of(given(chart))).to.deep.equal([]);
    const others = [
      given({ ...chart, kind: "Release" }, { urn: "urn:a" }),
      given({ ...chart, apiVersion: "example.com/v1" }, { urn: "urn:a" }),
    ];
    expect(found([ofChart, ...others])).to.deep.equal([]);
  });

  it("meta-coverage: as many workloads as asked for are enough, one less is not", () => {
    const two = [ofChart, given(pod()), given(pod({ "metadata.name": "other" }))];
    expect(found(two, [], 2)).to.deep.equal([]);
    expect(found(two, [], 3)).to.deep.equal(["meta-coverage deployment: 2 workloads"]);
  });

  it("have the data that documents and configs show", () => {
    const pack = { objectRules: [], graphRules: [], exceptions: [] };
    const ids = metaRules(pack, { minimum: 0, today: "2026-12-01", stack: "production" }).map(({ id }) => id);
    expect(ids).to.deep.equal(Object.values(metaAbout).map(({ id }) => id));
  });
});
