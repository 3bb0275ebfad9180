/** The program as it was at an earlier commit, with an earlier configuration, ready to run. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { stringify } from "yaml";

import { git, wantsSamePackages, withCheckout } from "../checkout.ts";
import { UserError } from "../errors.ts";
import { type StackName, pawFolder } from "../project.ts";
import type { Update } from "./history.ts";

/** The program of an update cannot be run here; nothing was changed. */
export class ProgramError extends UserError {}

/**
 * Does some work in a folder that holds the program of an update: its commit, its stack file, and links to what git does
 * not hold (installed packages, the local state, a team's own files that the stack file names).
 *
 * @throws ProgramError when the commit is not in this repository, or other packages were installed then.
 */
export async function withProgramOf<T>(
  stack: StackName,
  update: Update,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  await refuseUnknown(update);
  const folder = join(pawFolder, "rollback", update.commit);
  const prepare = async (): Promise<void> => {
    await refuseOtherPackages(folder);
    await writeStackFile(join(folder, `Pulumi.${stack}.yaml`), update.config);
  };
  return withCheckout({ commit: update.commit, folder, prepare }, () => work(folder));
}

async function refuseUnknown({ version, commit }: Update): Promise<void> {
  const known =
    commit !== "" &&
    (await git("cat-file", "-e", `${commit}^{commit}`).then(
      () => true,
      () => false,
    ));
  if (known) return;
  const found =
    commit === "" ? "ran outside git" : `ran from commit ${commit}, which this repository does not have`;
  throw new ProgramError(`update ${version} ${found}`, [
    "git fetch --all, then run the same command again",
    "npx paw rollback --to VERSION goes to another; npx paw rollback --workloads gives pods their former templates only",
  ]);
}

async function refuseOtherPackages(folder: string): Promise<void> {
  if (await wantsSamePackages(folder)) return;
  throw new ProgramError("the program of that update was written for other npm packages", [
    "check that commit out, run npm ci there, and deploy from it",
  ]);
}

/** The stack file of that time, with the salt of the one that is there now. */
async function writeStackFile(path: string, config: Update["config"]): Promise<void> {
  const before = await readFile(path, "utf8");
  const salt = /^encryptionsalt: .*$/m.exec(before)?.[0];
  await writeFile(path, `${salt === undefined ? "" : `${salt}\n`}${stringify({ config })}`);
}
