/**
 * The tools that the program needs outside npm: found on the machine, downloaded, or built, in this order and without
 * questions. Cached per user, keyed by the pins; safe to interrupt and to run twice at once.
 */
import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { interruptible } from "../interrupt.ts";
import { cacheDir } from "../paths.ts";
import { type LockOwner, withLock } from "../lock.ts";
import { projectRoot } from "../project.ts";
import * as cache from "./cache.ts";
import { fromModules } from "./goBuild.ts";
import { groups as allGroups } from "./groups.ts";
import { fromMachine } from "./machine.ts";
import { Reachability } from "../../../components/reachability.ts";
import { HashError, type ReleaseOptions, fromRelease, releaseUrls } from "./release.ts";
import {
  type Attempt,
  type Group,
  type Origin,
  type Platform,
  type Report,
  type Tool,
  type ToolName,
  type Toolchain,
  ToolchainError,
  toolNames,
} from "./types.ts";

export { plainReporter } from "./reporter.ts";
export { ToolchainError } from "./types.ts";
export type { Tool, Toolchain } from "./types.ts";

export interface ToolchainOptions {
  readonly report?: Report;
  /** Folder of the cache; {@link cacheDir} where it is not given. */
  readonly cacheDir?: string;
  /** Ways that may be tried; all three, or what `PAW_TOOLCHAIN_WAYS` lists (comma-separated). */
  readonly ways?: readonly Origin[];
  readonly groups?: readonly Group[];
  /** Ends the making of tools; SIGINT, SIGTERM and SIGHUP do so, too. */
  readonly signal?: AbortSignal;
  /** For tests: see {@link ReleaseOptions.mapUrl}. */
  readonly mapUrl?: (url: string) => string;
  /** For tests: milliseconds that a transfer may stall. */
  readonly patience?: number;
  /** For tests: where the Go modules are. */
  readonly modulesFolder?: string;
}

interface Context {
  readonly options: ToolchainOptions;
  readonly folder: string;
  readonly platform: Platform;
  readonly report: Report;
  readonly ways: readonly Origin[];
  readonly reachability: Reachability;
  readonly release: ReleaseOptions;
  readonly signal?: AbortSignal;
}

/**
 * Finds or makes every tool.
 *
 * @throws ToolchainError naming, for each group that failed, every way that was tried and what was found; UserError when
 * it was interrupted.
 */
export async function ensureToolchain(options: ToolchainOptions = {}): Promise<Toolchain> {
  const context = await contextFor(options);
  return interruptible({ what: "the tools were being made", outer: options.signal }, (signal) =>
    ensure({ ...context, signal }),
  );
}

async function ensure(context: Context): Promise<Toolchain> {
  const { options } = context;
  const groups = options.groups ?? allGroups;
  const tools: Tool[] = [];
  const failed: Attempt[] = [];
  for (const [index, group] of groups.entries()) {
    const ready = await look(group, context);
    if (ready) {
      tools.push(...ready);
      continue;
    }
    const next = groups[index + 1]?.name;
    context.report({
      kind: "start",
      group: group.name,
      index: index + 1,
      total: groups.length,
      ...(next ? { next } : {}),
    });
    const made = await make(group, context);
    if (made.tools) tools.push(...made.tools);
    else failed.push(...made.attempts);
  }
  if (failed.length > 0) throw new ToolchainError(failed);
  return cache.assemble(context.folder, tools);
}

/** What is there already, in the order of {@link toolNames}; a missing tool has no path. Makes nothing. */
export async function inspectToolchain(
  options: ToolchainOptions = {},
): Promise<{ name: ToolName; version: string; origin: Origin | "missing"; path?: string }[]> {
  const context = await contextFor(options);
  const found = await Promise.all((options.groups ?? allGroups).map((group) => look(group, context)));
  const tools = found.flatMap((each) => each ?? []);
  return toolNames.map(
    (name) => tools.find((tool) => tool.name === name) ?? { name, version: "", origin: "missing" },
  );
}

async function contextFor(options: ToolchainOptions): Promise<Context> {
  const folder = options.cacheDir ?? cacheDir();
  const known = JSON.parse(await readFile(join(projectRoot, "toolchain", "hashes.json"), "utf8")) as Record<
    string,
    string
  >;
  return {
    options,
    folder,
    platform: thisPlatform(),
    report: options.report ?? ((): void => undefined),
    ways: options.ways ?? waysFromEnvironment(),
    reachability: new Reachability(),
    release: {
      knownHashes: known,
      userHashes: join(folder, "hashes.json"),
      ...(options.mapUrl ? { mapUrl: options.mapUrl } : {}),
      ...(options.patience === undefined ? {} : { patience: options.patience }),
    },
  };
}

/** The group's tools where they can be used at once: the machine's own, or what the cache holds. */
async function look(group: Group, context: Context): Promise<readonly Tool[] | undefined> {
  if (context.ways.includes("machine")) {
    const own = await fromMachine(group, context.folder);
    if (typeof own !== "string") return own;
  }
  return cache.read(await entryOf(group, context), group);
}

async function entryOf(group: Group, { folder, platform, options }: Context): Promise<string> {
  return join(
    folder,
    "tools",
    await cache.entryName({
      group,
      platform,
      ...(options.modulesFolder ? { modulesFolder: options.modulesFolder } : {}),
    }),
  );
}

/** Makes a group under its lock; a second process waits and takes the first one's result. */
async function make(
  group: Group,
  context: Context,
): Promise<{ tools?: readonly Tool[]; attempts: Attempt[] }> {
  const entry = await entryOf(group, context);
  const lock = join(context.folder, "locks", group.name);
  const onWait = ({ pid, host }: LockOwner): void => {
    context.report({ kind: "waiting", group: group.name, pid, host, lock });
  };
  return withLock(lock, { onWait, signal: context.signal }, async () => {
    const meanwhile = await cache.read(entry, group);
    if (meanwhile) return { tools: meanwhile, attempts: [] };
    const attempts: Attempt[] = [];
    if (context.ways.includes("machine")) {
      const own = await fromMachine(group, context.folder);
      if (typeof own !== "string") return { tools: own, attempts: [] };
      attempts.push({ group: group.name, way: "machine", reason: own });
    }
    for (const way of (["release", "module"] as const).filter((each) => context.ways.includes(each))) {
      const begun = Date.now();
      try {
        await cache.publish(entry, { group, way }, (draft) => attempt({ way, group, draft }, context));
        context.report({
          kind: "done",
          group: group.name,
          origin: way,
          seconds: (Date.now() - begun) / 1000,
        });
        const tools = await cache.read(entry, group);
        return { ...(tools ? { tools } : {}), attempts };
      } catch (error) {
        context.signal?.throwIfAborted();
        const reason = error instanceof Error ? error.message : String(error);
        attempts.push({ group: group.name, way, reason });
        const kind = error instanceof HashError ? "warning" : "way failed";
        context.report(
          kind === "warning"
            ? { kind, group: group.name, text: reason }
            : { kind, group: group.name, way, reason },
        );
      }
    }
    return { attempts };
  });
}

async function attempt(
  {
    way,
    group,
    draft,
  }: { readonly way: "release" | "module"; readonly group: Group; readonly draft: string },
  context: Context,
): Promise<void> {
  const progress = (text: string): void => {
    context.report({ kind: "progress", group: group.name, text });
  };
  if (way === "module") {
    progress(
      `building ${group.version} from its Go module: about ${group.buildMinutes} min on two cores, once`,
    );
    await fromModules(
      { modules: group.modules, folder: draft },
      {
        modulesFolder: context.options.modulesFolder,
        reachability: context.reachability,
        signal: context.signal,
        onHeartbeat: (seconds) => {
          progress(`still building, ${seconds.toFixed(0)} s`);
        },
      },
    );
    return;
  }
  const files = group.release(context.platform);
  if (typeof files === "string") throw new Error(files);
  // All hosts are asked at once, so that a network that swallows everything costs its time-out only once.
  const urls = releaseUrls(context.options.groups ?? allGroups, context.platform, context.release);
  await Promise.all(urls.map((url) => context.reachability.check(url)));
  await fromRelease({ files, folder: draft }, context.reachability, {
    ...context.release,
    signal: context.signal,
    onProgress: (bytes, total) => {
      const megabytes = (count: number): string => (count / 1024 ** 2).toFixed(0);
      progress(`downloaded ${megabytes(bytes)}${total > 0 ? ` of ${megabytes(total)}` : ""} MiB`);
    },
  });
}

function waysFromEnvironment(): readonly Origin[] {
  const all: readonly Origin[] = ["machine", "release", "module"];
  const listed = process.env.PAW_TOOLCHAIN_WAYS;
  if (listed === undefined || listed === "") return all;
  const names = listed.split(",").map((name) => name.trim());
  if (names.every((name) => all.some((way) => way === name))) {
    return all.filter((way) => names.includes(way));
  }
  throw new Error(
    `PAW_TOOLCHAIN_WAYS is "${listed}"; list one or more of ${all.join(", ")}, separated by commas`,
  );
}

function thisPlatform(): Platform {
  const os = ({ linux: "linux", darwin: "darwin", win32: "windows" } as const)[
    process.platform as "linux"
  ] as Platform["os"] | undefined;
  const arch = ({ x64: "amd64", arm64: "arm64" } as const)[process.arch as "x64"] as
    Platform["arch"] | undefined;
  if (os && arch) return { os, arch };
  throw new Error(
    `paw knows no tools for ${process.platform} on ${process.arch}; Linux, macOS and Windows on x64 or arm64 work`,
  );
}
