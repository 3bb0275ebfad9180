/** A foreign project's files, from a git directory or a checkout outside this repository. Nothing of it is kept. */
import { spawnSync } from "node:child_process";

export interface Snapshot {
  readonly commit: string;
  /** YYYY-MM-DD of the commit. */
  readonly date: string;
  /** Text by path. */
  readonly files: ReadonlyMap<string, string>;
}

function git(directory: string, args: readonly string[], input = ""): Buffer {
  // A checkout or a bare repository: `-C` finds either.
  const { status, stdout, stderr, error } = spawnSync("git", ["-C", directory, ...args], {
    input,
    maxBuffer: 1 << 28,
  });
  if (status === 0) return stdout;
  const said = error?.message ?? stderr.toString().trim();
  throw new Error(
    `git ${args.join(" ")} in ${directory}: ${said}. Give the directory of a git repository, bare or checked out.`,
  );
}

/**
 * The YAML files below some folders, as the repository's HEAD has them.
 *
 * @throws Error where the directory is no git repository, or has no YAML file in those folders.
 */
export function snapshotOf(directory: string, folders: readonly string[]): Snapshot {
  const [commit = "", date = ""] = git(directory, ["log", "-1", "--format=%H %cs"])
    .toString()
    .trim()
    .split(" ");
  const listed = git(directory, [
    "ls-tree",
    "-r",
    "-z",
    "--name-only",
    "--full-tree",
    "HEAD",
    "--",
    ...folders,
  ]);
  const paths = listed
    .toString()
    .split("\0")
    .filter((path) => /\.ya?ml$/.test(path));
  if (paths.length === 0) throw new Error(`${directory} holds no YAML file in ${folders.join(", ")}.`);
  const batch = git(directory, ["cat-file", "--batch"], paths.map((path) => `HEAD:${path}\n`).join(""));
  const files = new Map<string, string>();
  let offset = 0;
  // Each answer is `<object> blob <size>`, a line feed, the content, a line feed.
  for (const path of paths) {
    const start = batch.indexOf("\n", offset) + 1;
    const size = Number(batch.toString("utf8", offset, start).trim().split(" ")[2]);
    if (!Number.isInteger(size))
      throw new Error(`git cannot show ${path} in ${directory}: is the clone complete?`);
    files.set(path, batch.toString("utf8", start, start + size));
    offset = start + size + 1;
  }
  return { commit, date, files };
}
