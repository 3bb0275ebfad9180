/** Tools that are on the machine already, asked for their version once and remembered until they change. */
import { readFileSync, realpathSync, statSync } from "node:fs";
import { mkdir, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join, sep } from "node:path";

import { execa } from "execa";
import semver from "semver";

import { tools as pins } from "../../../versions.ts";
import { isExecutable } from "../executable.ts";
import type { Group, Tool, ToolName } from "./types.ts";

/**
 * A group's tools on this machine, or why they will not do.
 *
 * @param cache folder of the toolchain: what lies there is ours, not the machine's own.
 */
export async function fromMachine(group: Group, cache: string): Promise<readonly Tool[] | string> {
  if (group.name === "kubernetes-provider") return providerPlugin(cache);
  if (!group.machine) return "not looked for";
  const found = group.tools.map((name) => ({ name, path: onPath(name, cache) }));
  const missing = found.filter((tool) => tool.path === undefined).map((tool) => tool.name);
  if (missing.length > 0) return `${missing.join(", ")} not on PATH`;
  const tools: Tool[] = [];
  const { minimum, versionArgs } = group.machine;
  for (const { name, path = "" } of found) {
    const args = versionArgs[name];
    // A tool that cannot be asked belongs to the one before it, whose installation it is part of.
    const version = args ? await versionOf({ path, args }, cache) : tools[0]?.version;
    tools.push({ name, version: version ?? "unknown", origin: "machine", path });
  }
  const [first] = tools;
  if (!first || !semver.valid(first.version)) return `${group.tools[0] ?? ""} does not say its version`;
  if (semver.lt(first.version, minimum)) return `${first.name} is ${first.version}, older than ${minimum}`;
  const others = tools.filter((tool) => tool.version !== first.version);
  if (others.length > 0)
    return `${others.map((tool) => `${tool.name} is ${tool.version}`).join(", ")}, not ${first.version}`;
  return tools;
}

/** The user's own copy of the provider; only the pinned version will do. */
function providerPlugin(cache: string): readonly Tool[] | string {
  const name = "pulumi-resource-kubernetes";
  const file = process.platform === "win32" ? `${name}.exe` : name;
  // Inside `paw env` PULUMI_HOME is ours, and holds no more than a link to what the cache has.
  const plugin = [process.env.PULUMI_HOME, join(homedir(), ".pulumi")]
    .filter((home): home is string => home !== undefined && home !== "")
    .map((home) => join(home, "plugins", `resource-kubernetes-v${pins.kubernetesProvider}`, file))
    .find((path) => !path.startsWith(`${cache}${sep}`) && isExecutable(path));
  if (plugin === undefined) return `no ${pins.kubernetesProvider} among the user's Pulumi plugins`;
  return [{ name, version: pins.kubernetesProvider, origin: "machine", path: plugin }];
}

function onPath(tool: ToolName, cache: string): string | undefined {
  const endings = process.platform === "win32" ? [".exe", ".cmd"] : [""];
  return (process.env.PATH ?? "")
    .split(delimiter)
    .filter((folder) => folder !== "" && !`${folder}${sep}`.startsWith(`${cache}${sep}`))
    .flatMap((folder) => endings.map((ending) => join(folder, `${tool}${ending}`)))
    .find(isExecutable);
}

/** What a tool says of its version; remembered by path, size and time of change, so that it is asked once. */
async function versionOf(
  { path, args }: { readonly path: string; readonly args: readonly string[] },
  cache: string,
): Promise<string | undefined> {
  const { size, mtimeMs } = statSync(realpathSync(path));
  const key = [path, size, mtimeMs, ...args].join(" ");
  const file = join(cache, "machine-versions.json");
  const known = readJson(file);
  if (key in known) return known[key] === "" ? undefined : known[key];
  const asked = await execa(path, args, { reject: false, timeout: 10_000, stdin: "ignore" });
  const version = semver.coerce(/\d+\.\d+\.\d+/.exec(asked.stdout)?.[0])?.version;
  await mkdir(dirname(file), { recursive: true });
  await writeFile(file, JSON.stringify({ ...readJson(file), [key]: version ?? "" }));
  return version;
}

function readJson(file: string): Record<string, string> {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as Record<string, string>;
  } catch {
    return {}; // not there, or cut short by a kill: asked again
  }
}
