/** The deployment on one page: read the configuration, refuse what is unsafe, build the layers, export the outputs. */
import * as pulumi from "@pulumi/pulumi";

import { BizraApp } from "./components/bizra/app.ts";
import { bizraDemands } from "./components/bizra/demands.ts";
import { BizraMonitoring } from "./components/bizra/monitoring.ts";
import { pawDemands } from "./components/chain/demands.ts";
import { namespaces } from "./components/names.ts";
import {
  Cluster,
  RefusedError,
  inspectCluster,
  recordedClusterUid,
  refusals,
} from "./components/platform/cluster.ts";
import { CustomResourceDefinitions } from "./components/platform/crds.ts";
import { ChainStorage } from "./components/platform/storage.ts";
import { WorkloadNamespace } from "./components/platform/workloadNamespace.ts";
import { type PawConfig, readConfig } from "./config.ts";

export default async function main(): Promise<Record<string, unknown>> {
  try {
    return await deploy();
  } catch (error) {
    throw printable(error);
  }
}

async function deploy(): Promise<Record<string, unknown>> {
  const config = readConfig();
  const facts = await inspectCluster(config.cluster.context);
  await refuseIfUnsafe(config, facts);

  const cluster = new Cluster("cluster", { facts, protect: config.environment !== "local" });
  const onCluster = { providers: [cluster.provider] };
  const crds = config.charts.source === "crds" ? [new CustomResourceDefinitions("crds", {}, onCluster)] : [];

  new ChainStorage("chain-storage", config.storage, onCluster);
  const shared = {
    namespaces: { paw: namespaces.paw, bizra: config.bizra.namespace },
    access: config.access,
    allowNodePorts: config.environment === "local",
    protect: config.environment === "production",
  };
  const pawNamespace = new WorkloadNamespace(
    "paw",
    { ...shared, part: "paw", demands: pawDemands(config.chain, config.resources) },
    onCluster,
  );
  const bizraNamespace = new WorkloadNamespace(
    "bizra",
    {
      ...shared,
      part: "bizra",
      labels: { environment: config.bizra.nodeEnv, project: "bizra-node" },
      demands: bizraDemands(config.bizra.maxReplicas),
    },
    onCluster,
  );

  const app = new BizraApp("bizra-apex", config.bizra, { ...onCluster, dependsOn: bizraNamespace });
  new BizraMonitoring(
    "bizra-monitoring",
    { namespace: config.bizra.namespace },
    { ...onCluster, dependsOn: [bizraNamespace, ...crds] },
  );

  return {
    cluster: { context: facts.context, uid: facts.uid, embedded: facts.embedded },
    namespaces: [pawNamespace.namespaceName, bizraNamespace.namespaceName],
    bizraHost: app.host,
    overrides: config.overrides,
    simulated: facts.embedded ? ["nodes", "pods", "volumes"] : [],
  };
}

/** Stops the run before anything is registered, with every reason at once; what is merely worth knowing is a warning. */
async function refuseIfUnsafe(
  config: PawConfig,
  facts: Awaited<ReturnType<typeof inspectCluster>>,
): Promise<void> {
  const { overrides, placeholders } = config;
  const preview = pulumi.runtime.isDryRun();
  const recordedUid = await recordedClusterUid();
  const reasons = refusals({ cluster: facts, recordedUid, preview, overrides, placeholders });
  if (reasons.length > 0)
    throw new RefusedError(`refused, nothing was sent:\n${reasons.map((r) => `- ${r}`).join("\n")}`);

  if (overrides.length > 0) await pulumi.log.warn(`PAW_OVERRIDES is in force: ${overrides.join("; ")}`);
  if (placeholders.length > 0) {
    await pulumi.log.warn(`${placeholders.join(", ")} holds a placeholder: "pulumi up" will refuse it`);
  }
  if (facts.embedded) {
    await pulumi.log.info(
      `cluster "${facts.context}" is embedded: its nodes, pods and volumes are simulated`,
    );
  }
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
