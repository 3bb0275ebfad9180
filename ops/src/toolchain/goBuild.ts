/** The second way to make a tool: its Go module, pinned by the go.sum in toolchain/go. */
import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

import { projectRoot } from "../project.ts";
import { type GoOptions, go, requireGo } from "./go.ts";
import type { ModuleBuild } from "./types.ts";

/** Folder of the modules in the checkout. */
export const modulesFolder = join(projectRoot, "toolchain", "go");

/** Seconds between two signs of life of a build. */
const heartbeat = 10;

export interface GoBuildOptions extends Omit<GoOptions, "scratch"> {
  readonly modulesFolder?: string | undefined;
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
  options: GoBuildOptions,
): Promise<void> {
  await requireGo();
  const scratch = join(folder, "scratch");
  await mkdir(join(folder, "bin"), { recursive: true });
  await mkdir(scratch, { recursive: true });
  const begun = Date.now();
  const alive = setInterval(() => options.onHeartbeat?.((Date.now() - begun) / 1000), heartbeat * 1000);
  try {
    for (const module of modules) await build(module, folder, { ...options, scratch });
  } finally {
    clearInterval(alive);
    await rm(scratch, { recursive: true, force: true });
  }
}

async function build(
  module: ModuleBuild,
  folder: string,
  options: GoBuildOptions & GoOptions,
): Promise<void> {
  const from = options.modulesFolder ?? modulesFolder;
  const source = join(folder, "source");
  await cp(join(from, module.folder), source, { recursive: true });
  if (module.embed) await addEmbedded(source, module.embed, options);
  const packages = Object.entries(module.packages);
  const [only] = packages;
  const ending = process.platform === "win32" ? ".exe" : "";
  // With several packages Go names each binary after its package, which is the tool's name.
  const output =
    packages.length === 1 && only ? join(folder, "bin", `${only[0]}${ending}`) : `${join(folder, "bin")}/`;
  const tags = module.tags ? ["-tags", module.tags.join(",")] : [];
  const args = ["build", "-trimpath", ...tags, "-ldflags", `-s -w ${module.ldflags}`.trim(), "-o", output];
  await go(source, [...args, ...packages.map(([, path]) => path)], options);
  await rm(source, { recursive: true, force: true });
}

/** Takes a JSON file out of a module and puts it beside main.go, with its version set. */
async function addEmbedded(
  source: string,
  embed: NonNullable<ModuleBuild["embed"]>,
  options: GoOptions,
): Promise<void> {
  await go(source, ["mod", "download", embed.module], options);
  const directory = await go(source, ["list", "-m", "-f", "{{.Dir}}", embed.module], options);
  const original = JSON.parse(await readFile(join(directory, embed.path), "utf8")) as Record<string, unknown>;
  await writeFile(
    join(source, basename(embed.path)),
    JSON.stringify({ ...original, version: embed.version }),
  );
}
