/** The first way to make a tool: its official release, of a pinned version, checked against the publisher's checksums. */
import { existsSync } from "node:fs";
import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";

import { execa } from "execa";
import { x as extract } from "tar";

import { withLock } from "../lock.ts";
import { type DownloadOptions, download, downloadText } from "../../../components/download.ts";
import type { Reachability } from "../../../components/reachability.ts";
import type { Group, Platform, ReleaseFile, ToolName } from "./types.ts";

export interface ReleaseOptions extends DownloadOptions {
  /** Known hashes by URL, from toolchain/hashes.json. */
  readonly knownHashes: Readonly<Record<string, string>>;
  /** This user's own record of hashes, kept from the first time a file was checked. */
  readonly userHashes: string;
  /** Where a URL is really asked for; tests put a server of their own there. */
  readonly mapUrl?: (url: string) => string;
}

/**
 * A file is not what its publisher, or an earlier download, says it is. The release way of the group ends here, loudly;
 * the build of the Go module may follow, since go.sum vouches for that one.
 */
export class HashError extends Error {}

/** All URLs of all groups, mapped, so that their hosts can be asked at once. */
export function releaseUrls(groups: readonly Group[], platform: Platform, options: ReleaseOptions): string[] {
  const map = options.mapUrl ?? ((url: string): string => url);
  return groups.flatMap((group) => {
    const files = group.release(platform);
    return typeof files === "string" ? [] : files.flatMap((file) => [map(file.url), map(file.checksumUrl)]);
  });
}

/**
 * Downloads a group's release into `<folder>/bin`.
 *
 * @throws HashError when a hash is wrong; Error when the release cannot be had.
 */
export async function fromRelease(
  { files, folder }: { readonly files: readonly ReleaseFile[]; readonly folder: string },
  reachability: Reachability,
  options: ReleaseOptions,
): Promise<void> {
  const map = options.mapUrl ?? ((url: string): string => url);
  await mkdir(join(folder, "bin"), { recursive: true });
  for (const file of files) {
    const text = await reachability.reached(map(file.checksumUrl), (url) => downloadText(url, options));
    const wanted = checksumOf(basename(file.url), text);
    if (wanted === undefined)
      throw new Error(`${file.checksumUrl} has no checksum for ${basename(file.url)}`);
    await holdAgainst(file.url, wanted, options);
    const packed = join(folder, basename(file.url));
    const found = await reachability.reached(map(file.url), (url) => download(url, packed, options));
    if (found !== wanted) {
      await rm(packed, { force: true });
      throw new HashError(`${file.url} has the SHA-256 ${found}, and ${file.checksumUrl} says ${wanted}`);
    }
    await remember(file.url, wanted, options);
    await unpack(packed, folder, file.holds);
  }
}

/** The hash of a file from a list of checksums, a bare checksum, or GitHub's description of a release. */
export function checksumOf(name: string, text: string): string | undefined {
  const trimmed = text.trim();
  if (/^[0-9a-f]{64}$/.test(trimmed)) return trimmed;
  if (trimmed.startsWith("{")) {
    const { assets = [] } = JSON.parse(trimmed) as { assets?: { name: string; digest?: string }[] };
    return /^sha256:([0-9a-f]{64})$/.exec(assets.find((asset) => asset.name === name)?.digest ?? "")?.[1];
  }
  const line = trimmed.split("\n").find((each) => each.trim().split(/\s+\*?/)[1] === name);
  return /^[0-9a-f]{64}/.exec(line ?? "")?.[0];
}

/** A checksum that differs from the one known before means that the release was changed after it was published. */
async function holdAgainst(url: string, wanted: string, options: ReleaseOptions): Promise<void> {
  const before = options.knownHashes[url] ?? (await readHashes(options.userHashes))[url];
  if (before !== undefined && before !== wanted) {
    throw new HashError(`${url} was known by the SHA-256 ${before}, and its publisher now says ${wanted}`);
  }
}

async function remember(url: string, hash: string, { userHashes }: ReleaseOptions): Promise<void> {
  await withLock(`${userHashes}.lock`, {}, async () => {
    const hashes = { ...(await readHashes(userHashes)), [url]: hash };
    await writeFile(`${userHashes}.new`, JSON.stringify(hashes, null, 2));
    await rename(`${userHashes}.new`, userHashes);
  });
}

async function readHashes(file: string): Promise<Record<string, string>> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as Record<string, string>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}

/** Takes the wanted entries, and no others, out of an archive; a bare binary is the tool itself. */
async function unpack(packed: string, folder: string, holds: ReleaseFile["holds"]): Promise<void> {
  const wanted = Object.entries(holds) as [ToolName, string][];
  const inside = wanted.map(([, path]) => path).filter((path) => path !== "");
  const unpacked = join(folder, "unpacked");
  await mkdir(unpacked, { recursive: true });
  if (packed.endsWith(".tar.gz")) await extract({ file: packed, cwd: unpacked }, inside);
  // Windows' and macOS' own tar read zip files.
  if (packed.endsWith(".zip")) await execa("tar", ["-xf", packed, "-C", unpacked, ...inside]);
  for (const [tool, path] of wanted) {
    if (!existsSync(path === "" ? packed : join(unpacked, path))) {
      throw new Error(`${basename(packed)} holds no ${path}`);
    }
    const target = join(folder, "bin", path === "" ? executable(tool, packed) : executable(tool, path));
    await rename(path === "" ? packed : join(unpacked, path), target);
    await chmod(target, 0o755);
  }
  await rm(packed, { force: true });
  await rm(unpacked, { recursive: true, force: true });
}

/** The tool's file name, with the ending that the platform's own file has. */
function executable(tool: ToolName, original: string): string {
  return `${tool}${/\.(exe|cmd)$/.exec(original)?.[0] ?? ""}`;
}
