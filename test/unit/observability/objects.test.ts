import { expect } from "chai";
import { parse } from "yaml";

import { ruleFile } from "../../../observability/alerts/index.ts";
import { siteOf } from "../../support/observability.ts";
import { type KubernetesObject, render } from "../../support/rendered.ts";

const ofKind = (objects: readonly KubernetesObject[], kind: string): KubernetesObject[] =>
  objects.filter((object) => object.kind === kind);
const dashboardsOf = (objects: readonly KubernetesObject[]): KubernetesObject[] =>
  ofKind(objects, "ConfigMap").filter(({ metadata }) => metadata.labels?.grafana_dashboard === "1");

describe("objects of rules and dashboards", () => {
  for (const stack of ["local", "production"]) {
    it(`${stack}: the PrometheusRules hold what the plain file holds, each group beside what it is about`, async () => {
      const rules = ofKind(await render({ stack }), "PrometheusRule");
      const file = parse(ruleFile(siteOf(stack))) as { groups: { name: string }[] };
      const groups = rules.flatMap(({ spec }) => spec.groups as { name: string }[]);
      const byName = (all: readonly { name: string }[]): object[] =>
        [...all].sort((a, b) => (a.name < b.name ? -1 : 1));
      expect(byName(groups)).to.deep.equal(byName(file.groups));
      const homes = Object.fromEntries(rules.map(({ metadata }) => [metadata.name, metadata.namespace]));
      expect(homes.paw).to.equal("paw");
      expect(homes.bizra).to.equal(stack === "local" ? "testnet" : "bizra");
    });
  }

  it("A8: dashboards are ConfigMaps that Grafana's sidecar takes, with a folder, where charts are installed", async () => {
    expect(dashboardsOf(await render({ stack: "local" }))).to.deep.equal([]);
    const objects = await render({ stack: "production" });
    const found = dashboardsOf(objects);
    expect(found).to.have.length(7);
    const chart = objects.find(({ kind, metadata }) => kind === "Chart" && metadata.name === "prometheus");
    expect(chart?.values.grafana.sidecar.dashboards).to.deep.equal({
      enabled: true,
      resource: "configmap",
      folderAnnotation: "grafana_folder",
      provider: { foldersFromFilesStructure: true },
    });
    for (const { metadata, data } of found) {
      expect(metadata.namespace).to.equal("monitoring");
      expect(metadata.annotations?.grafana_folder).to.match(/^(PAW|bizra)$/);
      const [[file, text] = ["", ""]] = Object.entries(data as Record<string, string>);
      const dashboard = JSON.parse(text) as { uid: string };
      expect(file).to.equal(`${dashboard.uid}.json`);
      // The state holds it twice, and is written whole at every step.
      expect(text.length, file).to.be.lessThan(20_000).and.to.equal(JSON.stringify(dashboard).length);
    }
  });

  it("Vault's servers are all watched, sealed ones too; labels of what is watched are kept", async () => {
    const objects = await render({ stack: "production" });
    const values = (name: string): KubernetesObject["values"] =>
      objects.find(({ apiVersion, metadata }) => apiVersion.includes("helm") && metadata.name === name)
        ?.values;
    expect(values("vault").serverTelemetry.serviceMonitor.matchLabels).to.deep.equal({
      "vault-internal": "true",
    });
    expect(values("external-secrets").serviceMonitor.honorLabels).to.equal(true);
    const issuing = objects.find(
      ({ apiVersion, kind }) => kind === "CertManager" || apiVersion.includes("cert-manager:"),
    );
    expect(
      JSON.stringify(issuing ?? objects.filter(({ metadata }) => metadata.name === "cert-manager")),
    ).to.match(/"honorLabels":true/);
  });
});
