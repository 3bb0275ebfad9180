/** What a backup stores, and what it does not. */
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

import { expect } from "chai";

import { find } from "../../support/find.ts";
import { shellNames } from "../chain/scripts/shell.ts";
import { Pod, filesBelow, kept } from "./pod.ts";

describe("A21: backup.sh", () => {
  const pods = {} as Record<(typeof shellNames)[number], Pod>;
  const first = {} as Record<(typeof shellNames)[number], Awaited<ReturnType<Pod["backup"]>>>;

  before(() => {
    for (const name of shellNames) pods[name] = new Pod(name);
  });
  after(() => {
    for (const name of shellNames) pods[name].shell.dispose();
  });

  for (const name of shellNames) {
    describe(`refusals, with ${name}`, () => {
      it("refuses while a consensus key lies among the data, and stores nothing", async () => {
        for (const path of ["priv_validator_key.json", "old/priv_validator_key.json.bak"]) {
          pods[name].put(path, "{}");
          const done = await pods[name].backup();
          rmSync(pods[name].file(`chain/data/${path}`));
          expect(done.exitCode).to.equal(1);
          expect(done.stderr).to.contain("refused").and.to.contain(path);
        }
        expect(existsSync(pods[name].file("repository"))).to.be.false;
      });

      it("refuses without data", async () => {
        const done = await pods[name].backup({ HOME_DIR: pods[name].file("none") });
        expect(done.exitCode).to.equal(1);
        expect(done.stderr).to.contain("there is no data");
      });

      it("makes no repository where it is not let in", async () => {
        const requests: string[] = [];
        const server = createServer((request, response) => {
          requests.push(request.method ?? "");
          response.writeHead(403).end();
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as AddressInfo;
        const done = await pods[name].backup({ RESTIC_REPOSITORY: `rest:http://127.0.0.1:${port}/` });
        server.close();
        expect(done.exitCode).to.equal(1);
        expect(done.stderr).to.contain("cannot be opened").and.to.contain("403");
        expect(done.all).not.to.contain("making the repository");
        expect(requests).to.include("HEAD").and.not.to.include("POST");
      });
    });
  }

  describe("a node's data", function () {
    this.timeout(30_000);
    // Both shells at once: restic's password check is made to take time.
    before(async () => {
      await Promise.all(shellNames.map(async (name) => (first[name] = await pods[name].backup())));
    });

    for (const name of shellNames) {
      it(`is stored in a new repository, and read back, with ${name}`, () => {
        expect(first[name].exitCode, first[name].all).to.equal(0);
        expect(first[name].stdout).to.contain("making the repository").and.to.contain("no errors were found");
        expect(pods[name].snapshots()).to.have.length(1);
      });

      it(`lies there without any plain text, with ${name}`, () => {
        const stored = Object.entries(filesBelow(pods[name].file("repository"), "latin1"));
        expect(stored.length).to.be.greaterThan(4);
        for (const [path, content] of stored) {
          for (const plain of ["a block that nobody", "blockstore", "paw-test-1", "a password"])
            expect(content, path).not.to.contain(plain);
        }
      });
    }

    it("a run after one that was killed goes on; a restore gives the same bytes, and nothing that identifies a node", async () => {
      const pod = pods.busybox;
      await killWhileItHoldsALock(pod);
      pod.put("blockstore.db/000002.ldb", "later");
      const done = await pod.backup();
      expect(done.exitCode, done.all).to.equal(0);
      expect(done.all).not.to.contain("making the repository");
      // Two on one day: the older one goes, as KEEP_DAILY says.
      expect(pod.snapshots()).to.have.length(1);
      const [only, target] = [["--host", "paw-test-1", "--tag", "chain=paw-test-1"], pod.file("restored")];
      execFileSync(find("restic"), ["restore", "latest", ...only, "--target", target], {
        env: pod.environment,
      });
      const wanted = Object.entries({ ...kept, "blockstore.db/000002.ldb": "later" });
      expect(filesBelow(target)).to.deep.equal(
        Object.fromEntries(wanted.map(([path, content]) => [`data/${path}`, content])),
      );
    });

    it("a wrong password is said, and stores nothing", async () => {
      const pod = pods.busybox;
      const before = pod.snapshots();
      writeFileSync(pod.file("wrong"), "another\n");
      const done = await pod.backup({ RESTIC_PASSWORD_FILE: pod.file("wrong") });
      expect(done.exitCode).to.equal(1);
      expect(done.stderr).to.contain("wrong password");
      expect(pod.snapshots()).to.deep.equal(before);
    });
  });

  /** Leaves a lock in the repository, as a pod that ran out of memory or time does. */
  async function killWhileItHoldsALock(pod: Pod): Promise<void> {
    const locks = (): string[] => readdirSync(pod.file("repository/locks"));
    const child = spawn(find("restic"), ["backup", "--stdin"], {
      env: pod.environment,
      stdio: ["pipe", "ignore", "ignore"],
    });
    const ended = new Promise((resolve) => child.once("exit", resolve));
    while (locks().length === 0 && child.exitCode === null)
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill("SIGKILL");
    await ended;
    expect(locks()).to.have.length(1);
  }
});
