import { clusterList, clusterUp, defaultCluster } from "../cluster/index.ts";
import { type Shell, environmentFor, ensureStacks, shellLines } from "../environment.ts";
import { previewCluster } from "../project.ts";
import { openSession } from "./session.ts";

/**
 * `paw env`: prints the variables for a shell to evaluate; everything else goes to stderr. Starts the empty cluster on
 * which `staging` and `production` are previewed, where it does not run.
 */
export async function env(options: { readonly shell: Shell; readonly name?: string }): Promise<void> {
  const { toolchain, progress } = await openSession();
  const name = options.name ?? defaultCluster;
  await clusterUp({ name: previewCluster.name, kind: "embedded" }, toolchain, progress.note);
  const environment = environmentFor(toolchain, name);
  await ensureStacks({ ...process.env, ...environment } as Record<string, string>);
  const cluster = (await clusterList(toolchain)).find((candidate) => candidate.name === name);
  if (cluster?.state !== "running") {
    process.stderr.write(`The cluster "${name}" is not running: start it with npx paw cluster up\n`);
  }
  process.stderr.write(
    `PAW_OVERRIDES is set: staging and production are previewed on the empty cluster "${previewCluster.name}", without the platform's charts.\n`,
  );
  process.stdout.write(`${shellLines(environment, options.shell).join("\n")}\n`);
}
