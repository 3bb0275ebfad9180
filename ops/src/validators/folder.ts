/** A new network as files: public facts beside a folder of secrets that nobody else can read. */
import { existsSync, readdirSync } from "node:fs";
import { mkdir, mkdtemp, rename, rm, rmdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { execa } from "execa";

import { UserError } from "../errors.ts";
import type { NewNetwork } from "./network.ts";

/** Mode of every secret file: its owner may read and write it, nobody else anything. */
const secretMode = 0o600;

/**
 * Throws when the folder holds anything.
 *
 * @throws UserError naming what is there.
 */
export function refuseExisting(folder: string): void {
  const there = existsSync(folder) ? readdirSync(folder) : [];
  if (there.length === 0) return;
  const what = there.find((name) => name === "network.json" || name === "secrets") ?? there[0] ?? "";
  throw new UserError(`${join(folder, what)} is there already; nothing was changed`, [
    "keys are never overwritten: name a new folder with --out",
  ]);
}

/**
 * Writes `network.json` and `secrets/`, laid out like the paths in Vault (spec A4), to a folder of another name and
 * renames it: the folder has everything, or is not there.
 */
export async function writeFolder(folder: string, network: NewNetwork): Promise<void> {
  refuseExisting(folder);
  await mkdir(dirname(folder), { recursive: true });
  const draft = await mkdtemp(`${folder}.draft-`);
  try {
    const files: Record<string, string> = {
      "genesis/genesis.json": network.genesis,
      "api/jwt_secret": network.jwtSecret,
      "backup/RESTIC_PASSWORD": network.backupPassword,
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
    await rm(draft, { recursive: true, force: true });
    throw error;
  }
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
