/** A pod's folder with data of a node, and a repository beside it: what the scripts of backups work on. */
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, readdirSync, lstatSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { find } from "../../support/find.ts";
import { makeOpeningCheap } from "../../support/resticKey.ts";
import { type Outcome, type Shell, openShell, type shellNames } from "../chain/scripts/shell.ts";

const text = "a block that nobody but us may read. ".repeat(200);
/** Files of a node's data that a backup keeps. */
export const kept = {
  "blockstore.db/000001.ldb": text,
  "application.db/MANIFEST-000000": "m",
  "cs.wal/wal": "w",
};
/** Files beside them that it leaves. */
const left = {
  "priv_validator_state.json": '{"height":"7"}',
  "priv_validator_state.json.bak": '{"height":"6"}',
  "node_key.json": '{"priv_key":"node-secret"}',
  "addrbook.json": "{}",
  "blockstore.db/LOCK": "",
  "exclusive.lock": "",
};

export class Pod {
  readonly shell: Shell;
  constructor(name: (typeof shellNames)[number]) {
    // Alpine's busybox, which restic's image has, knows flock; Debian's does not.
    this.shell = openShell(name, ["restic", "flock"]);
    writeFileSync(this.file("password"), "a password\n");
    for (const [path, content] of Object.entries({ ...kept, ...left })) this.put(path, content);
    mkdirSync(this.file("chain/config"));
    writeFileSync(this.file("chain/config/priv_validator_key.json"), "not among the data");
  }
  file(path: string): string {
    return join(this.shell.folder, path);
  }
  /** Writes a file of the node's data. */
  put(path: string, content: string, home = "chain"): void {
    mkdirSync(dirname(this.file(`${home}/data/${path}`)), { recursive: true });
    writeFileSync(this.file(`${home}/data/${path}`), content);
  }
  get environment(): Record<string, string> {
    return {
      RESTIC_REPOSITORY: this.file("repository"),
      RESTIC_PASSWORD_FILE: this.file("password"),
      RESTIC_CACHE_DIR: this.file("cache"),
      CHAIN_ID: "paw-test-1",
      HOME_DIR: this.file("chain"),
    };
  }
  backup(more: Record<string, string> = {}): Promise<Outcome> {
    return this.shell.run("backup.sh", [], { ...this.environment, ...more });
  }
  /** Makes the repository with a key that opens at once; backup.sh finds it then. */
  makeRepository(): void {
    execFileSync(find("restic"), ["init"], { env: this.environment, stdio: "ignore" });
    makeOpeningCheap(this.file("repository"), "a password");
  }
  snapshots(): string[] {
    return readdirSync(this.file("repository/snapshots"));
  }
}

/** Content of all files below a folder, by relative path. */
export function filesBelow(folder: string, encoding: "utf8" | "latin1" = "utf8"): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return Object.fromEntries(
    paths
      .filter((path) => lstatSync(join(folder, path)).isFile())
      .map((path) => [path, readFileSync(join(folder, path), encoding)]),
  );
}
