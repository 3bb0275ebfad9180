/** Where made tools are kept: one folder per group and pins, whole or not there at all. */
import { createHash, randomUUID } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import {
  chmod,
  copyFile,
  mkdir,
  readFile,
  readdir,
  readlink,
  rename,
  rm,
  symlink,
  writeFile,
} from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { tools as pins } from "../../../versions.ts";
import { endProcesses, findProcesses } from "../processes.ts";
import { projectRoot } from "../project.ts";
import { modulesFolder as ownModules } from "./goBuild.ts";
import type { Group, Origin, Platform, Tool, ToolName, Toolchain } from "./types.ts";

interface Manifest {
  readonly origin: Origin;
  readonly version: string;
  /** ISO 8601, UTC. */
  readonly madeAt: string;
  /** File name in `bin` and SHA-256 of each tool. */
  readonly tools: Readonly<Partial<Record<ToolName, { readonly file: string; readonly sha256: string }>>>;
}

const analyzerScript = join(projectRoot, "toolchain", "pulumi-analyzer-policy.sh");

/** Name of a group's folder. Changes with the version, the platform, the release's files and the Go module's pins. */
export async function entryName({
  group,
  platform,
  modulesFolder = ownModules,
}: {
  readonly group: Group;
  readonly platform: Platform;
  readonly modulesFolder?: string;
}): Promise<string> {
  const hash = createHash("sha256");
  hash.update(JSON.stringify([platform, group.version, group.release(platform), group.modules]));
  for (const { folder } of group.modules) {
    const files = (await readdir(join(modulesFolder, folder)))
      .filter((file) => /\.(mod|sum|go)$/.test(file))
      .sort();
    for (const file of files) hash.update(await readFile(join(modulesFolder, folder, file)));
  }
  if (group.tools.includes("pulumi-analyzer-policy")) hash.update(await readFile(analyzerScript));
  return `${group.name}-${group.version}-${hash.digest("hex").slice(0, 8)}`;
}

/** The tools of a whole entry; nothing when there is none, or when somebody took a tool out of it. */
export async function read(entry: string, group: Group): Promise<readonly Tool[] | undefined> {
  let manifest: Manifest;
  try {
    manifest = JSON.parse(await readFile(join(entry, "manifest.json"), "utf8")) as Manifest;
  } catch {
    return undefined;
  }
  const tools = group.tools.map((name) => ({
    name,
    version: manifest.version,
    origin: manifest.origin,
    path: join(entry, "bin", manifest.tools[name]?.file ?? name),
  }));
  return tools.every((tool) => existsSync(tool.path)) ? tools : undefined;
}

/**
 * Makes an entry under another name and renames it when it is whole. Must run under the group's lock: what lies there
 * under another name belongs to a run that was killed, and is removed.
 */
export async function publish(
  entry: string,
  { group, way }: { readonly group: Group; readonly way: Origin },
  work: (draft: string) => Promise<void>,
): Promise<void> {
  const parent = dirname(entry);
  // The dot ends the name: "kubernetes" must not take away a draft of "kubernetes-provider", made by a living process.
  const prefix = `.draft-${group.name}.`;
  await mkdir(parent, { recursive: true });
  for (const left of (await readdir(parent)).filter((name) => name.startsWith(prefix))) {
    // A killed run's Go may still be at work on it.
    await endProcesses(() => findProcesses(join(parent, left)), 0);
    await rm(join(parent, left), { recursive: true, force: true });
  }
  const draft = join(parent, `${prefix}${randomUUID()}`);
  await mkdir(draft);
  try {
    await work(draft);
    if (group.tools.includes("pulumi-analyzer-policy") && way === "module") {
      await copyFile(analyzerScript, join(draft, "bin", "pulumi-analyzer-policy"));
      await chmod(join(draft, "bin", "pulumi-analyzer-policy"), 0o755);
    }
    await writeFile(
      join(draft, "manifest.json"),
      JSON.stringify(await describe(draft, { group, way }), null, 2),
    );
    await rm(entry, { recursive: true, force: true });
    await rename(draft, entry);
  } finally {
    await rm(draft, { recursive: true, force: true });
  }
}

async function describe(
  draft: string,
  { group, way }: { readonly group: Group; readonly way: Origin },
): Promise<Manifest> {
  const files = await readdir(join(draft, "bin"));
  const tools: Record<string, { file: string; sha256: string }> = {};
  for (const name of group.tools) {
    const file = files.find((each) => each.replace(/\.(exe|cmd)$/, "") === name);
    if (file === undefined) throw new Error(`${name} did not come out of the ${way} way`);
    tools[name] = { file, sha256: await hashOf(join(draft, "bin", file)) };
  }
  return { origin: way, version: group.version, madeAt: new Date().toISOString(), tools };
}

async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer);
  return hash.digest("hex");
}

/** One folder for PATH and a home for Pulumi, both with links to where the tools really are. */
export async function assemble(folder: string, list: readonly Tool[]): Promise<Toolchain> {
  const tools = Object.fromEntries(list.map((tool) => [tool.name, tool])) as Record<ToolName, Tool>;
  const key = createHash("sha256").update(JSON.stringify(list)).digest("hex").slice(0, 8);
  const binDir = join(folder, `bin-${key}`);
  const pulumiHome = join(folder, "pulumi-home");
  const provider = tools["pulumi-resource-kubernetes"] as Tool | undefined;
  const onPath = list.filter((tool) => tool !== provider);
  await linkAll(
    binDir,
    onPath.map((tool) => tool.path),
  );
  if (provider) {
    // Pulumi warns of a provider on PATH, so this one stands only where plugins are looked for.
    await linkAll(join(pulumiHome, "plugins", `resource-kubernetes-v${pins.kubernetesProvider}`), [
      provider.path,
    ]);
  }
  return { tools, binDir, pulumiHome };
}

/** Links files into a folder, each by an atomic rename; on Windows, where links need rights, copies. */
async function linkAll(folder: string, targets: readonly string[]): Promise<void> {
  await mkdir(folder, { recursive: true });
  const there = new Set(await readdir(folder));
  for (const target of targets) {
    const link = join(folder, basename(target));
    if (there.has(basename(target)) && (await pointsTo(link, target))) continue;
    const draft = `${link}.${randomUUID()}`;
    if (process.platform === "win32") await copyFile(target, draft);
    else await symlink(target, draft);
    await rename(draft, link);
  }
}

async function pointsTo(link: string, target: string): Promise<boolean> {
  if (process.platform === "win32") return true;
  return (await readlink(link).catch(() => "")) === target;
}
