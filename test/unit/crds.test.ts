import { PrometheusRule } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/PrometheusRule";
import { ServiceMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor";
import { expect } from "chai";

import { reservationDefinition } from "../../components/chain/reservations.ts";
import { definitions } from "../../components/platform/crds.ts";
import { render } from "../support/rendered.ts";

describe("custom resource definitions", () => {
  it("A7, B7: our ServiceMonitors are valid by the upstream type as well, not only by our closed definition", async () => {
    const monitors = (await render({ stack: "local" })).filter((object) => object.kind === "ServiceMonitor");
    expect(monitors.map(({ metadata }) => metadata.name)).to.have.members([
      "bizra-rust",
      "paw-api",
      "paw-full-node",
      "paw-sentry",
      "paw-validator",
    ]);
    for (const monitor of monitors) {
      new ServiceMonitor(monitor as unknown as ConstructorParameters<typeof ServiceMonitor>[0]).validate();
    }
  });

  it("A7, B12: our PrometheusRules are valid by the upstream type as well", async () => {
    for (const [stack, names] of [
      ["local", ["paw", "bizra"]],
      ["production", ["paw", "bizra", "platform"]],
    ] as const) {
      const rules = (await render({ stack })).filter((object) => object.kind === "PrometheusRule");
      expect(rules.map(({ metadata }) => metadata.name)).to.have.members([...names]);
      for (const rule of rules) {
        new PrometheusRule(rule as unknown as ConstructorParameters<typeof PrometheusRule>[0]).validate();
      }
    }
  });

  it("the upstream type refuses what it should, so that the test above can fail", () => {
    const wrong = { metadata: { name: "x" }, spec: { endpoints: [{ interval: 5 }], selector: {} } };
    expect(() => {
      new ServiceMonitor(wrong as unknown as ConstructorParameters<typeof ServiceMonitor>[0]).validate();
    }).to.throw();
    const rule = {
      metadata: { name: "x" },
      spec: { groups: [{ name: "x", rules: [{ alert: "X", for: "soon", expr: "up" }] }] },
    };
    expect(() => {
      new PrometheusRule(rule).validate();
    }).to.throw();
  });

  for (const stack of ["local", "staging", "production"]) {
    it(`there is one for every custom resource of ${stack} without charts`, async () => {
      const all = [...definitions(), ...definitions("canary/"), reservationDefinition()];
      const known = all.map((each) => (each.spec as { names: { kind: string } }).names.kind);
      const overrides = JSON.stringify({ [stack]: { charts: { source: "crds" } } });
      const custom = (await render({ stack, overrides })).filter(({ apiVersion }) =>
        /^[^/]*\.(coreos\.com|io|network)\//.test(apiVersion.replace(/^[a-z.]+\.k8s\.io\//, "")),
      );
      expect(custom.length).to.be.greaterThan(4);
      expect(known).to.include.members(custom.map((object) => object.kind));
    });
  }
});
