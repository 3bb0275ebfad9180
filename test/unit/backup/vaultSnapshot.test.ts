/** vault-snapshot.sh against a server that plays Vault, and vault-store.sh; test/contract has a real one. */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from "node:fs";
import { type IncomingMessage, type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";

import { expect } from "chai";

import { find } from "../../support/find.ts";
import { type Outcome, type Shell, openShell, shellNames } from "../chain/scripts/shell.ts";
import { filesBelow } from "./pod.ts";

/** A snapshot as Vault's raft storage packs it: its parts, and their hashes. */
function snapshot(shell: Shell, change: (parts: Record<string, string>) => void = () => undefined): Buffer {
  const parts: Record<string, string> = { "meta.json": '{"Index":7}', "state.bin": "sealed ".repeat(5000) };
  const sums = Object.entries(parts).map(
    ([name, content]) => `${createHash("sha256").update(content).digest("hex")}  ${name}\n`,
  );
  parts.SHA256SUMS = sums.join("");
  change(parts);
  const folder = join(shell.folder, "parts");
  mkdirSync(folder, { recursive: true });
  for (const [name, content] of Object.entries(parts)) writeFileSync(join(folder, name), content);
  return execFileSync("tar", ["-cz", ...Object.keys(parts)], { cwd: folder });
}

for (const name of shellNames) {
  describe(`A21: vault-snapshot.sh, with ${name}`, () => {
    let shell: Shell;
    let server: Server;
    let asked: { url: string; token: string | undefined; body: string }[];
    /** What the server gives; packed once, since an archive bears the time. */
    let whole: Buffer;
    let answer: (request: IncomingMessage) => [code: number, body: string | Buffer];

    beforeEach(async () => {
      shell = openShell(name, ["curl"]);
      asked = [];
      server = createServer((request, response) => {
        void text(request).then((body) => {
          const token = request.headers["x-vault-token"] as string | undefined;
          asked.push({ url: `${request.method} ${request.url}`, token, body });
          const [code, content] = answer(request);
          response.writeHead(code).end(content);
        });
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      writeFileSync(join(shell.folder, "token"), "pod-jwt");
      writeFileSync(join(shell.folder, "ca.crt"), "");
      whole = snapshot(shell);
      answer = ({ url }) =>
        url?.endsWith("/login")
          ? [200, JSON.stringify({ auth: { client_token: "hvs.t", policies: ["p"] } })]
          : [200, whole];
    });
    afterEach(() => {
      server.close();
      shell.dispose();
    });

    const target = (): string => join(shell.folder, "vault.snap");
    const take = (): Promise<Outcome> =>
      shell.run("vault-snapshot.sh", [], {
        VAULT_ADDR: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        ROLE: "paw-vault-snapshot",
        CA: join(shell.folder, "ca.crt"),
        TOKEN_FILE: join(shell.folder, "token"),
        SNAPSHOT: target(),
      });
    async function fails(words: RegExp): Promise<void> {
      const done = await take();
      expect(done.exitCode, done.all).to.equal(1);
      expect(done.stderr).to.match(words);
      expect(readdirSync(shell.folder).filter((file) => file.startsWith("vault.snap"))).to.deep.equal([]);
      expect(done.all).not.to.contain("hvs.t").and.not.to.contain("pod-jwt");
    }

    it("logs in with the pod's token, takes a snapshot, and looks whether it is whole", async () => {
      const done = await take();
      expect(done.exitCode, done.all).to.equal(0);
      expect(asked).to.deep.equal([
        {
          url: "POST /v1/auth/kubernetes/login",
          token: undefined,
          body: '{"role":"paw-vault-snapshot","jwt":"pod-jwt"}',
        },
        { url: "GET /v1/sys/storage/raft/snapshot", token: "hvs.t", body: "" },
      ]);
      expect(readFileSync(target()).equals(whole)).to.be.true;
      expect(done.all).not.to.contain("hvs.t").and.not.to.contain("pod-jwt");
    });

    it("a refused login, a refusal of the snapshot: said with the code, and nothing is left", async () => {
      const before = answer;
      answer = () => [403, '{"errors":["permission denied"]}'];
      await fails(/answers 403 to the login as paw-vault-snapshot/);
      answer = (request) =>
        request.url?.endsWith("/login") ? before(request) : [500, "raft storage is not in use"];
      await fails(/answers 500 when asked for a snapshot: raft storage is not in use/);
    });

    it("one that was cut off, changed, or is something else is no snapshot", async () => {
      const before = answer;
      const give = (body: Buffer): void => {
        answer = (request) => (request.url?.endsWith("/login") ? before(request) : [200, body]);
      };
      give(whole.subarray(0, 60));
      await fails(/no snapshot|damaged/);
      give(Buffer.from("<html>a proxy's greeting</html>"));
      await fails(/no snapshot/);
      give(snapshot(shell, (parts) => (parts["state.bin"] = "changed")));
      await fails(/damaged: state\.bin/);
      give(snapshot(shell, (parts) => (parts.SHA256SUMS = "")));
      await fails(/damaged: meta\.json/);
    });

    it("nobody there: said", async () => {
      await new Promise((resolve) => server.close(resolve));
      const done = await shell.run("vault-snapshot.sh", [], {
        VAULT_ADDR: "http://127.0.0.1:9",
        ROLE: "r",
        CA: join(shell.folder, "ca.crt"),
        TOKEN_FILE: join(shell.folder, "token"),
        SNAPSHOT: target(),
      });
      expect(done.exitCode).to.equal(1);
      expect(done.stderr).to.contain("does not answer");
    });
  });
}

describe("A21: vault-store.sh", function () {
  this.timeout(60_000);
  let shell: Shell;
  before(() => {
    shell = openShell("busybox", ["restic"]);
    mkdirSync(join(shell.folder, "snapshot"));
    writeFileSync(join(shell.folder, "password"), "a password\n");
  });
  after(() => {
    shell.dispose();
  });
  const env = (): Record<string, string> => ({
    RESTIC_REPOSITORY: join(shell.folder, "repository"),
    RESTIC_PASSWORD_FILE: join(shell.folder, "password"),
    RESTIC_CACHE_DIR: join(shell.folder, "cache"),
    SNAPSHOT: join(shell.folder, "snapshot/vault.snap"),
  });

  it("without a snapshot it stores nothing, and makes no repository", async () => {
    const done = await shell.run("vault-store.sh", [], env());
    expect(done.exitCode).to.equal(1);
    expect(existsSync(join(shell.folder, "repository"))).to.be.false;
  });

  it("stores it in a repository without plain text, reads it back, and it comes out as it went in", async () => {
    const content = "what Vault sealed ".repeat(100);
    writeFileSync(join(shell.folder, "snapshot/vault.snap"), content);
    const done = await shell.run("vault-store.sh", [], env());
    expect(done.exitCode, done.all).to.equal(0);
    expect(done.stdout).to.contain("no errors were found").and.to.contain("read back");
    for (const [path, stored] of Object.entries(filesBelow(join(shell.folder, "repository"), "latin1")))
      expect(stored, path).not.to.match(/what Vault|vault\.snap|a password/);
    const out = execFileSync(find("restic"), ["dump", "--host", "vault", "latest", "/vault.snap"], {
      env: env(),
      encoding: "utf8",
    });
    expect(out).to.equal(content);
  });
});
