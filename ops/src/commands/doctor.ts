import { statfs } from "node:fs/promises";
import { freemem, totalmem } from "node:os";

import { CoreV1Api, VersionApi } from "@kubernetes/client-node";
import pc from "picocolors";
import semver from "semver";

import { bizraDemands } from "../../../components/bizra/demands.ts";
import { pawDemands } from "../../../components/chain/demands.ts";
import { embeddedMarker, liveMarker } from "../../../components/names.ts";
import { type Demand, totals } from "../../../components/platform/capacity.ts";
import { formatBytes, formatCpu, toMilli } from "../../../components/quantity.ts";
import { ConfigError, type PawConfig } from "../../../config.ts";
import { kubernetesRange } from "../../../versions.ts";
import { checkTool, externalTools, type ExternalToolName } from "../cluster/tools.ts";
import { UserError, firstLine } from "../errors.ts";
import { projectRoot, type StackName } from "../project.ts";
import { readKubeconfig } from "../running/kubeconfig.ts";
import { readStack } from "../stackFile.ts";
import { table } from "../table.ts";
import { inspectToolchain } from "../toolchain/index.ts";

const gibibyte = 1024 ** 3;
/**
 * Free memory, and free disk, below which a run is likely to fail. Measured: cluster, preview and policies take 1.5 GiB of
 * memory together; building all tools from empty Go caches takes 13 GiB of disk.
 */
const needed = { memory: 3 * gibibyte, disk: 2 * gibibyte, diskForBuilds: 14 * gibibyte };

type Verdict = "ok" | "warning" | "failed" | "not evaluated";
interface Check {
  readonly check: string;
  readonly verdict: Verdict;
  readonly found: string;
  /** What to do; empty where nothing is wrong. */
  readonly hint: string;
}

/** `paw doctor`: looks at everything that `up` will need, before it does anything. Exits with 1 when a check fails. */
export async function doctor(options: { readonly stack: StackName; readonly json: boolean }): Promise<void> {
  const config = configOrFaults(options.stack);
  const tools = await toolchainCheck();
  const checks = [
    nodeCheck(),
    memoryCheck(),
    await diskCheck(tools.verdict !== "ok"),
    tools,
    ...(config instanceof ConfigError ? [configFailure(options.stack, config)] : []),
    ...(await clusterChecks(options.stack, config instanceof ConfigError ? undefined : config)),
    ...(await optionalTools()),
  ];
  if (checks.some((check) => check.verdict === "failed")) process.exitCode = 1;
  if (options.json) {
    process.stdout.write(`${JSON.stringify(checks, null, 2)}\n`);
    return;
  }
  const rows = checks.map(({ check, verdict, found }) => [verdict, check, found]);
  process.stdout.write(table([["VERDICT", "CHECK", "FOUND"], ...rows]));
  for (const { check, hint } of checks.filter((each) => each.hint !== "")) {
    process.stdout.write(`${pc.bold(check)}: ${hint}\n`);
  }
}

function nodeCheck(): Check {
  return { check: "Node", verdict: "ok", found: process.versions.node, hint: "" };
}

function memoryCheck(): Check {
  const enough = freemem() >= needed.memory;
  return {
    check: "memory",
    verdict: enough ? "ok" : "warning",
    found: `${(freemem() / gibibyte).toFixed(1)} GiB free of ${(totalmem() / gibibyte).toFixed(1)}`,
    hint: enough ? "" : "the embedded cluster and a preview want about 3 GiB",
  };
}

async function diskCheck(toolsMissing: boolean): Promise<Check> {
  const { bavail, bsize } = await statfs(projectRoot);
  const free = bavail * bsize;
  const enough = free >= (toolsMissing ? needed.diskForBuilds : needed.disk);
  return {
    check: "disk",
    verdict: enough ? "ok" : "warning",
    found: `${(free / gibibyte).toFixed(1)} GiB free`,
    hint: enough ? "" : "tools that have to be built take up to 14 GiB, most of it Go's own caches",
  };
}

async function toolchainCheck(): Promise<Check> {
  const tools = await inspectToolchain();
  const missing = tools.filter((tool) => tool.path === undefined).map((tool) => tool.name);
  const found = missing.length === 0 ? `all ${tools.length} tools` : `missing: ${missing.join(", ")}`;
  const hint =
    missing.length === 0
      ? ""
      : '"npx paw up" downloads or builds them (seconds to 25 minutes, once per user)';
  return { check: "toolchain", verdict: missing.length === 0 ? "ok" : "warning", found, hint };
}

function configOrFaults(stack: StackName): PawConfig | ConfigError {
  try {
    return readStack(stack);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

function configFailure(stack: string, error: ConfigError): Check {
  return {
    check: `Pulumi.${stack}.yaml`,
    verdict: "failed",
    found: `${error.faults.length} fault(s)`,
    hint: error.message,
  };
}

/** Version and capacity of the stack's cluster. */
async function clusterChecks(stack: StackName, config: PawConfig | undefined): Promise<Check[]> {
  if (!config) return [];
  const { context } = config.cluster;
  const missing = (found: string): Check[] => [
    {
      check: `cluster ${context}`,
      verdict: stack === "local" ? "not evaluated" : "failed",
      found,
      hint:
        stack === "local"
          ? '"npx paw up" starts it'
          : `give the kubeconfig a context "${context}" that answers`,
    },
  ];
  try {
    const kubeconfig = readKubeconfig(stack);
    if (!kubeconfig.getContexts().some((each) => each.name === context)) return missing("no such context");
    kubeconfig.setCurrentContext(context);
    const core = kubeconfig.makeApiClient(CoreV1Api);
    const [{ gitVersion }, nodes, markers] = await Promise.all([
      kubeconfig.makeApiClient(VersionApi).getCode(),
      core.listNode(),
      core.listNamespacedConfigMap({ namespace: "kube-system" }),
    ]);
    const allocatable = nodes.items.map((node) => node.status?.allocatable ?? {});
    const marks = markers.items.map(({ metadata }) => metadata?.name);
    const own = ownClusters.find(({ marker }) => marks.includes(marker))?.words;
    return [versionCheck(gitVersion, own), capacityCheck(allocatable, config)];
  } catch (error) {
    return missing(error instanceof UserError ? firstLine(error) : `does not answer: ${firstLine(error)}`);
  }
}

/** Clusters of this project's own, which may be newer than what real ones have to be. */
const ownClusters = [
  { marker: embeddedMarker, words: "embedded: nodes, pods and volumes simulated" },
  { marker: liveMarker, words: "live: pods run, beside simulated nodes for those without an image" },
];

/** @param own what kind of cluster of ours it is; nothing for any other. */
function versionCheck(gitVersion: string, own: string | undefined): Check {
  const version = semver.coerce(gitVersion)?.version ?? "0.0.0";
  const inRange = semver.satisfies(version, kubernetesRange);
  if (own !== undefined) {
    return {
      check: "Kubernetes",
      verdict: "ok",
      found: `${gitVersion} (${own})`,
      hint: "",
    };
  }
  return {
    check: "Kubernetes",
    verdict: inRange ? "ok" : "warning",
    found: gitVersion,
    hint: inRange ? "" : `Linkerd and others support ${kubernetesRange}`,
  };
}

function capacityCheck(nodes: readonly Record<string, string>[], config: PawConfig): Check {
  const demands: Demand[] = [
    ...pawDemands({ ...config.chain, api: config.api.replicas, backups: 1 }, config.resources),
    ...bizraDemands(config.bizra.replicas),
  ];
  const want = totals(demands);
  const sum = (resource: string): bigint =>
    nodes.reduce((all, node) => all + toMilli(node[resource] ?? "0"), 0n);
  const have = { cpu: sum("cpu"), memory: sum("memory") };
  const enough = have.cpu >= want.cpu && have.memory >= want.memory;
  return {
    check: "capacity",
    verdict: enough ? "ok" : "failed",
    found: `${formatCpu(have.cpu)} CPUs, ${formatBytes(have.memory)} on ${nodes.length} nodes; wanted ${formatCpu(want.cpu)}, ${formatBytes(want.memory)}`,
    hint: enough ? "" : "add nodes, or lower paw:chain and paw:resources",
  };
}

/** Tools that only other kinds of cluster need, or single commands. */
async function optionalTools(): Promise<Check[]> {
  const checks = await Promise.all((Object.keys(externalTools) as ExternalToolName[]).map(checkTool));
  return checks.map(({ tool, minimum, found, problem }) => ({
    check: `${tool} (only for ${externalTools[tool].purpose})`,
    verdict: problem === undefined ? "ok" : "not evaluated",
    found: found ?? problem ?? "",
    hint: problem === undefined || found === undefined ? "" : `${minimum} or newer is needed`,
  }));
}
