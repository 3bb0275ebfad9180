/** The deployment on one page: read the configuration, refuse what is unsafe, build the layers, export the outputs. */
import type { KubeConfig } from "@kubernetes/client-node";
import * as pulumi from "@pulumi/pulumi";

import { BizraApp } from "./components/bizra/app.ts";
import { BizraCanary } from "./components/bizra/canary.ts";
import { bizraDemands } from "./components/bizra/demands.ts";
import { BizraMonitoring } from "./components/bizra/monitoring.ts";
import { PawChain } from "./components/chain/chain.ts";
import { pawDemands } from "./components/chain/demands.ts";
import { type ChainFacts, inspectChain } from "./components/chain/facts.ts";
import { oneFieldManager } from "./components/fieldManager.ts";
import { Mesh } from "./components/mesh/mesh.ts";
import { Admission } from "./components/platform/admission/admission.ts";
import type { ChartSite } from "./components/platform/charts/installer.ts";
import {
  Cluster,
  type ClusterFacts,
  RefusedError,
  bindingOutput,
  connect,
  inspectCluster,
  recordedBinding,
  refusals,
} from "./components/platform/cluster.ts";
import { CustomResourceDefinitions } from "./components/platform/crds.ts";
import { Observability } from "./components/platform/monitoring/observability.ts";
import { Platform } from "./components/platform/platform.ts";
import { simulatedWithoutImage } from "./components/platform/simulatedPods.ts";
import { smallRequests } from "./components/platform/smallRequests.ts";
import { ChainStorage } from "./components/platform/storage.ts";
import { WorkloadNamespace } from "./components/platform/workloadNamespace.ts";
import type { Flow } from "./components/security/flows.ts";
import { admissionArgs } from "./config/admission.ts";
import { bizraArgs, canaryArgs, simulatedBizra } from "./config/bizra.ts";
import { chainArgs, chainQuestion } from "./config/chain.ts";
import { flowsOf } from "./config/flows.ts";
import { observabilityArgs } from "./config/observability.ts";
import { partNamespaces, platformArgs, verifiesImages } from "./config/platform.ts";
import { type PawConfig, readConfig } from "./config.ts";

export default async function main(): Promise<Record<string, unknown>> {
  // Pulumi maps stack traces back to TypeScript. Node runs this program as it is.
  Reflect.deleteProperty(Error, "prepareStackTrace");
  // Pulumi takes one for each resource, and would keep it in the state, with the paths of this machine.
  Reflect.set(pulumi.Resource, "stackTrace", () => []);
  try {
    return await deploy();
  } catch (error) {
    throw printable(error);
  }
}

async function deploy(): Promise<Record<string, unknown>> {
  const config = readConfig();
  const kubeconfig = connect(config.cluster.context);
  const cluster = await inspectCluster(kubeconfig);
  const chain = await inspectChain(chainQuestion(config, kubeconfig));
  await refuseIfUnsafe(config, cluster, chain);
  const charts = await chartsOf(config, cluster.embedded, kubeconfig);

  const binding = new Cluster("cluster", {
    facts: cluster,
    chartSource: config.charts.source,
    protect: config.environment !== "local",
  });
  const onCluster = {
    providers: [binding.provider],
    transforms: [
      oneFieldManager(pulumi.getStack()),
      ...smallRequests(config.resources.requestScale),
      ...simulatedWithoutImage(cluster.liveImages),
    ],
  };
  const flows = flowsOf(config);
  const canary = canaryArgs(config);
  const platform = charts && new Platform("platform", platformArgs(config, charts, flows), onCluster);
  if (platform && config.vault.configure) {
    const { VaultConfig } = await import("./components/platform/vault/config.ts");
    const protect = config.environment === "production";
    new VaultConfig("vault-config", { protect }, { dependsOn: platform });
  }
  const admission = await admissionArgs(config);
  if (admission) new Admission("admission", admission, onCluster);
  const crds = platform
    ? platform.ready
    : [new CustomResourceDefinitions("crds", { canary: canary !== undefined }, onCluster)];

  const storage = new ChainStorage("chain-storage", config.storage, onCluster);
  const { pawNamespace, bizraNamespace } = workloadNamespaces(config, flows, onCluster);
  if (platform) {
    const after = { ...onCluster, dependsOn: [pawNamespace, bizraNamespace, ...platform.ready] };
    const routedElsewhere = canary?.route === "gateway" ? (["bizra"] as const) : [];
    new Mesh("mesh", { namespaces: partNamespaces(config), flows, routedElsewhere }, after);
  }

  const args = chainArgs(config, chain);
  new PawChain("paw-chain", args, {
    ...onCluster,
    dependsOn: [pawNamespace, storage, ...crds],
  });
  const app = new BizraApp("bizra-apex", bizraArgs(config), {
    ...onCluster,
    dependsOn: [bizraNamespace, ...(platform?.ready ?? [])],
  });
  if (canary) new BizraCanary("bizra-canary", canary, { ...onCluster, dependsOn: [app, ...crds] });
  new BizraMonitoring(
    "bizra-monitoring",
    { namespace: config.bizra.namespace },
    { ...onCluster, dependsOn: [bizraNamespace, ...crds] },
  );
  new Observability("observability", await observabilityArgs(config), {
    ...onCluster,
    dependsOn: [pawNamespace, bizraNamespace, ...(platform ? [platform.monitoring] : crds)],
  });

  return {
    cluster: { context: cluster.context, uid: cluster.uid, embedded: cluster.embedded },
    [bindingOutput]: binding.binding,
    namespaces: [pawNamespace.namespaceName, bizraNamespace.namespaceName],
    chainId: chain.network.chainId,
    bizraHost: app.host,
    overrides: config.overrides,
    keptByDestroy: args.chain.keepVolumes ? keptByDestroy : [],
    simulated: [...(cluster.embedded ? simulated(config) : []), ...simulatedBizra(config)],
  };
}

/** The archives of the charts; the code that fetches them is loaded only where there are any, since it costs a second. */
async function chartsOf(
  config: PawConfig,
  embedded: boolean,
  kubeconfig: KubeConfig,
): Promise<ChartSite | undefined> {
  if (config.charts.source === "crds") return undefined;
  const { chartSite, missingKinds } = await import("./config/charts.ts");
  const site = await chartSite(config, embedded);
  const preview = pulumi.runtime.isDryRun();
  return site && { ...site, missing: preview ? await missingKinds(site, kubeconfig) : [] };
}

/** What stays when the stack goes; an output, so that `pulumi destroy` prints it. */
const keptByDestroy = [
  "volumes of chain data: PersistentVolumes of class paw-chain, whose reclaim policy is Retain",
  "reservations of consensus keys: ConsensusKeyReservations and their definition, so that no key signs twice",
];

/** What an embedded cluster only pretends. */
function simulated({ charts }: PawConfig): string[] {
  const ofCharts = ["webhooks of charts: passed over", "conditions of custom resources: not waited for"];
  return ["nodes", "pods", "volumes", ...(charts.source === "crds" ? [] : ofCharts)];
}

/** Where both systems live: a namespace each, with quota, limits, roles and network policies. */
function workloadNamespaces(
  config: PawConfig,
  flows: readonly Flow[],
  onCluster: pulumi.ComponentResourceOptions,
): Record<"pawNamespace" | "bizraNamespace", WorkloadNamespace> {
  const shared = {
    namespaces: partNamespaces(config),
    flows,
    meshed: config.charts.source !== "crds",
    verified: verifiesImages(config),
    access: config.access,
    allowNodePorts: config.environment === "local",
    protect: config.environment === "production",
  };
  const most = {
    ...config.chain,
    fullNodes: config.chain.maxFullNodes,
    api: config.api.maxReplicas,
    backups: 1,
  };
  const pawNamespace = new WorkloadNamespace(
    "paw",
    { ...shared, part: "paw", demands: pawDemands(most, config.resources) },
    onCluster,
  );
  const bizraNamespace = new WorkloadNamespace(
    "bizra",
    {
      ...shared,
      part: "bizra",
      labels: { environment: config.bizra.nodeEnv, project: "bizra-node" },
      rollouts: config.bizra.canary !== undefined,
      demands: bizraDemands(config.bizra.maxReplicas),
    },
    onCluster,
  );
  return { pawNamespace, bizraNamespace };
}

/** Stops the run before anything is registered, with every reason at once; what is merely worth knowing is a warning. */
async function refuseIfUnsafe(config: PawConfig, facts: ClusterFacts, chain: ChainFacts): Promise<void> {
  const { overrides, placeholders } = config;
  const preview = pulumi.runtime.isDryRun();
  const recorded = await recordedBinding();
  const noNetwork =
    chain.missing && config.chain.network === "cluster"
      ? [
          `there is no network yet: make its keys and its genesis with "npx paw validators init --count ${config.chain.validators}"`,
        ]
      : [];
  const reasons = [
    ...refusals({ cluster: facts, recorded, charts: config.charts, preview, overrides, placeholders }),
    ...chain.refusals,
    ...(preview ? [] : noNetwork),
  ];
  if (reasons.length > 0)
    throw new RefusedError(`refused, nothing was sent:\n${reasons.map((r) => `- ${r}`).join("\n")}`);

  if (overrides.length > 0) await pulumi.log.warn(`PAW_OVERRIDES is in force: ${overrides.join("; ")}`);
  if (placeholders.length > 0) {
    await pulumi.log.warn(
      `${placeholders.join(", ")}: ${placeholders.length === 1 ? "a placeholder" : "placeholders"}, which "pulumi up" will refuse`,
    );
  }
  for (const warning of [...config.warnings, ...noNetwork]) await pulumi.log.warn(warning);
  if (facts.embedded) {
    await pulumi.log.info(
      `cluster "${facts.context}" is embedded: its nodes, pods and volumes are simulated`,
    );
  }
  if (facts.liveImages) {
    await pulumi.log.info(
      `cluster "${facts.context}" is live: pods run, but those without an image there are simulated, and NetworkPolicies are not enforced`,
    );
  }
  for (const line of simulatedBizra(config)) await pulumi.log.info(`simulated: ${line}`);
}

/**
 * Pulumi prints errors with Node's inspect(), which does not end on a frame of a file right below node_modules/@scope
 * (seen with Node 22.23), and Pulumi's source maps make such frames of its own: half a minute and a gigabyte for a
 * message. Those frames say nothing about this program, so they go.
 */
function printable(error: unknown): unknown {
  if (error instanceof Error && error.stack !== undefined) {
    const frames = error.stack
      .split("\n")
      .filter((line) => !/node_modules[\\/]@[^\\/]+[\\/][^\\/]+$/.test(line));
    error.stack = frames.join("\n");
  }
  return error;
}
