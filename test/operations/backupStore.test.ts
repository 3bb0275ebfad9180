/**
 * A21: the store that staging and production have: a real server that speaks S3, with signatures as Amazon checks them, and
 * the pods' own scripts with a real restic.
 */
import { mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { readReport } from "../../ops/src/backup/report.ts";
import { storeTestGroups } from "../../ops/src/toolchain/groups.ts";
import { ensureToolchain } from "../../ops/src/toolchain/index.ts";
import { type Daemon, freePort, startDaemon } from "../support/daemon.ts";
import { Pod, filesBelow, kept } from "../unit/backup/pod.ts";
import type { Outcome } from "../unit/chain/scripts/shell.ts";

const credentials = { AWS_ACCESS_KEY_ID: "paw-backup", AWS_SECRET_ACCESS_KEY: "a secret of the store" };

describe("A21: backups in an object store", function () {
  this.timeout(600_000);
  let pod: Pod;
  let server: Daemon;
  let environment: Record<string, string>;
  /** Where the server keeps its objects. */
  const objects = (): string => pod.file("store");

  before(async () => {
    const { tools } = await ensureToolchain({ groups: storeTestGroups });
    pod = new Pod("busybox");
    mkdirSync(join(objects(), "paw-backups"), { recursive: true });
    const port = await freePort();
    const { AWS_ACCESS_KEY_ID: user, AWS_SECRET_ACCESS_KEY: secret } = credentials;
    server = await startDaemon({
      name: "versitygw",
      command: tools.versitygw.path,
      args: [
        ...["--access", user, "--secret", secret, "--port", `127.0.0.1:${port}`],
        "--health",
        "/up",
        "posix",
        "--nometa",
        objects(),
      ],
      ready: `http://127.0.0.1:${port}/up`,
    });
    environment = {
      ...pod.environment,
      ...credentials,
      RESTIC_REPOSITORY: `s3:http://127.0.0.1:${port}/paw-backups/chain`,
    };
  });
  after(async () => {
    await (server as Daemon | undefined)?.stop();
    (pod as Pod | undefined)?.shell.dispose();
  });
  const run = (script: string, more: Record<string, string> = {}): Promise<Outcome> =>
    pod.shell.run(script, [], { ...environment, SOURCE_HOST: "paw-test-1", ...more });

  it("who has not the store's secret is not let in, and nothing is made", async () => {
    for (const script of ["backup.sh", "list.sh"]) {
      const done = await run(script, { AWS_SECRET_ACCESS_KEY: "another" });
      expect(done.exitCode, done.all).to.equal(1);
      expect(done.stderr).to.contain("cannot be opened");
      expect(done.all).not.to.contain("making the repository");
    }
    expect(readdirSync(join(objects(), "paw-backups"))).to.deep.equal([]);
  });

  it("a repository is made once, filled, listed and read back", async () => {
    const first = await run("backup.sh", { KEEP_DAILY: "9" });
    expect(first.exitCode, first.all).to.equal(0);
    expect(first.stdout).to.contain("making the repository");
    const second = await run("backup.sh");
    expect(second.exitCode, second.all).to.equal(0);
    expect(second.stdout).not.to.contain("making the repository");
    const listed = readReport((await run("list.sh")).stdout);
    expect(listed.whole).to.be.true;
    // Two of one day: one stays.
    expect(listed.snapshots).to.have.length(1);
    expect(listed.snapshots[0]?.bytes).to.equal(Object.values(kept).join("").length);
    const verified = await run("verify.sh", { READ: "all" });
    expect(verified.exitCode, verified.all).to.equal(0);
    expect(readReport(verified.stdout)).to.deep.include({ read: "all", keys: [] });
  });

  it("the objects hold no plain text: no block, no name of a file or a chain, no password", () => {
    const stored = Object.entries(filesBelow(objects(), "latin1"));
    expect(stored.length).to.be.greaterThan(4);
    for (const [path, content] of stored)
      for (const plain of ["a block that nobody", "blockstore", "paw-test-1", "a password", "a secret of"])
        expect(content, path).not.to.contain(plain);
  });

  it("restored from there onto an empty volume", async () => {
    mkdirSync(pod.file("target"));
    const to = { TARGET_DIR: pod.file("target"), CLAIM: "data-paw-full-node-0" };
    const done = await run("restore.sh", to);
    expect(done.exitCode, done.all).to.equal(0);
    expect(filesBelow(pod.file("target/data"))).to.deep.equal(kept);
  });

  it("an object that was changed in the store: found by verify, refused by restore before anything is touched", async () => {
    const packs = readdirSync(join(objects(), "paw-backups/chain/data"), {
      recursive: true,
      encoding: "utf8",
    })
      .map((path) => join(objects(), "paw-backups/chain/data", path))
      .filter((path) => statSync(path).isFile());
    expect(packs.length).to.be.greaterThan(0);
    for (const pack of packs) {
      const bytes = readFileSync(pack);
      bytes.writeUInt8(bytes.readUInt8(40) ^ 0xff, 40);
      writeFileSync(pack, bytes);
    }
    const cache = { RESTIC_CACHE_DIR: pod.file("another-cache") };
    const verified = await run("verify.sh", { READ: "all", ...cache });
    expect(verified.exitCode, verified.all).to.equal(1);
    expect(readReport(verified.stdout).read).to.equal(undefined);
    const was = filesBelow(pod.file("target"));
    const to = { TARGET_DIR: pod.file("target"), CLAIM: "data-paw-full-node-0" };
    const done = await run("restore.sh", { ...to, ...cache });
    expect(done.exitCode, done.all).to.equal(1);
    expect(filesBelow(pod.file("target"))).to.deep.equal(was);
  });
});
