/** Vault's key-value store (version 2) over HTTP. Values go in, and neither they nor the token ever come out in words. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";

import { secretMount } from "../../../components/platform/vault/access.ts";
import { UserError } from "../errors.ts";

/** Milliseconds that a request may take. */
const patience = 10_000;

export interface VaultAccess {
  readonly address: URL;
  readonly token: string;
  /** Vault Enterprise's namespace. */
  readonly namespace?: string;
}

/**
 * Address and token as Vault's own command finds them: `VAULT_ADDR`, `VAULT_TOKEN` or `~/.vault-token`,
 * `VAULT_NAMESPACE`. Never by flag: a process list shows flags.
 *
 * @throws UserError when either is missing, or the token would travel in the clear.
 */
export function accessFromEnvironment(): VaultAccess {
  const { VAULT_ADDR, VAULT_TOKEN, VAULT_NAMESPACE, VAULT_CACERT, NODE_EXTRA_CA_CERTS } = process.env;
  if (VAULT_ADDR === undefined || !URL.canParse(VAULT_ADDR)) {
    throw new UserError("VAULT_ADDR does not hold Vault's address", [
      "for example: kubectl port-forward -n vault svc/vault 8200 & export VAULT_ADDR=https://127.0.0.1:8200",
    ]);
  }
  const address = new URL(VAULT_ADDR);
  const loopback = ["127.0.0.1", "localhost", "[::1]"].includes(address.hostname);
  if (address.protocol !== "https:" && !loopback) {
    throw new UserError(
      `${address.origin} is not https: the token and every secret would travel in the clear`,
    );
  }
  if (isSet(VAULT_CACERT) && !isSet(NODE_EXTRA_CA_CERTS)) {
    throw new UserError("VAULT_CACERT is set, which Node does not read", [
      `export NODE_EXTRA_CA_CERTS=${VAULT_CACERT}`,
    ]);
  }
  const file = join(homedir(), ".vault-token");
  const token = VAULT_TOKEN ?? (existsSync(file) ? readFileSync(file, "utf8").trim() : undefined);
  if (token === undefined || token === "") {
    throw new UserError("there is no token: VAULT_TOKEN is unset and ~/.vault-token is not there", [
      "log in with: vault login",
    ]);
  }
  return { address, token, ...(isSet(VAULT_NAMESPACE) ? { namespace: VAULT_NAMESPACE } : {}) };
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== "";
}

/** What is known of a path without reading it. */
export interface PathStatus {
  /** The newest version; 0 where nothing was ever written. */
  readonly version: number;
}

export class VaultClient {
  private readonly access: VaultAccess;

  constructor(access: VaultAccess) {
    this.access = access;
  }

  /** @throws UserError when Vault does not answer, is sealed, or refuses the token. */
  async status(path: string): Promise<PathStatus> {
    const response = await this.request("GET", `metadata/${path}`);
    if (response.status === 404) return { version: 0 };
    if (!response.ok) throw await refusal(response, `look at ${secretMount}/${path}`);
    const body = (await response.json()) as { data?: { current_version?: number } };
    return { version: body.data?.current_version ?? 0 };
  }

  /**
   * Writes the first version of a path; Vault itself refuses where there is one, so that two at once cannot both.
   *
   * @throws UserError when there is a version already, or Vault refuses otherwise.
   */
  async create(path: string, data: Readonly<Record<string, string>>): Promise<void> {
    const response = await this.request("POST", `data/${path}`, { options: { cas: 0 }, data });
    if (!response.ok) throw await refusal(response, `write ${secretMount}/${path}`);
  }

  private async request(method: string, path: string, body?: object): Promise<Response> {
    const { address, token, namespace } = this.access;
    const url = new URL(`/v1/${secretMount}/${path}`, address);
    try {
      return await fetch(url, {
        method,
        headers: {
          "X-Vault-Token": token,
          "X-Vault-Request": "true",
          ...(namespace === undefined ? {} : { "X-Vault-Namespace": namespace }),
        },
        redirect: "error",
        signal: AbortSignal.timeout(patience),
        ...(body ? { body: JSON.stringify(body) } : {}),
      });
    } catch (error) {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause.message : undefined;
      throw new UserError(`Vault at ${address.origin} did not answer: ${cause ?? String(error)}`);
    }
  }
}

/** Vault's own words about a refusal, which name paths and reasons and never a value. */
async function refusal(response: Response, what: string): Promise<UserError> {
  const body = (await response.json().catch(() => ({}))) as { errors?: readonly string[] };
  const words = (body.errors ?? []).join("; ").trim() || response.statusText;
  const hints =
    response.status === 403 ? ["the token needs create and read on the store: vault token lookup"] : [];
  return new UserError(`Vault would not ${what}: ${response.status} ${words}`, hints);
}
