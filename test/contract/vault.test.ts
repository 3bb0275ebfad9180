/** The contract with a real Vault: `VAULT_ADDR` and a `VAULT_TOKEN` that may mount, write policies and make tokens. */
import { execa } from "execa";

import { logins } from "../../components/platform/vault/logins.ts";
import { Sandbox } from "../support/sandbox.ts";
import { type Cluster, type VaultServer, proveAccess, proveLogins } from "../support/vaultContract.ts";

/** The server at `VAULT_ADDR`. */
function configured(): VaultServer | undefined {
  const { VAULT_ADDR: address, VAULT_TOKEN: token } = process.env;
  return address === undefined || token === undefined ? undefined : { address, token };
}

/** The service accounts of all logins, on the sandbox's cluster, with the same names in another namespace. */
async function withAccounts(sandbox: Sandbox): Promise<Cluster> {
  const kubectl = async (...args: string[]): Promise<string> => (await sandbox.ok("kubectl", args)).stdout;
  for (const namespace of new Set(logins.map((login) => login.namespace))) {
    await kubectl("create", "namespace", namespace);
  }
  for (const { namespace, account } of logins) {
    await kubectl("create", "serviceaccount", account, "-n", namespace);
    await kubectl("create", "serviceaccount", account, "-n", "default");
  }
  await kubectl("create", "serviceaccount", "reviewer", "-n", "default");
  const grant = ["--clusterrole", "system:auth-delegator", "--serviceaccount", "default:reviewer"];
  await kubectl("create", "clusterrolebinding", "reviewer", ...grant);
  const view = JSON.parse(
    await kubectl("config", "view", "--minify", "--raw", "--flatten", "-o", "json"),
  ) as {
    clusters: [{ cluster: { server: string; "certificate-authority-data": string } }];
  };
  const { cluster } = view.clusters[0];
  return {
    address: cluster.server,
    authority: Buffer.from(cluster["certificate-authority-data"], "base64").toString(),
    reviewer: (await kubectl("create", "token", "reviewer", "-n", "default")).trim(),
    tokenOf: async (namespace, account, audience) =>
      (await kubectl("create", "token", account, "-n", namespace, "--audience", audience)).trim(),
  };
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
