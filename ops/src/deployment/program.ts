/** The program as it was at an earlier commit, with an earlier configuration, ready to run. */
import { existsSync } from "node:fs";
import { mkdir, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { execa } from "execa";
import { stringify } from "yaml";

import { UserError } from "../errors.ts";
import { type StackName, pawFolder, projectRoot } from "../project.ts";
import type { Update } from "./history.ts";

const git = (args: readonly string[]): ReturnType<typeof execa> => execa("git", args, { cwd: projectRoot });

/**
 * Does some work in a folder that holds the program of an update: its commit, its stack file, and links to what git does
 * not hold (installed packages, the local state, a team's own files that the stack file names).
 *
 * @throws UserError when the commit is not in this repository, or other packages were installed then.
 */
export async function withProgramOf<T>(
  stack: StackName,
  update: Update,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  await refuseUnknown(update);
  const folder = join(pawFolder, "rollback", update.commit);
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(pawFolder, "rollback"), { recursive: true });
  await git(["worktree", "prune"]);
  await git(["worktree", "add", "--force", "--detach", folder, update.commit]);
  try {
    await refuseOtherPackages(folder);
    await writeStackFile(join(folder, `Pulumi.${stack}.yaml`), update.config);
    for (const entry of await readdir(projectRoot)) {
      if (entry !== ".git" && !existsSync(join(folder, entry)))
        await symlink(join(projectRoot, entry), join(folder, entry), "junction");
    }
    return await work(folder);
  } finally {
    await git(["worktree", "remove", "--force", folder]).catch(() => undefined);
    await rm(folder, { recursive: true, force: true });
  }
}

async function refuseUnknown({ version, commit }: Update): Promise<void> {
  const known =
    commit !== "" &&
    (await git(["cat-file", "-e", `${commit}^{commit}`]).then(
      () => true,
      () => false,
    ));
  if (known) return;
  const found =
    commit === "" ? "ran outside git" : `ran from commit ${commit}, which this repository does not have`;
  throw new UserError(`update ${version} ${found}; nothing was changed`, [
    "git fetch --all, then run the same command again",
    "npx paw rollback --to VERSION goes to another; npx paw rollback --workloads gives pods their former templates only",
  ]);
}

async function refuseOtherPackages(folder: string): Promise<void> {
  const lock = "package-lock.json";
  const [then, now] = await Promise.all(
    [folder, projectRoot].map((each) => readFile(join(each, lock), "utf8")),
  );
  if (then === now) return;
  throw new UserError("the program of that update was written for other npm packages; nothing was changed", [
    "check that commit out, run npm ci there, and deploy from it",
  ]);
}

/** The stack file of that time, with the salt of the one that is there now. */
async function writeStackFile(path: string, config: Update["config"]): Promise<void> {
  const before = await readFile(path, "utf8");
  const salt = /^encryptionsalt: .*$/m.exec(before)?.[0];
  await writeFile(path, `${salt === undefined ? "" : `${salt}\n`}${stringify({ config })}`);
}
