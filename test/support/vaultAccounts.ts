/** Accounts of a real cluster that log in to Vault. */
import { logins } from "../../components/platform/vault/logins.ts";
import type { Sandbox } from "./sandbox.ts";
import type { Cluster } from "./vaultContract.ts";

/** The service accounts of all logins, on the sandbox's cluster, with the same names in another namespace. */
export async function withAccounts(sandbox: Sandbox): Promise<Cluster> {
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
