import { expect } from "chai";

import { certManagerValues, trustManagerValues } from "../../../components/platform/certManager/values.ts";
import { externalSecretsValues } from "../../../components/platform/externalSecrets/values.ts";
import { controlPlaneValues, vizValues } from "../../../components/platform/linkerd/values.ts";
import { lokiValues } from "../../../components/platform/monitoring/lokiValues.ts";
import { alloyValues, prometheusStackValues } from "../../../components/platform/monitoring/values.ts";
import { platformNamespaces } from "../../../components/platform/namespaces.ts";
import { rolloutsValues } from "../../../components/platform/rollouts/values.ts";
import type { ChartValues, PlatformSite } from "../../../components/platform/site.ts";
import { devVaultValues, raftVaultValues } from "../../../components/platform/vault/values.ts";
import { alertingValues } from "../../../config/alerting.ts";
import { parseConfig } from "../../../config.ts";
import { stackConfig } from "../../support/rendered.ts";

/** Follows a dotted path into plain data. */
function at(values: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], values);
}

/** Values of the monitoring chart, with the alerting of the stack file. */
function monitoringOf(stack: string): ChartValues {
  return prometheusStackValues(siteOf(stack), alertingValues(parseConfig(stack, stackConfig(stack))));
}

function siteOf(stack: string): PlatformSite {
  const { resources, platform } = parseConfig(stack, stackConfig(stack));
  const retention = { metrics: platform.metricsRetention, logs: platform.logsRetention };
  return { highlyAvailable: stack !== "local", nodePorts: stack === "local", sizes: resources, retention };
}

const seal = { type: "awskms", options: { region: "eu-central-1", kms_key_id: "alias/vault" } } as const;
const store = { endpoint: "https://s3.example.com", region: "eu-central-1", bucket: "logs" };
const stacks = ["local", "staging", "production"] as const;
const weighing = { route: "gateway", gatewayPlugin: "registry.example.com/plugin:v1" } as const;

describe("values of the platform's charts", () => {
  /** Spec A16: CPU, memory and disk of the parts; staging is half of production, in whole CPUs. */
  const sizes = {
    local: {
      prometheus: ["500m", "1Gi", "10Gi"],
      grafana: ["200m", "512Mi", "1Gi"],
      vault: ["200m", "256Mi", "1Gi"],
    },
    staging: { prometheus: ["1", "2Gi", "50Gi"], grafana: ["1", "512Mi", "5Gi"], vault: ["1", "1Gi", "5Gi"] },
    production: {
      prometheus: ["2", "4Gi", "100Gi"],
      grafana: ["500m", "1Gi", "10Gi"],
      vault: ["1", "2Gi", "10Gi"],
    },
  };
  for (const stack of stacks) {
    it(`A16: sizes of ${stack}, requests equal to limits`, () => {
      const site = siteOf(stack);
      const stackValues = monitoringOf(stack);
      const vault = stack === "local" ? devVaultValues(site) : raftVaultValues(site, seal);
      const found = {
        prometheus: at(stackValues, "prometheus.prometheusSpec.resources"),
        grafana: at(stackValues, "grafana.resources"),
        vault: at(vault, "server.resources"),
      };
      for (const part of ["prometheus", "grafana", "vault"] as const) {
        const [cpu, memory] = sizes[stack][part];
        for (const kind of ["requests", "limits"])
          expect(at(found[part], kind), part).to.include({ cpu, memory });
      }
      const claim =
        "prometheus.prometheusSpec.storageSpec.volumeClaimTemplate.spec.resources.requests.storage";
      expect(at(stackValues, claim)).to.equal(sizes[stack].prometheus[2]);
      expect(at(stackValues, "grafana.persistence.size")).to.equal(sizes[stack].grafana[2]);
      if (stack !== "local") expect(at(vault, "server.dataStorage.size")).to.equal(sizes[stack].vault[2]);
    });
  }

  it("A7: scraped every 15 s, kept for 15 days, from every namespace", () => {
    const spec = at(monitoringOf("production"), "prometheus.prometheusSpec") as ChartValues;
    expect(spec).to.include({
      scrapeInterval: "15s",
      retention: "15d",
      serviceMonitorSelectorNilUsesHelmValues: false,
    });
  });

  it("A7: every part that shows metrics is asked for them", () => {
    const site = siteOf("production");
    const monitors: readonly (readonly [string, unknown, string])[] = [
      ["cert-manager", certManagerValues(site), "prometheus.servicemonitor.enabled"],
      ["trust-manager", trustManagerValues(site), "app.metrics.service.servicemonitor.enabled"],
      ["Linkerd and its proxies", controlPlaneValues(site), "podMonitor.enabled"],
      ["Vault", raftVaultValues(site, seal), "serverTelemetry.serviceMonitor.enabled"],
      ["External Secrets", externalSecretsValues(site), "serviceMonitor.enabled"],
      ["Argo Rollouts", rolloutsValues(site, weighing), "controller.metrics.serviceMonitor.enabled"],
      ["Loki", lokiValues(site, store), "monitoring.serviceMonitor.enabled"],
      ["Alloy", alloyValues(site, ""), "serviceMonitor.enabled"],
    ];
    for (const [part, values, path] of monitors) expect(at(values, path), part).to.equal(true);
  });

  it("A9: logs are kept for 7 days", () => {
    expect(at(lokiValues(siteOf("local"), undefined), "loki.limits_config.retention_period")).to.equal(
      "168h",
    );
  });

  it("A15: fixed ports in local, none anywhere else", () => {
    const ports = (stack: string): unknown[] => {
      const values = monitoringOf(stack);
      return ["grafana", "prometheus", "alertmanager"].map((part) => at(values, `${part}.service.nodePort`));
    };
    expect(ports("local")).to.deep.equal([31030, 31009, 31093]);
    expect(ports("staging")).to.deep.equal([undefined, undefined, undefined]);
    expect(ports("production")).to.deep.equal([undefined, undefined, undefined]);
  });

  it("A4: Vault is in memory in local, and has raft, TLS, an audit volume and a seal elsewhere", () => {
    expect(at(devVaultValues(siteOf("local")), "server.dev.enabled")).to.equal(true);
    const values = raftVaultValues(siteOf("production"), seal);
    expect(at(values, "global.tlsDisable")).to.equal(false);
    expect(at(values, "server.ha.replicas")).to.equal(3);
    expect(at(values, "server.auditStorage.enabled")).to.equal(true);
    const config = JSON.parse(at(values, "server.ha.raft.config") as string) as Record<string, unknown>;
    expect(config.seal).to.deep.equal({ awskms: seal.options });
    expect(config.disable_mlock).to.equal(true);
    expect(at(config, "storage.raft.retry_join")).to.have.length(3);
  });

  it("nothing is drawn at rendering: Linkerd's webhooks, its heartbeat and Grafana's password", () => {
    const control = controlPlaneValues(siteOf("production"));
    const views = vizValues(siteOf("production"));
    for (const [values, key] of [
      [control, "proxyInjector"],
      [control, "profileValidator"],
      [control, "policyValidator"],
      [views, "tap"],
      [views, "tapInjector"],
    ] as const) {
      expect(at(values, `${key}.externalSecret`), key).to.equal(true);
      expect(at(values, `${key}.injectCaFrom`), key).to.match(/^linkerd(-viz)?\/[a-z0-9-]+$/);
    }
    expect(control.disableHeartBeat).to.equal(true);
    expect(at(control, "identity.externalCA")).to.equal(true);
    expect(at(monitoringOf("local"), "grafana.admin.existingSecret")).to.be.a("string");
  });

  it("one of everything in local; what survives the loss of a node elsewhere", () => {
    const replicas = (stack: string): unknown[] => {
      const site = siteOf(stack);
      const logs = lokiValues(site, site.highlyAvailable ? store : undefined);
      return [
        at(certManagerValues(site), "webhook.replicaCount"),
        at(trustManagerValues(site), "replicaCount"),
        at(controlPlaneValues(site), "controllerReplicas"),
        at(externalSecretsValues(site), "webhook.replicaCount"),
        at(monitoringOf(stack), "prometheus.prometheusSpec.replicas"),
        at(monitoringOf(stack), "alertmanager.alertmanagerSpec.replicas"),
        at(alloyValues(site, ""), "controller.replicas"),
        at(rolloutsValues(site, weighing), "controller.replicas"),
        at(logs, "singleBinary.replicas"),
      ];
    };
    expect(replicas("local")).to.deep.equal([1, 1, 1, 1, 1, 1, 1, 1, 1]);
    for (const stack of ["staging", "production"]) {
      for (const count of replicas(stack)) expect(count, stack).to.be.at.least(2);
    }
  });

  it("B9: Argo Rollouts weighs what a canary of ours has, and may touch nothing else", () => {
    const routers = (route: "gateway" | "istio" | undefined): string[] => {
      const values = rolloutsValues(siteOf("production"), { ...weighing, route });
      const providers = at(values, "providerRBAC.providers") as Record<string, boolean>;
      return Object.keys(providers).filter((name) => providers[name]);
    };
    expect(routers("gateway")).to.deep.equal(["gatewayAPI"]);
    expect(routers("istio")).to.deep.equal(["istio"]);
    expect(routers(undefined)).to.deep.equal([]);
  });

  it("B9: the plugin for the Gateway API comes out of an image, without the internet, and only where it is needed", () => {
    const controller = (route: "gateway" | "istio"): Record<string, unknown> =>
      at(rolloutsValues(siteOf("production"), { ...weighing, route }), "controller") as Record<
        string,
        unknown
      >;
    const { initContainers, trafficRouterPlugins, volumes, volumeMounts } = controller("gateway");
    const [init] = initContainers as [
      { image: string; command: string[]; volumeMounts: { name: string; mountPath: string }[] },
    ];
    expect(init.image).to.equal("registry.example.com/plugin:v1");
    const [plugin] = trafficRouterPlugins as [{ name: string; location: string }];
    expect(plugin.name).to.equal("argoproj-labs/gatewayAPI");
    // Where the init container puts it is where the controller takes it from.
    expect(plugin.location).to.equal(`file://${init.command.at(-1) ?? ""}`);
    const [mount] = volumeMounts as [{ name: string; mountPath: string }];
    expect(mount).to.include(init.volumeMounts[0]);
    expect(plugin.location.startsWith(`file://${mount.mountPath}/`)).to.equal(true);
    expect((volumes as { name: string }[]).map(({ name }) => name)).to.deep.equal([mount.name]);
    expect(controller("istio")).not.to.have.any.keys("initContainers", "trafficRouterPlugins", "volumes");
  });

  it("A2: the only privileged namespaces are those of node agents, each with its reason", () => {
    const privileged = platformNamespaces.filter((each) => each.privileged !== undefined);
    expect(privileged.map((each) => each.namespace)).to.have.members(["linkerd-cni", "monitoring-agents"]);
    for (const each of privileged) expect(each.privileged).to.match(/node/);
  });
});
