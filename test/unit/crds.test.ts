import { ServiceMonitor } from "@kubernetes-models/prometheus-operator/monitoring.coreos.com/v1/ServiceMonitor";
import { expect } from "chai";

import { definitions } from "../../components/platform/crds.ts";
import { render } from "../support/rendered.ts";

describe("custom resource definitions", () => {
  it("B7: our ServiceMonitor is valid by the upstream type as well, not only by our closed definition", async () => {
    const monitors = (await render({ stack: "local" })).filter((object) => object.kind === "ServiceMonitor");
    expect(monitors).to.have.length(1);
    for (const monitor of monitors) {
      new ServiceMonitor(monitor as unknown as ConstructorParameters<typeof ServiceMonitor>[0]).validate();
    }
  });

  it("the upstream type refuses what it should, so that the test above can fail", () => {
    const wrong = { metadata: { name: "x" }, spec: { endpoints: [{ interval: 5 }], selector: {} } };
    expect(() => {
      new ServiceMonitor(wrong as unknown as ConstructorParameters<typeof ServiceMonitor>[0]).validate();
    }).to.throw();
  });

  it("there is one for every custom resource that a stack holds", async () => {
    const known = definitions().map((each) => (each.spec as { names: { kind: string } }).names.kind);
    const objects = await render({ stack: "local" });
    const custom = objects.filter((object) => object.apiVersion.split("/")[0]?.endsWith(".coreos.com"));
    expect(known).to.include.members(custom.map((object) => object.kind));
  });
});
