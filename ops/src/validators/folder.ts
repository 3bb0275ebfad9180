/** A new network as files: public facts beside a folder of secrets that nobody else can read. */
import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { execa } from "execa";

import { UserError } from "../errors.ts";
import type { NewNetwork, NodeKeys } from "./network.ts";

/** Mode of every secret file: its owner may read and write it, nobody else anything. */
const secretMode = 0o600;

/** What the name of a half-written folder has after the folder's own. */
const draftMark = ".draft-";

/**
 * Throws when the folder holds anything, or is none.
 *
 * @throws UserError naming what is there.
 */
export function refuseExisting(folder: string): void {
  if (!existsSync(folder)) return;
  if (!statSync(folder).isDirectory()) {
    throw new UserError(`${folder} is a file; nothing was changed`, ["name a new folder with --out"]);
  }
  const there = readdirSync(folder);
  if (there.length === 0) return;
  const what = there.find((name) => name === "network.json" || name === "secrets") ?? there[0] ?? "";
  throw new UserError(`${join(folder, what)} is there already; nothing was changed`, [
    "keys are never overwritten: name a new folder with --out",
  ]);
}

/** Folders with keys that nobody uses, left by runs that were killed while they wrote; or a run is at work there. */
export function draftsBeside(folder: string): string[] {
  const parent = dirname(folder);
  return readdirSync(parent)
    .filter((name) => name.startsWith(`${basename(folder)}${draftMark}`))
    .map((name) => join(parent, name));
}

/**
 * Writes `network.json` and `secrets/`, laid out like the paths in Vault (spec A4), to a folder of another name and
 * renames it: the folder has everything, or is not there.
 *
 * @throws UserError when the folder holds something already, or cannot be written.
 */
export async function writeFolder(folder: string, network: NodeKeys | NewNetwork): Promise<void> {
  refuseExisting(folder);
  let draft: string | undefined;
  try {
    await mkdir(dirname(folder), { recursive: true });
    draft = await mkdtemp(`${folder}${draftMark}`);
    const files: Record<string, string> = {
      ...("genesis" in network ? ofNetwork(network) : {}),
      ...below("validators/priv_validator_key", network.consensusKeys),
      ...below("validators/node_key", network.nodeKeys),
      ...below("operators", network.operators),
    };
    for (const [name, content] of Object.entries(files)) {
      const file = join(draft, "secrets", name);
      await mkdir(dirname(file), { recursive: true, mode: 0o700 });
      await writeFile(file, content, { mode: secretMode });
    }
    await writeFile(join(draft, "network.json"), `${JSON.stringify(network.facts, null, 2)}\n`);
    // Fails where somebody else was faster: a folder that holds something is neither removed nor renamed over.
    if (existsSync(folder)) await rmdir(folder);
    await rename(draft, folder);
  } catch (error) {
    if (draft !== undefined) await rm(draft, { recursive: true, force: true });
    if (!(error instanceof Error && "syscall" in error)) throw error;
    refuseExisting(folder);
    throw new UserError(`${folder} cannot be written: ${error.message}; nothing was changed`, [
      "name a folder with --out that you may write to, on a disk with room",
    ]);
  }
}

/** What a network has once. */
function ofNetwork({ genesis, jwtSecret, backupPassword }: NewNetwork): Record<string, string> {
  return {
    "genesis/genesis.json": genesis,
    "api/jwt_secret": jwtSecret,
    "backup/RESTIC_PASSWORD": backupPassword,
  };
}

function below(folder: string, files: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(files).map(([name, content]) => [`${folder}/${name}`, content]));
}

/** Whether a `git add --all` would take the folder's secrets along. */
export async function gitWouldTake(folder: string): Promise<boolean> {
  const options = { cwd: existsSync(folder) ? folder : dirname(folder), reject: false } as const;
  const inside = await execa("git", ["rev-parse", "--is-inside-work-tree"], options);
  if (inside.exitCode !== 0) return false;
  const ignored = await execa("git", ["check-ignore", "--quiet", join(folder, "secrets")], options);
  return ignored.exitCode === 1;
}
