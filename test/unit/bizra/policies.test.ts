/** B9: the canary keeps every rule about the whole deployment, without an exception. */
import { expect } from "chai";

import { graphOf } from "../../../policy/src/graph/graph.ts";
import { checklistGraph, integrityGraph } from "../../../policy/src/graph/rules/index.ts";
import { judgeGraph, subjectOf } from "../../../policy/src/judge.ts";
import { type KubernetesObject, render, stackConfig } from "../../support/rendered.ts";

const rules = [...checklistGraph, ...integrityGraph];
/** What the program leaves to controllers; the end-to-end tests see that it does. */
const left = ["Deployment", "Rollout"];

/** Findings about bizra, as `rule object`. */
function found(objects: readonly KubernetesObject[]): string[] {
  const given = objects.map((object) => ({
    manifest: object,
    source: object.kind,
    ignored: left.includes(object.kind) ? ["spec.replicas"] : [],
  }));
  return judgeGraph(graphOf(given), rules)
    .verdicts.filter((verdict) => verdict.item?.namespace === "bizra")
    .map((verdict) => `${verdict.rule.id} ${subjectOf(verdict)}`);
}

async function production(route: "gateway" | "istio"): Promise<KubernetesObject[]> {
  const config = stackConfig("production");
  const bizra = { ...(JSON.parse(config["paw:bizra"] ?? "{}") as object), canary: { route } };
  return render({ stack: "production", config: { ...config, "paw:bizra": JSON.stringify(bizra) } });
}

describe("B9, A29: rules about the whole deployment, and the canary", () => {
  for (const [route, kind, name] of [
    ["gateway", "HTTPRoute", "bizra-apex-canary-ws-all"],
    ["istio", "VirtualService", "bizra-apex"],
  ] as const) {
    it(`${route}: find nothing; and what is taken away is missed`, async () => {
      const objects = await production(route);
      expect(found(objects)).to.deep.equal([]);
      const without = (gone: (object: KubernetesObject) => boolean): string[] =>
        found(objects.filter((object) => !(object.metadata.namespace === "bizra" && gone(object))));
      const rollout = "Rollout bizra/bizra-apex-canary";
      expect(without((each) => each.kind === kind && each.metadata.name === name)).to.include(
        `canary-wired ${rollout}`,
      );
      expect(without((each) => each.metadata.name === "bizra-apex-canary-crashes")).to.include(
        `canary-wired ${rollout}`,
      );
      expect(without((each) => each.kind === "Rollout")).to.include(
        "hpa-target HorizontalPodAutoscaler bizra/bizra-apex",
      );
    }).timeout(60_000);
  }
});
