/** What list.sh and verify.sh say of a repository, as `paw backup` reads it. */
import { execFileSync } from "node:child_process";
import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { readReport } from "../../../ops/src/backup/report.ts";
import { find } from "../../support/find.ts";
import { type Outcome, shellNames } from "../chain/scripts/shell.ts";
import { Pod, kept } from "./pod.ts";

describe("A21: what paw backup asks a repository", function () {
  this.timeout(120_000);

  const pods = {} as Record<(typeof shellNames)[number], Pod>;
  const ask = (pod: Pod, script: string, more: Record<string, string> = {}): Promise<Outcome> =>
    pod.shell.run(script, [], { ...pod.environment, SOURCE_HOST: "paw-test-1", ...more });

  before(async () => {
    await Promise.all(
      shellNames.map(async (name) => {
        const pod = new Pod(name);
        pods[name] = pod;
        pod.makeRepository();
        writeFileSync(pod.file("chain/height"), "41\n");
        expect((await pod.backup({ KEEP_DAILY: "9" })).exitCode).to.equal(0);
      }),
    );
  });
  after(() => {
    for (const pod of Object.values(pods)) pod.shell.dispose();
  });

  for (const name of shellNames) {
    it(`list.sh: time, height and size of each snapshot, with ${name}`, async () => {
      const pod = pods[name];
      const done = await ask(pod, "list.sh");
      expect(done.exitCode, done.all).to.equal(0);
      const { snapshots, storedBytes, whole } = readReport(done.stdout);
      expect(whole).to.be.true;
      expect(snapshots).to.have.length(1);
      const [only] = snapshots;
      expect(only?.id).to.equal(pod.snapshots()[0]);
      expect(only?.height).to.equal(41);
      expect(only?.bytes).to.equal(Object.values(kept).join("").length);
      expect(Date.now() - (only?.time.getTime() ?? 0)).to.be.within(0, 120_000);
      expect(storedBytes).to.be.within(1, 10_000);
    });

    it(`verify.sh: reads all of it back, and finds no key, with ${name}`, async () => {
      const done = await ask(pods[name], "verify.sh", { READ: "all" });
      expect(done.exitCode, done.all).to.equal(0);
      const { read, damaged, keys, snapshots } = readReport(done.stdout);
      expect({ read, damaged, keys }).to.deep.equal({ read: "all", damaged: undefined, keys: [] });
      expect(snapshots).to.have.length(1);
    });
  }

  it("verify.sh: a pack that was changed is found when it is read, and an intact one is not blamed", async () => {
    const pod = pods.sh;
    const changed = pod.file("changed");
    execFileSync("cp", ["-r", pod.file("repository"), changed]);
    for (const folder of readdirSync(join(changed, "data"))) {
      for (const file of readdirSync(join(changed, "data", folder))) {
        const path = join(changed, "data", folder, file);
        const bytes = readFileSync(path);
        bytes.writeUInt8(bytes.readUInt8(40) ^ 0xff, 40);
        writeFileSync(path, bytes, { flag: "r+" });
      }
    }
    const done = await ask(pod, "verify.sh", { RESTIC_REPOSITORY: changed, READ: "100%" });
    expect(done.exitCode).to.equal(1);
    const report = readReport(done.stdout);
    expect(report.damaged).to.match(/restic check ended with 1/);
    expect(report.read).to.equal(undefined);
    expect(report.whole).to.be.true;
  });

  it("verify.sh: a key in the newest snapshot is a failure, by its name", async () => {
    const pod = pods.busybox;
    pod.put("node_key.json", "{}", "leaked");
    const named = ["--host", "paw-test-1", "--tag", "chain=paw-test-1"];
    execFileSync(find("restic"), ["backup", ...named, "data"], {
      cwd: pod.file("leaked"),
      env: pod.environment,
    });
    const done = await ask(pod, "verify.sh");
    expect(done.exitCode).to.equal(1);
    expect(readReport(done.stdout).keys).to.deep.equal(["/data/node_key.json"]);
  });

  it("a repository that does not open, or is not there: said, and none is made", async () => {
    const pod = pods.busybox;
    writeFileSync(pod.file("wrong"), "another\n");
    for (const script of ["list.sh", "verify.sh"]) {
      const wrong = await ask(pod, script, { RESTIC_PASSWORD_FILE: pod.file("wrong") });
      expect(wrong.exitCode).to.equal(1);
      expect(wrong.stderr).to.match(/cannot be opened.*wrong password/s);
      const none = await ask(pod, script, { RESTIC_REPOSITORY: pod.file("none") });
      expect(none.exitCode).to.equal(1);
      expect(none.stderr).to.contain("there is no repository");
      expect(readReport(none.stdout).whole).to.be.false;
    }
    expect(readdirSync(pod.shell.folder)).not.to.include("none");
  });

  it("an empty repository has no snapshots", async () => {
    const pod = pods.busybox;
    const env = { ...pod.environment, RESTIC_REPOSITORY: pod.file("empty") };
    execFileSync(find("restic"), ["init"], { env });
    const done = await ask(pod, "list.sh", { RESTIC_REPOSITORY: pod.file("empty") });
    expect(done.exitCode, done.all).to.equal(0);
    expect(readReport(done.stdout)).to.deep.equal({ snapshots: [], whole: true });
  });
});
