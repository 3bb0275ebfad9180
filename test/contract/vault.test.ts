/** The contract with a real Vault: `VAULT_ADDR` and a `VAULT_TOKEN` that may mount, write policies and make tokens. */
import { proveAccess } from "../support/vaultContract.ts";

describe("A4: Vault's policies, on the server at VAULT_ADDR", () => {
  it("each consumer reads its own paths and is refused every other", async function () {
    this.timeout(120_000);
    const { VAULT_ADDR, VAULT_TOKEN } = process.env;
    if (VAULT_ADDR === undefined || VAULT_TOKEN === undefined) {
      console.info("      not evaluated: VAULT_ADDR or VAULT_TOKEN is not set");
      return this.skip();
    }
    await proveAccess({ address: VAULT_ADDR, token: VAULT_TOKEN });
  });
});
