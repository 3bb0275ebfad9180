import { stacksWithCharts } from "../charts/available.ts";
import { clusterList, clusterUp, defaultCluster } from "../cluster/index.ts";
import {
  type Shell,
  environmentFor,
  ensureStacks,
  hasCertManagerPlugin,
  shellLines,
} from "../environment.ts";
import { pulumiPlugins } from "../../../versions.ts";
import { type StackName, previewCluster } from "../project.ts";
import type { Toolchain } from "../toolchain/index.ts";
import { openSession } from "./session.ts";

/**
 * `paw env`: prints the variables for a shell to evaluate; everything else goes to stderr. Starts the empty cluster on
 * which `staging` and `production` are previewed, where it does not run.
 */
export async function env(options: { readonly shell: Shell; readonly name?: string }): Promise<void> {
  const { toolchain, environment, withCharts } = await prepared(options.name ?? defaultCluster);
  process.stderr.write(
    `PAW_OVERRIDES is set: staging and production are previewed on the empty cluster "${previewCluster.name}".\n`,
  );
  if (withCharts.length > 0 && !hasCertManagerPlugin(toolchain)) {
    process.stderr.write(
      "cert-manager is previewed by its chart: the plugin of its package is not installed. Where there is a network: " +
        `pulumi plugin install resource kubernetes-cert-manager ${pulumiPlugins["kubernetes-cert-manager"]}\n`,
    );
  }
  process.stdout.write(`${shellLines(environment, options.shell).join("\n")}\n`);
}

/** The environment of a preview: that of the shell where it was set up for Pulumi, else what `paw env` would print. */
export async function previewEnvironment(): Promise<Record<string, string>> {
  if (process.env.PULUMI_BACKEND_URL !== undefined) return {};
  return (await prepared(defaultCluster)).environment;
}

/** Tools, the empty cluster, and the stacks of the local backend; then the variables that lead to them. */
async function prepared(name: string): Promise<{
  toolchain: Toolchain;
  environment: Record<string, string>;
  withCharts: readonly StackName[];
}> {
  const { toolchain, progress } = await openSession();
  await clusterUp({ name: previewCluster.name, kind: "embedded" }, toolchain, progress.note);
  const withCharts = await stacksWithCharts();
  const environment = environmentFor(toolchain, name, withCharts);
  await ensureStacks({ ...process.env, ...environment } as Record<string, string>);
  const cluster = (await clusterList(toolchain)).find((candidate) => candidate.name === name);
  if (cluster?.state !== "running") {
    process.stderr.write(`The cluster "${name}" is not running: start it with npx paw cluster up\n`);
  }
  return { toolchain, environment, withCharts };
}
