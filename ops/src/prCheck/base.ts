/** The objects of the commit that a pull request started from, kept from run to run: they do not change. */
import { existsSync } from "node:fs";
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";

import { execa } from "execa";

import type { Given } from "../../../policy/src/graph/graph.ts";
import { git, wantsSamePackages, withCheckout } from "../checkout.ts";
import { UserError } from "../errors.ts";
import { type Step, objectsIn, previewOf } from "../policy/preview.ts";
import type { StackName } from "../project.ts";
import { type Site, checkFolder } from "./site.ts";

/**
 * The commit at which the checkout and a branch parted.
 *
 * @throws UserError where the branch is not known here, or the two have nothing in common.
 */
export async function mergeBase(branch: string): Promise<string> {
  try {
    return await git("merge-base", "HEAD", branch);
  } catch {
    throw new UserError(`There is no commit from which both this checkout and "${branch}" come.`, [
      "Fetch it with its history: git fetch --unshallow origin; git fetch origin main",
      "Name another: npx paw pr-check --base origin/main",
    ]);
  }
}

/** Objects by stack, as they were deployed by the program of a commit. */
export async function objectsAt(
  commit: string,
  stacks: readonly StackName[],
  site: Site,
): Promise<ReadonlyMap<StackName, readonly Given[]>> {
  const fileOf = (stack: StackName): string =>
    join(checkFolder, "base", `${commit}-${stack}-${site.fingerprint}.json`);
  const missing = stacks.filter((stack) => !existsSync(fileOf(stack)));
  if (missing.length > 0) await previewAll(commit, missing, { site, fileOf });
  const entries = await Promise.all(
    stacks.map(async (stack) => {
      const steps = JSON.parse(await readFile(fileOf(stack), "utf8")) as Step[];
      return [stack, objectsIn(steps)] as const;
    }),
  );
  return new Map(entries);
}

interface Target {
  readonly site: Site;
  readonly fileOf: (stack: StackName) => string;
}

async function previewAll(
  commit: string,
  stacks: readonly StackName[],
  { site, fileOf }: Target,
): Promise<void> {
  const { progress, environment } = site;
  const folder = join(checkFolder, "checkout", commit);
  await mkdir(join(checkFolder, "base"), { recursive: true });
  const prepare = async (): Promise<void> => {
    if (await wantsSamePackages(folder)) return;
    progress.note("it wants other npm packages: npm ci");
    await execa("npm", ["ci", "--prefer-offline", "--no-audit", "--no-fund"], { cwd: folder });
  };
  await withCheckout({ commit, folder, prepare }, async () => {
    for (const stack of stacks) {
      progress.note(`${stack} at ${commit.slice(0, 12)}`);
      const { steps } = await previewOf({ stack, environment, folder });
      const draft = `${fileOf(stack)}.${process.pid}`;
      await writeFile(draft, JSON.stringify(steps));
      await rename(draft, fileOf(stack));
    }
  });
}
