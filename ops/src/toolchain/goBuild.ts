/** The second way to make a tool: its Go module, pinned by the go.sum in toolchain/go. */
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

import { execa } from "execa";

import { projectRoot } from "../project.ts";
import type { ModuleBuild } from "./types.ts";

/** Folder of the modules in the checkout. */
export const modulesFolder = join(projectRoot, "toolchain", "go");

/** Seconds between two signs of life of a build. */
const heartbeat = 10;

export interface GoBuildOptions {
  readonly modulesFolder?: string;
  /** A sign of life, with seconds since the build began. */
  readonly onHeartbeat?: (seconds: number) => void;
}

/**
 * Builds modules into `<folder>/bin`, from copies, so that the checkout stays as it is.
 *
 * @throws Error with the end of Go's own output when a build fails, or when there is no Go.
 */
export async function fromModules(
  { modules, folder }: { readonly modules: readonly ModuleBuild[]; readonly folder: string },
  options: GoBuildOptions = {},
): Promise<void> {
  await requireGo();
  await mkdir(join(folder, "bin"), { recursive: true });
  const begun = Date.now();
  const alive = setInterval(() => options.onHeartbeat?.((Date.now() - begun) / 1000), heartbeat * 1000);
  try {
    for (const module of modules) await build(module, folder, options.modulesFolder ?? modulesFolder);
  } finally {
    clearInterval(alive);
  }
}

async function requireGo(): Promise<void> {
  const version = await execa("go", ["version"], { reject: false });
  if (version.exitCode === undefined) throw new Error("there is no Go on PATH");
  if (version.exitCode !== 0) throw new Error(`"go version" fails: ${version.stderr}`);
}

async function build(module: ModuleBuild, folder: string, from: string): Promise<void> {
  const source = join(folder, "source");
  await cp(join(from, module.folder), source, { recursive: true });
  if (module.embed) await addEmbedded(source, module.embed);
  const packages = Object.entries(module.packages);
  const [only] = packages;
  // With several packages Go names each binary after its package, which is the tool's name.
  const output = packages.length === 1 && only ? join(folder, "bin", only[0]) : `${join(folder, "bin")}/`;
  const args = ["build", "-trimpath", "-ldflags", `-s -w ${module.ldflags}`.trim(), "-o", output];
  await go(source, [...args, ...packages.map(([, path]) => path)]);
  await rm(source, { recursive: true, force: true });
}

/** Takes a JSON file out of a module and puts it beside main.go, with its version set. */
async function addEmbedded(source: string, embed: NonNullable<ModuleBuild["embed"]>): Promise<void> {
  await go(source, ["mod", "download", embed.module]);
  const { stdout } = await go(source, ["list", "-m", "-f", "{{.Dir}}", embed.module]);
  const original = JSON.parse(await readFile(join(stdout, embed.path), "utf8")) as Record<string, unknown>;
  await writeFile(
    join(source, basename(embed.path)),
    JSON.stringify({ ...original, version: embed.version }),
  );
}

async function go(cwd: string, args: readonly string[]): Promise<{ stdout: string }> {
  const result = await execa("go", args, {
    cwd,
    // go.sum pins every module, so nothing has to be looked up, and nothing else may be taken.
    env: { CGO_ENABLED: "0", GOFLAGS: "-mod=readonly", GOWORK: "off" },
    reject: false,
  });
  if (result.exitCode !== 0) {
    throw new Error(`go ${args[0] ?? ""} failed: ${result.stderr.split("\n").slice(-4).join(" | ")}`);
  }
  return { stdout: result.stdout };
}
