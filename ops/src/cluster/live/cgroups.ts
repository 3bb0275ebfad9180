/** The cgroups of a live node: one below the caller's own in each hierarchy, all of the same name. */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

const root = "/sys/fs/cgroup";

/** Name of a cluster's cgroups: the same at each run, so that what a killed run left is found. */
export function groupOf(folder: string): string {
  return `paw-live-${createHash("sha256").update(folder).digest("hex").slice(0, 12)}`;
}

/** Folders of the groups with that name, wherever below the hierarchies' roots whoever made them was. */
export function findGroups(name: string, below = root): string[] {
  if (!existsSync(below)) return [];
  return foldersIn(below).flatMap((folder) => {
    const path = join(below, folder);
    return folder === name ? [path] : findGroups(name, path);
  });
}

/** Removes them, and what is in them. Their processes must have ended; the kernel may need a moment to know it. */
export async function removeGroups(name: string): Promise<void> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const failures = findGroups(name).flatMap(removeTree);
    if (failures.length === 0) return;
    if (Date.now() > deadline) throw new Error(`cgroups cannot be removed: ${failures.join("; ")}`);
    await sleep(100);
  }
}

/** A group can be removed when there is none in it, and its files go with it. */
function removeTree(path: string): string[] {
  const failures = foldersIn(path).flatMap((folder) => removeTree(join(path, folder)));
  if (failures.length > 0) return failures;
  try {
    rmdirSync(path);
    return [];
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === "ENOENT" ? [] : [`${path}: ${code ?? String(error)}`];
  }
}

function foldersIn(path: string): string[] {
  try {
    return readdirSync(path).filter((entry) =>
      statSync(join(path, entry), { throwIfNoEntry: false })?.isDirectory(),
    );
  } catch {
    return []; // it went meanwhile
  }
}
