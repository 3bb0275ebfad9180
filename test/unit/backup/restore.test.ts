/** What a restore puts onto a volume, what it refuses, and how it ends after a kill. */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { find } from "../../support/find.ts";
import { type Outcome, shellNames } from "../chain/scripts/shell.ts";
import { Pod, filesBelow, kept } from "./pod.ts";

/** The node's own, which stays. */
const own = {
  "priv_validator_state.json": '{\n  "height": "0",\n  "round": 0\n}',
  "node_key.json": '{"priv_key":"the target\'s own"}',
  "addrbook.json": '{"addrs":["the target\'s own"]}',
};
const old = { ...own, "blockstore.db/000009.ldb": "old blocks", "blockstore.db/LOCK": "" };
const belowData = (files: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(files).map(([path, content]) => [`data/${path}`, content]));
const restored = belowData({ ...kept, ...own });

describe("A21: restore.sh", function () {
  this.timeout(120_000);

  const pods = {} as Record<(typeof shellNames)[number], Pod>;
  let stored: string;

  before(async () => {
    await Promise.all(
      shellNames.map(async (name) => {
        pods[name] = new Pod(name);
        pods[name].makeRepository();
        const done = await pods[name].backup();
        expect(done.exitCode, done.all).to.equal(0);
      }),
    );
    [stored = ""] = pods.busybox.snapshots();
  });
  after(() => {
    for (const pod of Object.values(pods)) pod.shell.dispose();
  });

  /** A volume with the old node's data, under a name of its own. */
  function volume(pod: Pod, name: string, files: Record<string, string> = old): string {
    mkdirSync(pod.file(name), { recursive: true });
    for (const [path, content] of Object.entries(files)) pod.put(path, content, name);
    return pod.file(name);
  }
  function restore(pod: Pod, target: string, more: Record<string, string> = {}): Promise<Outcome> {
    const env = { ...pod.environment, TARGET_DIR: target, CLAIM: "data-paw-full-node-0", ...more };
    return pod.shell.run("restore.sh", [], env);
  }

  for (const name of shellNames) {
    it(`replaces the chain's data and keeps what identifies the node, with ${name}`, async () => {
      const target = volume(pods[name], "whole");
      writeFileSync(join(target, "data.sha256"), "of the old data");
      const done = await restore(pods[name], target);
      expect(done.exitCode, done.all).to.equal(0);
      expect(done.stdout).to.match(/restore: done\. data-paw-full-node-0 holds snapshot [0-9a-f]{64}/);
      expect(filesBelow(target)).to.deep.equal(restored);
      expect(readdirSync(target)).to.deep.equal(["data"]);
    });
  }

  it("onto a volume that is empty: the chain's data, and nothing that identifies a node", async () => {
    const target = volume(pods.busybox, "empty", {});
    const done = await restore(pods.busybox, target, { SNAPSHOT: stored.slice(0, 8) });
    expect(done.exitCode, done.all).to.equal(0);
    expect(filesBelow(target)).to.deep.equal(belowData(kept));
  });

  describe("refuses, and touches nothing", () => {
    /** Runs it on a volume, which has to be as it was. */
    async function refused(
      words: RegExp,
      parts: { target?: string; env?: Record<string, string>; pod?: Pod },
    ): Promise<string> {
      const pod = parts.pod ?? pods.busybox;
      const target = parts.target ?? volume(pod, `refusal-${words.source.replace(/\W/g, "")}`);
      const was = filesBelow(target);
      const done = await restore(pod, target, parts.env);
      expect(done.exitCode, done.all).to.equal(1);
      expect(done.stderr).to.match(words);
      expect(filesBelow(target)).to.deep.equal(was);
      expect(existsSync(join(target, "restore"))).to.be.false;
      expect(done.all).not.to.contain("a password");
      return done.stderr;
    }

    it("a wrong password", async () => {
      writeFileSync(pods.busybox.file("wrong"), "another\n");
      const env = { RESTIC_PASSWORD_FILE: pods.busybox.file("wrong") };
      await refused(/refused: the repository cannot be opened.*wrong password/s, { env });
    });

    it("an address without a repository, where it makes none", async () => {
      const address = pods.busybox.file("nowhere");
      await refused(/there is no repository/, { env: { RESTIC_REPOSITORY: address } });
      expect(existsSync(address)).to.be.false;
    });

    /** What it says of a repository with a change to one pack, for each: the list of files, and their content. */
    async function withEachPack(name: string, change: (pack: string) => void): Promise<string> {
      const count = packsOf(pods.busybox.file("repository")).length;
      expect(count).to.equal(2);
      const words: string[] = [];
      for (let index = 0; index < count; index++) {
        const changed = pods.busybox.file(`${name}-${index}`);
        cpSync(pods.busybox.file("repository"), changed, { recursive: true });
        change(packsOf(changed)[index] ?? "");
        const env = { RESTIC_REPOSITORY: changed, RESTIC_CACHE_DIR: `${changed}-cache` };
        const target = volume(pods.busybox, `${name}-target-${index}`);
        words.push(await refused(/cannot be read|damaged/, { target, env }));
      }
      return words.join("\n");
    }

    it("a repository that lost a part", async () => {
      const words = await withEachPack("lost", rmSync);
      expect(words).to.contain("The list of files").and.to.contain("The repository is damaged");
    });

    it("a repository whose data was changed where only reading it shows", async () => {
      const words = await withEachPack("changed", (pack) => {
        const bytes = readFileSync(pack);
        bytes.writeUInt8(bytes.readUInt8(40) ^ 0xff, 40);
        writeFileSync(pack, bytes, { flag: "r+" });
      });
      expect(words).to.contain("The list of files").and.to.contain("cannot be read back whole");
    });

    it("a snapshot that is not there, or of another chain, or no id at all", async () => {
      await refused(/not one of the chain paw-test-1, or not there/, { env: { SNAPSHOT: "0".repeat(64) } });
      await refused(/is no snapshot: give an id/, { env: { SNAPSHOT: "--help" } });
      await refused(/not one of the chain other-1/, { env: { SNAPSHOT: stored, CHAIN_ID: "other-1" } });
    });

    it("an archive that holds keys, signing state, links, or no chain data", async () => {
      const cases: [RegExp, (data: string) => void][] = [
        [
          /identifies a node.*node_key\.json/,
          (data) => {
            writeFileSync(join(data, "node_key.json"), "{}");
          },
        ],
        [
          /identifies a node.*priv_validator_state/,
          (data) => {
            writeFileSync(join(data, "cs.wal/priv_validator_state.json"), "{}");
          },
        ],
        [
          /no file of a node's data.*symlink/,
          (data) => {
            symlinkSync("/keys", join(data, "keys"));
          },
        ],
        [
          /no application\.db/,
          (data) => {
            rmSync(join(data, "application.db"), { recursive: true });
          },
        ],
      ];
      const repository = pods.busybox.file("archives");
      cpSync(pods.busybox.file("repository"), repository, { recursive: true });
      await Promise.all(
        cases.map(async ([words, change], index) => {
          const pod = pods.busybox;
          const home = pod.file(`archive-${index}`);
          for (const [path, content] of Object.entries(kept)) pod.put(path, content, `archive-${index}`);
          change(join(home, "data"));
          const named = ["--host", "paw-test-1", "--tag", "chain=paw-test-1"];
          const said = execFileSync(find("restic"), ["backup", ...named, "--json", "data"], {
            cwd: home,
            env: { ...pod.environment, RESTIC_REPOSITORY: repository },
            encoding: "utf8",
          });
          const id = /"snapshot_id":"([0-9a-f]+)"/.exec(said)?.[1] ?? "";
          await refused(words, { env: { SNAPSHOT: id, RESTIC_REPOSITORY: repository } });
        }),
      );
    });

    it("a validator's claim, a validator's signing state, a key", async () => {
      await refused(/data-paw-validator-2 is a validator's/, { env: { CLAIM: "data-paw-validator-2" } });
      const signed = volume(pods.busybox, "signed", {
        ...old,
        "priv_validator_state.json": '{"height":"7"}',
      });
      await refused(/of a key that has signed/, { target: signed });
      const keyed = volume(pods.busybox, "keyed", { ...old, "old/priv_validator_key.json": "{}" });
      await refused(/A consensus key lies on this volume/, { target: keyed });
    });

    it("a node that runs", async () => {
      const target = volume(pods.busybox, "running");
      const node = spawn(find("flock"), [join(target, "data/blockstore.db/LOCK"), "sleep", "60"]);
      try {
        await new Promise((resolve) => setTimeout(resolve, 300));
        await refused(/The node is running: it holds .*blockstore\.db\/LOCK/, { target });
      } finally {
        await ended(node);
      }
    });

    it("a volume without room for both", async () => {
      const pod = pods.sh;
      const df = join(pod.shell.bin, "df");
      writeFileSync(df, "#!/bin/sh\necho Filesystem\necho / 100 90 10 90% /\n", { mode: 0o755 });
      await refused(/needs \d+ KiB beside the old data, and 10 are free/, { pod }).finally(() => {
        rmSync(df);
      });
    });
  });

  describe("killed, or failing half way", () => {
    // busybox's shell runs its own mv and rm, whatever is on PATH: the machine's sh runs those that are put there.
    const pod = (): Pod => pods.sh;
    /** Puts a script in a program's place: `$real` is the program, `$PPID` who called it. */
    function inPlaceOf(program: string, script: string): () => void {
      const path = join(pod().shell.bin, program);
      const real = find(program);
      const linked = existsSync(path);
      rmSync(path, { force: true });
      writeFileSync(path, `#!/bin/sh\nreal=${real}\n${script}\nexec "$real" "$@"\n`, { mode: 0o755 });
      return () => {
        rmSync(path);
        if (linked) symlinkSync(real, path);
      };
    }

    const dying = "kill -9 $PPID; exit 1";
    const kills: readonly [when: string, program: string, script: string][] = [
      ["while it reads the snapshot", "restic", `case "$*" in "restore "*) ${dying} ;; esac`],
      ["before the new data is in its place", "mv", `case "$1" in */new/data) ${dying} ;; esac`],
      [
        "when the new data has just got its place",
        "mv",
        `case "$1" in */new/data) "$real" "$@"; ${dying} ;; esac`,
      ],
      ["before the old data is removed", "rm", `case "$2" in */restore) ${dying} ;; esac`],
    ];
    for (const [index, [when, program, script]] of kills.entries()) {
      it(`${when}: the node does not start, and the next run ends well`, async () => {
        const target = volume(pod(), `killed-${index}`);
        const undo = inPlaceOf(program, script);
        const killed = await restore(pod(), target).finally(undo);
        expect(killed.exitCode, killed.all).not.to.equal(0);
        expect(existsSync(join(target, "restore")), killed.all).to.be.true;
        const started = await startOn(pod(), target);
        expect(started.exitCode).to.equal(1);
        expect(started.stderr).to.contain("a restore of this volume has not ended");

        const done = await restore(pod(), target);
        expect(done.exitCode, done.all).to.equal(0);
        expect(filesBelow(target)).to.deep.equal(restored);
        expect(readdirSync(target)).to.deep.equal(["data"]);
      });
    }

    it("killed in the middle of the exchange and taken back: the old data, whole; twice is once too often", async () => {
      const target = volume(pod(), "undone");
      const undo = inPlaceOf(...(kills[1]?.slice(1) as [string, string]));
      await restore(pod(), target).finally(undo);
      expect(existsSync(join(target, "data"))).to.be.false;
      const taken = await restore(pod(), target, {
        UNDO: "yes",
        RESTIC_REPOSITORY: pod().file("not-needed"),
      });
      expect(taken.exitCode, taken.all).to.equal(0);
      expect(filesBelow(target)).to.deep.equal(belowData(old));
      expect(readdirSync(target)).to.deep.equal(["data"]);
      expect((await startOn(pod(), target)).stderr).not.to.contain("a restore");
      const again = await restore(pod(), target, { UNDO: "yes" });
      expect(again.exitCode).to.equal(1);
      expect(again.stderr).to.contain("nothing to take back");
    });

    it("the exchange fails: the old data is back in its place", async () => {
      const target = volume(pod(), "failing");
      const undo = inPlaceOf("mv", `case "$1" in */new/data) exit 1 ;; esac`);
      const done = await restore(pod(), target).finally(undo);
      expect(done.exitCode).to.equal(1);
      expect(done.stderr).to.contain("could not be moved");
      expect(filesBelow(target)).to.deep.equal(belowData(old));
    });
  });

  /** What a node's pod does before its node starts. */
  function startOn(pod: Pod, home: string): Promise<Outcome> {
    const settings = pod.file("settings");
    mkdirSync(settings, { recursive: true });
    for (const file of ["config.toml", "app.toml", "peers"]) writeFileSync(join(settings, file), "[p2p]\n");
    return pod.shell.run("configure.sh", [], {
      POD_NAME: "paw-full-node-0",
      ROLE: "full-node",
      SETTINGS: settings,
      HOME_DIR: home,
    });
  }
});

/** Files with stored data of a repository. */
function packsOf(repository: string): string[] {
  return readdirSync(join(repository, "data"), { recursive: true, withFileTypes: true })
    .filter((each) => each.isFile())
    .map((each) => join(each.parentPath, each.name));
}

async function ended(child: ChildProcess): Promise<void> {
  const exit = new Promise((resolve) => child.once("exit", resolve));
  child.kill("SIGKILL");
  await exit;
}
