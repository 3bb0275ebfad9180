/** The project at another commit, in a folder of its own. */
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rm, symlink } from "node:fs/promises";
import { dirname, join } from "node:path";

import { execa } from "execa";

import { projectRoot } from "./project.ts";

/** Runs git on this checkout. */
export async function git(...args: readonly string[]): Promise<string> {
  return (await execa("git", args, { cwd: projectRoot })).stdout;
}

/**
 * Does some work in `folder`, which holds the project as it was committed, and links to what git does not hold (installed
 * packages, the local state, a team's own files that stack files name). The folder is gone afterwards.
 *
 * @param folder is made anew; one that an interrupted run left is removed.
 * @param prepare what has to be done before the links are made.
 */
export async function withCheckout<T>(
  {
    commit,
    folder,
    prepare,
  }: { readonly commit: string; readonly folder: string; readonly prepare?: () => Promise<void> },
  work: () => Promise<T>,
): Promise<T> {
  await rm(folder, { recursive: true, force: true });
  await mkdir(dirname(folder), { recursive: true });
  await git("worktree", "prune");
  await git("worktree", "add", "--force", "--detach", folder, commit);
  try {
    await prepare?.();
    for (const entry of await readdir(projectRoot)) {
      if (entry !== ".git" && !existsSync(join(folder, entry)))
        await symlink(join(projectRoot, entry), join(folder, entry), "junction");
    }
    return await work();
  } finally {
    await git("worktree", "remove", "--force", folder).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}

/** Whether a folder of the project wants the npm packages that are installed here. */
export async function wantsSamePackages(folder: string): Promise<boolean> {
  const [there, here] = await Promise.all(
    [folder, projectRoot].map((each) => readFile(join(each, "package-lock.json"), "utf8")),
  );
  return there === here;
}
