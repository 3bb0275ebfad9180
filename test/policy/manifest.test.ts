import { expect } from "chai";

import { UNKNOWN } from "../../policy/src/k8s/field.ts";
import { describe as nameOf } from "../../policy/src/k8s/manifest.ts";

describe("what messages and exceptions call an object", () => {
  const object = { apiVersion: "v1", kind: "Secret" };
  const release = { apiVersion: "helm.sh/v3", kind: "Release" };
  for (const [wanted, manifest] of [
    ["Secret shop/web", { ...object, metadata: { name: "web", namespace: "shop" } }],
    ["Secret web", { ...object, metadata: { name: "web" } }],
    ["Secret web-", { ...object, metadata: { generateName: "web-" } }],
    ["Secret (namespace not known)/(name not known)", { ...object, metadata: UNKNOWN }],
    ["Release monitoring/loki", { ...release, name: "loki", namespace: "monitoring" }],
    ["Release monitoring/loki", { ...release, metadata: { name: "loki", namespace: "monitoring" } }],
    ["Release (name not known)", { ...release, name: UNKNOWN }],
  ] as const) {
    it(wanted, () => {
      expect(nameOf(manifest)).to.equal(wanted);
    });
  }
});
