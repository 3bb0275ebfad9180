import { text } from "node:stream/consumers";

import { accessName, readerOf } from "../../../components/platform/vault/access.ts";
import { UserError } from "../errors.ts";
import { table } from "../table.ts";
import { VaultClient, accessFromEnvironment } from "../vault/client.ts";
import { type Contents, type Properties, allPaths, contentsOf, readableByOthers } from "../vault/contents.ts";

export interface InitOptions {
  readonly from?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly backupEnv?: string;
  /** Path whose properties come as a JSON object from standard input. */
  readonly stdin?: string;
  readonly dryRun: boolean;
}

type Entry = readonly [keyof Contents, Properties];

/** `paw vault init`: fills paths that are empty; what is there stays as it is. */
export async function init(options: InitOptions): Promise<void> {
  const extra =
    options.stdin === undefined ? {} : { extra: { path: options.stdin, json: await text(process.stdin) } };
  const entries = Object.entries(contentsOf({ ...options, ...extra })) as unknown as Entry[];
  if (entries.length === 0) {
    throw new UserError("nothing to write was named", ["see: npx paw vault init --help"]);
  }
  if (options.from !== undefined) {
    for (const file of readableByOthers(options.from)) {
      process.stderr.write(
        `warning: others can read ${file}; chmod 600 it, or remove it once Vault has it\n`,
      );
    }
  }
  const rows = entries.map(([path, properties]) => [path, Object.keys(properties).join(", ")]);
  if (options.dryRun) {
    process.stdout.write(table([["PATH", "PROPERTIES"], ...rows]));
    return;
  }
  await write(new VaultClient(accessFromEnvironment()), entries);
  process.stdout.write(table([["WRITTEN", "PROPERTIES"], ...rows]));
  const missing = allPaths.filter((path) => !entries.some(([written]) => written === path));
  if (missing.length > 0)
    process.stdout.write(`not written now: ${missing.join(", ")} (npx paw vault status)\n`);
}

/** Looks at every path before it writes the first. */
async function write(vault: VaultClient, entries: readonly Entry[]): Promise<void> {
  const there: string[] = [];
  for (const [path] of entries) if ((await vault.status(path)).version > 0) there.push(path);
  if (there.length > 0) {
    throw new UserError(`there already, and never overwritten: ${there.join(", ")}; nothing was written`, [
      "leave these out, or delete them in Vault yourself if you are sure",
    ]);
  }
  const done: string[] = [];
  for (const [path, properties] of entries) {
    try {
      await vault.create(path, properties);
      done.push(path);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      const written = done.length === 0 ? "nothing was written" : `written before: ${done.join(", ")}`;
      throw new UserError(`${error.message}; ${written}`, error.hints);
    }
  }
}

/** `paw vault status`: which paths hold something; values are not read. */
export async function status(options: { readonly json: boolean }): Promise<void> {
  const vault = new VaultClient(accessFromEnvironment());
  const found = [];
  for (const path of allPaths) {
    found.push({ path, reader: accessName(readerOf(path)), ...(await vault.status(path)) });
  }
  if (options.json) {
    process.stdout.write(`${JSON.stringify(found, null, 2)}\n`);
    return;
  }
  const rows = found.map(({ path, reader, version }) => [
    path,
    version === 0 ? "missing" : `version ${version}`,
    reader,
  ]);
  process.stdout.write(table([["PATH", "STATE", "READ BY"], ...rows]));
}
