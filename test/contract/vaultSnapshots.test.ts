/**
 * A21: what Vault holds comes back after its loss: a server of `VAULT_BINARY` (Vault, or OpenBao) with raft storage, the
 * pods' own scripts, a real API server that says who asks, and another server that starts with nothing.
 */
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { logins, roleArgs } from "../../components/platform/vault/logins.ts";
import { snapshotLogin } from "../../components/platform/vault/snapshotAccess.ts";
import { type Daemon, freePort, startDaemon } from "../support/daemon.ts";
import { find } from "../support/find.ts";
import { Sandbox } from "../support/sandbox.ts";
import { withAccounts } from "../support/vaultAccounts.ts";
import { type Shell, openShell } from "../unit/chain/scripts/shell.ts";

const binary = process.env.VAULT_BINARY;

/** A server of its own with raft storage, initialised and open. */
interface Server {
  readonly address: string;
  readonly token: string;
  readonly unsealKey: string;
  readonly daemon: Daemon;
}

/** A call that has to succeed. */
async function call(
  address: string,
  token: string,
  [method, path, body]: [string, string, (object | Buffer)?],
): Promise<unknown> {
  const content =
    body === undefined ? {} : { body: Buffer.isBuffer(body) ? new Uint8Array(body) : JSON.stringify(body) };
  const answer = await fetch(`${address}/v1/${path}`, {
    method,
    headers: { "X-Vault-Token": token },
    ...content,
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
  return text === "" ? {} : JSON.parse(text);
}

async function startServer(folder: string): Promise<Server> {
  mkdirSync(join(folder, "raft"), { recursive: true });
  const [port, peers] = [await freePort(), await freePort()];
  const address = `http://127.0.0.1:${port}`;
  const config = {
    storage: { raft: { path: join(folder, "raft"), node_id: "one" } },
    listener: [
      { tcp: { address: `127.0.0.1:${port}`, cluster_address: `127.0.0.1:${peers}`, tls_disable: true } },
    ],
    api_addr: address,
    cluster_addr: `http://127.0.0.1:${peers}`,
    disable_mlock: true,
  };
  writeFileSync(join(folder, "config.json"), JSON.stringify(config));
  const daemon = await startDaemon({
    name: "Vault",
    command: binary ?? "",
    args: ["server", "-config", join(folder, "config.json")],
    ready: `${address}/v1/sys/health?uninitcode=200&sealedcode=200`,
  });
  const made = (await call(address, "", ["POST", "sys/init", { secret_shares: 1, secret_threshold: 1 }])) as {
    root_token: string;
    keys: [string];
  };
  await unseal(address, made.keys[0]);
  return { address, token: made.root_token, unsealKey: made.keys[0], daemon };
}

async function unseal(address: string, key: string): Promise<void> {
  await call(address, "", ["POST", "sys/unseal", { key }]);
  for (const end = Date.now() + 30_000; Date.now() < end;) {
    if ((await fetch(`${address}/v1/sys/health`)).status === 200) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw new Error("it did not open");
}

describe("A21: snapshots of Vault, on a real server", function () {
  this.timeout(300_000);
  const folder = mkdtempSync(join(tmpdir(), "paw-vault-"));
  const daemons: Daemon[] = [];
  let shell: Shell;

  after(async () => {
    for (const daemon of daemons) await daemon.stop();
    (shell as Shell | undefined)?.dispose();
    rmSync(folder, { recursive: true, force: true });
    await Sandbox.disposeAll();
  });

  it("taken with the pod's own token, stored encrypted, and put back onto a server that starts with nothing", async function () {
    if (binary === undefined) {
      console.info("      not evaluated: VAULT_BINARY names no Vault");
      return this.skip();
    }
    const sandbox = await Sandbox.create();
    await sandbox.ok("npx", ["paw", "cluster", "up"]);
    await sandbox.loadEnvironment();
    const cluster = await withAccounts(sandbox);

    const first = await startServer(join(folder, "first"));
    daemons.push(first.daemon);
    const as = (...request: [string, string, (object | Buffer)?]): Promise<unknown> =>
      call(first.address, first.token, request);
    await as("POST", "sys/mounts/secret", { type: "kv", options: { version: "2" } });
    await as("POST", "secret/data/paw/api/jwt_secret", { data: { jwt_secret: "known-plain-text" } });
    await as("POST", "sys/auth/kubernetes", { type: "kubernetes" });
    await as("POST", "auth/kubernetes/config", {
      kubernetes_host: cluster.address,
      kubernetes_ca_cert: cluster.authority,
      token_reviewer_jwt: cluster.reviewer,
    });
    const login = logins.find(({ name }) => name === snapshotLogin.name);
    if (login === undefined) throw new Error("there is no such login");
    await as("PUT", `sys/policies/acl/${login.name}`, { policy: login.policy });
    const { boundServiceAccountNames, boundServiceAccountNamespaces, audience, tokenPolicies } =
      roleArgs(login);
    await as("POST", `auth/kubernetes/role/${login.name}`, {
      bound_service_account_names: boundServiceAccountNames,
      bound_service_account_namespaces: boundServiceAccountNamespaces,
      audience,
      token_policies: tokenPolicies,
      token_no_default_policy: true,
      token_ttl: 600,
    });

    shell = openShell("busybox", ["curl", "restic"]);
    const file = (name: string): string => join(shell.folder, name);
    writeFileSync(file("token"), await cluster.tokenOf(login.namespace, login.account, login.audience));
    writeFileSync(file("ca.crt"), "");
    writeFileSync(file("password"), "kept in a safe\n");
    mkdirSync(file("snapshot"));
    const taken = await shell.run("vault-snapshot.sh", [], {
      VAULT_ADDR: first.address,
      ROLE: login.name,
      CA: file("ca.crt"),
      TOKEN_FILE: file("token"),
      SNAPSHOT: file("snapshot/vault.snap"),
    });
    expect(taken.exitCode, taken.all).to.equal(0);
    const store = {
      RESTIC_REPOSITORY: file("repository"),
      RESTIC_PASSWORD_FILE: file("password"),
      RESTIC_CACHE_DIR: file("cache"),
    };
    const stored = await shell.run("vault-store.sh", [], { ...store, SNAPSHOT: file("snapshot/vault.snap") });
    expect(stored.exitCode, stored.all).to.equal(0);
    // Neither restic's bytes nor Vault's own, unpacked, hold a secret or its name: grep ends with 1 where it finds nothing.
    execFileSync("tar", ["-xzf", file("snapshot/vault.snap")], { cwd: file("snapshot") });
    const words = ["-r", "-e", "known-plain-text", "-e", "jwt_secret"];
    for (const place of ["snapshot", "repository"]) {
      expect(spawnSync("grep", [...words, file(place)]).status, place).to.equal(1);
    }

    // The loss, and a server that starts with nothing.
    const begun = Date.now();
    await first.daemon.stop();
    daemons.length = 0;
    rmSync(join(folder, "first"), { recursive: true });
    const second = await startServer(join(folder, "second"));
    daemons.push(second.daemon);
    const snapshot = execFileSync(find("restic"), ["dump", "--host", "vault", "latest", "/vault.snap"], {
      env: store,
      maxBuffer: 1 << 28,
    });
    await call(second.address, second.token, ["POST", "sys/storage/raft/snapshot-force", snapshot]);
    // It is sealed by the keys of the server that was lost from now on.
    await unseal(second.address, first.unsealKey);
    const back = (await call(second.address, first.token, ["GET", "secret/data/paw/api/jwt_secret"])) as {
      data: { data: Record<string, string> };
    };
    expect(back.data.data).to.deep.equal({ jwt_secret: "known-plain-text" });
    console.info(`      put back in ${((Date.now() - begun) / 1000).toFixed(1)} s, with a new server`);
  });
});
