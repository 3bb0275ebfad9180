/** The contract with a real Vault: `VAULT_ADDR` and a `VAULT_TOKEN` that may mount, write policies and make tokens. */
import { execa } from "execa";

import { Sandbox } from "../support/sandbox.ts";
import { withAccounts } from "../support/vaultAccounts.ts";
import { type VaultServer, proveAccess, proveLogins } from "../support/vaultContract.ts";

/** The server at `VAULT_ADDR`. */
function configured(): VaultServer | undefined {
  const { VAULT_ADDR: address, VAULT_TOKEN: token } = process.env;
  return address === undefined || token === undefined ? undefined : { address, token };
}

/** A certificate request in PEM, with a key that is thrown away. */
async function certificateRequest(): Promise<string> {
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", "/dev/null"];
  return (await execa("openssl", ["req", "-new", ...key, "-subj", "/CN=other.example"])).stdout;
}

describe("A4: Vault's policies and roles, on the server at VAULT_ADDR", () => {
  after(async () => {
    await Sandbox.disposeAll();
  });

  it("each consumer reads its own paths and is refused every other", async function () {
    this.timeout(120_000);
    const server = configured();
    if (server === undefined) {
      console.info("      not evaluated: VAULT_ADDR or VAULT_TOKEN is not set");
      return this.skip();
    }
    await proveAccess(server);
  });

  it("a role lets its own service account of a real cluster in, and nobody else", async function () {
    this.timeout(300_000);
    const server = configured();
    if (server === undefined || !["127.0.0.1", "localhost"].includes(new URL(server.address).hostname)) {
      console.info("      not evaluated: no Vault on this machine, which alone reaches the embedded cluster");
      return this.skip();
    }
    const sandbox = await Sandbox.create();
    await sandbox.ok("npx", ["paw", "cluster", "up"]);
    await sandbox.loadEnvironment();
    await proveLogins(server, await withAccounts(sandbox), await certificateRequest());
  });
});
