/** What goes to which path of Vault: out of the folder that `paw validators init` made, and files beside it. */
import { existsSync, readFileSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";

import { type SecretPath, consumers } from "../../../components/platform/vault/access.ts";
import { UserError } from "../errors.ts";

/** Properties of one path, by name. */
export type Properties = Readonly<Record<string, string>>;
export type Contents = Partial<Record<SecretPath, Properties>>;

export interface Sources {
  /** Folder of `paw validators init --out`. */
  readonly from?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  /** Lines `NAME=value` for the backup's store, such as `RESTIC_REPOSITORY` and its credentials. */
  readonly backupEnv?: string;
  /** One path's properties as a JSON object of texts. */
  readonly extra?: { readonly path: string; readonly json: string };
}

/** Every path that somebody may read. */
export const allPaths: readonly SecretPath[] = consumers.flatMap(({ paths }) => [...paths]);

/**
 * Gathers everything before anything is sent.
 *
 * @throws UserError naming a file that is missing or malformed; never with its content.
 */
export function contentsOf(sources: Sources): Contents {
  const contents: Contents = { ...(sources.from === undefined ? {} : fromFolder(sources.from)) };
  if ((sources.tlsCert === undefined) !== (sources.tlsKey === undefined)) {
    throw new UserError("--tls-cert and --tls-key belong together");
  }
  if (sources.tlsCert !== undefined && sources.tlsKey !== undefined) {
    contents["paw/tls/certificates"] = { "tls.crt": read(sources.tlsCert), "tls.key": read(sources.tlsKey) };
  }
  if (sources.backupEnv !== undefined) {
    contents["paw/backup/restic"] = {
      ...contents["paw/backup/restic"],
      ...environmentLines(sources.backupEnv),
    };
  }
  if (sources.extra) {
    const { path, json } = sources.extra;
    const known = allPaths.find((each) => each === path);
    if (known === undefined) {
      throw new UserError(`nobody would read ${path}`, [`paths are: ${allPaths.join(", ")}`]);
    }
    contents[known] = parseProperties(json);
  }
  return contents;
}

function fromFolder(folder: string): Contents {
  const secrets = join(folder, "secrets");
  if (!existsSync(secrets)) {
    throw new UserError(`${secrets} is not there`, ["make it with: npx paw validators init --out DIR"]);
  }
  const genesis = read(join(secrets, "genesis", "genesis.json"));
  return {
    "paw/validators/priv_validator_key": everyFile(join(secrets, "validators", "priv_validator_key")),
    "paw/validators/node_key": everyFile(join(secrets, "validators", "node_key")),
    "paw/api/jwt_secret": { jwt_secret: read(join(secrets, "api", "jwt_secret")) },
    // Base64, as the specification has it: the store's own look-up decodes it.
    "paw/genesis/genesis_json": { genesis_json: Buffer.from(genesis).toString("base64") },
    "paw/backup/restic": { RESTIC_PASSWORD: read(join(secrets, "backup", "RESTIC_PASSWORD")) },
  };
}

function everyFile(folder: string): Properties {
  if (!existsSync(folder)) throw new UserError(`${folder} is not there`);
  return Object.fromEntries(readdirSync(folder).map((file) => [file, read(join(folder, file))]));
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${(error as NodeJS.ErrnoException).code ?? "no reason"}`);
  }
}

function environmentLines(file: string): Properties {
  const lines = read(file).split("\n");
  const wrong: number[] = [];
  const entries = lines.flatMap((line, index) => {
    if (/^\s*(#|$)/.test(line)) return [];
    const match = /^([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line);
    if (match) return [[match[1] ?? "", match[2] ?? ""] as const];
    wrong.push(index + 1);
    return [];
  });
  if (wrong.length > 0) throw new UserError(`${file}: line ${wrong.join(", ")} is not NAME=value`);
  return Object.fromEntries(entries);
}

function parseProperties(json: string): Properties {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    value = undefined;
  }
  const texts =
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.keys(value).length > 0
      ? Object.values(value).every((each) => typeof each === "string")
      : false;
  if (!texts) throw new UserError('standard input must be a JSON object of texts, such as {"name": "value"}');
  return value as Properties;
}

/** Files of the folder that others than their owner can read. */
export function readableByOthers(folder: string): string[] {
  if (process.platform === "win32") return [];
  const secrets = join(folder, "secrets");
  return readdirSync(secrets, { recursive: true, encoding: "utf8" })
    .map((name) => join(secrets, name))
    .filter((path) => statSync(path).isFile() && (statSync(path).mode & 0o077) !== 0);
}
