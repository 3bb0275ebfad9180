/** The environment in which `pulumi` and `kubectl` work as typed on this checkout's local stacks. */
import { existsSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

import { execa } from "execa";

import { pulumiPlugins } from "../../versions.ts";
import { kubeconfigOf } from "./cluster/index.ts";
import { isExecutable } from "./executable.ts";
import { type StackName, pawFolder, previewCluster, projectRoot, stackNames } from "./project.ts";
import type { Toolchain } from "./toolchain/index.ts";

/** Folder of the file backend that holds the state of local stacks and of previews. */
export const stateFolder = join(pawFolder, "state");

/**
 * The variables, by name.
 *
 * @param cluster name of the cluster that `kubectl` and the `local` stack go to.
 * @param withCharts stacks whose charts can be had; the others are previewed without.
 */
export function environmentFor(
  toolchain: Toolchain,
  cluster: string,
  withCharts: readonly StackName[] = [],
): Record<string, string> {
  return {
    PATH: [toolchain.binDir, ...ownNode(), process.env.PATH ?? ""].join(delimiter),
    KUBECONFIG: kubeconfigs(cluster).join(delimiter),
    PULUMI_HOME: toolchain.pulumiHome,
    PULUMI_BACKEND_URL: backendUrl(stateFolder),
    // The state is written whole, and wholly or not at all: a backup of it would cost as much again.
    PULUMI_DIY_BACKEND_DISABLE_CHECKPOINT_BACKUPS: "true",
    // A twentieth of the size, in the history of runs as well.
    PULUMI_DIY_BACKEND_GZIP: "true",
    // A quarter of the engine's time went to its garbage collector, at a few hundred megabytes.
    GOGC: "400",
    // Nothing in the local state is secret (tests look), so the passphrase of its secrets provider is empty.
    PULUMI_CONFIG_PASSPHRASE: "",
    // "pulumi destroy" then runs the program too, whose check of the cluster stops it before anything is sent.
    PULUMI_RUN_PROGRAM: "true",
    PULUMI_SKIP_UPDATE_CHECK: "true",
    // Plugins come from the toolchain; a missing one is an error at once, not a download that times out.
    PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION: "true",
    // Half a second of each run is Node compiling what it compiled before.
    NODE_COMPILE_CACHE: join(pawFolder, "node"),
    PAW_OVERRIDES: JSON.stringify(overridesFor(withCharts, toolchain)),
  };
}

/** The file backend of a folder, without a file of attributes beside each state file, whose checksum costs more than writing it. */
export function backendUrl(folder: string): string {
  return `${pathToFileURL(folder).href}?metadata=skip`;
}

/** Whether the plugin of `@pulumi/kubernetes-cert-manager` is installed, which no package registry carries. */
export function hasCertManagerPlugin({ pulumiHome }: Pick<Toolchain, "pulumiHome">): boolean {
  return existsSync(
    join(
      pulumiHome,
      "plugins",
      `resource-kubernetes-cert-manager-v${pulumiPlugins["kubernetes-cert-manager"]}`,
    ),
  );
}

/** The local stack stays where it is; the others are previewed on the empty cluster, with what can be had here. */
function overridesFor(withCharts: readonly StackName[], toolchain: Toolchain): object {
  const elsewhere = {
    cluster: { context: previewCluster.context },
    ...(hasCertManagerPlugin(toolchain) ? {} : { certManager: { install: "chart" } }),
  };
  return Object.fromEntries(
    stackNames
      .filter((stack) => stack !== "local")
      .map((stack) => [
        stack,
        withCharts.includes(stack) ? elsewhere : { ...elsewhere, charts: { source: "crds" } },
      ]),
  );
}

/** The cluster's own kubeconfig, which names the current context, and that of the previews' cluster once it exists. */
function kubeconfigs(cluster: string): string[] {
  const files = [kubeconfigOf(cluster), kubeconfigOf(previewCluster.name)];
  return [...new Set(files)].filter((file, index) => index === 0 || existsSync(file));
}

/** The folder of the running Node, unless `node` on PATH is that one anyway. */
function ownNode(): string[] {
  const folders = (process.env.PATH ?? "").split(delimiter);
  const first = folders.find((folder) =>
    isExecutable(join(folder, process.platform === "win32" ? "node.exe" : "node")),
  );
  const own = dirname(process.execPath);
  return first === own ? [] : [own];
}

/** The file that holds a stack's state: compressed by {@link environmentFor}, plain by a pulumi without it. */
export function stateFileOf(stack: StackName, backend = stateFolder): string | undefined {
  const folder = join(backend, ".pulumi", "stacks", "paw");
  return [`${stack}.json.gz`, `${stack}.json`].map((file) => join(folder, file)).find(existsSync);
}

/** Makes the three stacks in a file backend where they are missing, so that each can be previewed as typed. */
export async function ensureStacks(
  environment: Readonly<Record<string, string>>,
  backend = stateFolder,
): Promise<void> {
  await mkdir(backend, { recursive: true, mode: 0o700 });
  const missing = stackNames.filter((stack) => stateFileOf(stack, backend) === undefined);
  for (const stack of missing) {
    await execa("pulumi", ["stack", "init", stack, "--non-interactive", "--no-select"], {
      cwd: projectRoot,
      env: environment,
    });
  }
}

export const shells = ["bash", "fish", "powershell"] as const;
export type Shell = (typeof shells)[number];

/** Lines that set the variables when a shell evaluates them. */
export function shellLines(variables: Readonly<Record<string, string>>, shell: Shell): string[] {
  const quoted = (text: string): string => {
    if (shell === "powershell") return `'${text.replaceAll("'", "''")}'`;
    if (shell === "fish") return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
    return `'${text.replaceAll("'", `'\\''`)}'`;
  };
  return Object.entries(variables).map(([name, value]) => {
    if (shell === "powershell") return `$env:${name} = ${quoted(value)}`;
    if (shell === "fish")
      return `set -gx ${name} ${name === "PATH" ? value.split(delimiter).map(quoted).join(" ") : quoted(value)};`;
    return `export ${name}=${quoted(value)}`;
  });
}

/** The shell that the user most likely sits at; `bash` syntax also serves zsh and sh. */
export function likelyShell(): Shell {
  if (process.platform === "win32") return "powershell";
  return process.env.SHELL?.endsWith("fish") === true ? "fish" : "bash";
}
