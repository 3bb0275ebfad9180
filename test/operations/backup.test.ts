/**
 * Backups and restores as an operator types them, on a real chain: the commands make Jobs on a real API server, and the
 * stored pods of these Jobs run as processes with a real restic beside six real nodes.
 */
import { createHash } from "node:crypto";
import { cpSync, existsSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";

import { expect } from "chai";
import { execa } from "execa";

import { type Chain, canRunPods, eventually, startSixNodes } from "../support/chain.ts";
import { JobPods, type Serving } from "../support/jobPods.ts";
import { type Outcome, Sandbox } from "../support/sandbox.ts";

const node = "paw-full-node-0";
const restore = ["restore", "chain", "--to", node, "--stop", "--yes", "--confirm", node];

/** Hash of every file below a folder, by relative path. */
function hashes(folder: string): Record<string, string> {
  const paths = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  return Object.fromEntries(
    paths
      .filter((path) => statSync(join(folder, path)).isFile())
      .map((path) => [
        path,
        createHash("sha256")
          .update(readFileSync(join(folder, path)))
          .digest("hex"),
      ]),
  );
}

describe("A21, A27: backup, verification and restore of the chain", function () {
  this.timeout(300_000);

  let sandbox: Sandbox;
  let chain: Chain;
  let jobs: JobPods;
  /** Snapshot of the first backup, and its height. */
  let stored: { id: string; height: number };

  before(async function () {
    if (!canRunPods()) this.skip();
    this.timeout(600_000);
    ({ sandbox, chain } = await startSixNodes());
    jobs = new JobPods(sandbox, chain);
    await jobs.cordon(true);
  });

  after(async function () {
    this.timeout(120_000);
    await (chain as Chain | undefined)?.dispose();
    await Sandbox.disposeAll();
  });

  const repository = (): string => join(chain.folder, "claims/paw-backup/restic");
  const home = (): string => chain.pod(node).claim("data");
  /** Runs a command as typed, with the pods of its Jobs as processes. */
  async function paw(args: readonly string[], during?: Serving["during"]): Promise<Outcome> {
    const claims = { "paw-backup": join(chain.folder, "claims/paw-backup"), [`data-${node}`]: home() };
    return jobs.while(args, { claims, ...(during ? { during } : {}) });
  }
  async function restic(...args: string[]): Promise<string> {
    const { data } = await sandbox.stored<{ data: Record<string, string> }>(
      "secret",
      "paw-backup",
      "-n",
      "paw",
    );
    const env = {
      RESTIC_REPOSITORY: repository(),
      RESTIC_PASSWORD: Buffer.from(data.RESTIC_PASSWORD ?? "", "base64").toString(),
    };
    return (await execa("restic", args, { env })).stdout;
  }
  const hashAt = async (name: string, height: number): Promise<string> =>
    (await chain.rpc(name, `block?height=${height}`)).block.header.app_hash as string;
  const idOf = async (name: string): Promise<string> =>
    (await chain.rpc(name, "status")).node_info.id as string;

  it("paw backup run: a full node of its own follows the chain, stops, and is stored with its height", async () => {
    const before = await chain.height("paw-sentry-0");
    const done = await paw(["backup", "run", "--json"]);
    expect(done.exitCode, done.all).to.equal(0);
    const said = JSON.parse(done.stdout) as {
      job: string;
      snapshot: string;
      verdict: string;
      seconds: number;
    };
    expect(said.verdict).to.equal("proven");
    const pod = jobs.ran.get(said.job);
    expect(pod?.inits.map(({ name, exitCode }) => [name, exitCode])).to.deep.equal([
      ["defaults", 0],
      ["genesis", 0],
      ["configure", 0],
      ["follow", 0],
    ]);
    const listed = await paw(["backup", "list", "--json"]);
    expect(listed.exitCode, listed.all).to.equal(0);
    const { snapshots } = JSON.parse(listed.stdout) as {
      snapshots: { id: string; height: number; bytes: number; time: string }[];
    };
    expect(snapshots).to.have.length(1);
    const [only] = snapshots;
    expect(only?.id.slice(0, 8)).to.equal(said.snapshot);
    expect(only?.height)
      .to.be.at.least(before)
      .and.at.most(await chain.height("paw-sentry-0"));
    expect(only?.bytes).to.be.greaterThan(10_000);
    expect(Date.now() - Date.parse(only?.time ?? "")).to.be.lessThan(120_000);
    stored = { id: only?.id ?? "", height: only?.height ?? 0 };
    console.info(`      backup of ${stored.height} blocks: ${said.seconds} s`);
  });

  it("nothing of it can be read in the store, and neither keys nor signing states are among its files", async () => {
    const files = await restic("ls", stored.id);
    expect(files).to.contain("/data/blockstore.db/").and.to.contain("/data/application.db/");
    expect(files).not.to.match(/priv_validator|node_key|addrbook/);
    const { stdout: validator } = await sandbox.ok("kubectl", [
      "get",
      "cm",
      "paw-network",
      "-n",
      "paw",
      "-o",
      "jsonpath={.data}",
    ]);
    const address = /[0-9A-F]{40}/.exec(validator)?.[0] ?? "";
    const id = await idOf("paw-sentry-0");
    const bytes = Object.keys(hashes(repository())).map((path) => readFileSync(join(repository(), path)));
    expect(bytes.length).to.be.greaterThan(4);
    const plain = [
      "paw-local-1",
      "blockstore",
      "application.db",
      "MANIFEST",
      "cosmos1",
      address,
      id,
      "127.0.0.",
    ];
    for (const word of plain) {
      expect(word.length, word).to.be.greaterThan(5);
      expect(
        bytes.some((each) => each.includes(word)),
        word,
      ).to.be.false;
      // The search would find them: they are in the node's own files.
    }
    expect(readdirSync(join(home(), "data"))).to.include.members(["application.db", "blockstore.db"]);
    expect(
      (await execa("grep", ["-r", "-q", "paw-local-1", join(home(), "data")], { reject: false })).exitCode,
    ).to.equal(0);
  });

  it("paw backup verify: opens, young enough, reads back whole, without keys", async () => {
    const done = await paw(["backup", "verify", "--read", "all", "--json"]);
    expect(done.exitCode, done.all).to.equal(0);
    const { results, holds } = JSON.parse(done.stdout) as {
      holds: boolean;
      results: { id: string; verdict: string }[];
    };
    expect(results.map(({ id, verdict }) => `${id} ${verdict}`)).to.deep.equal([
      "repository-opens proven",
      "newest-snapshot proven",
      "data-reads-back proven",
      "no-keys proven",
    ]);
    expect(holds).to.be.true;
  });

  describe("refused before anything is made", () => {
    const refused = async (code: number, words: RegExp, ...args: string[]): Promise<void> => {
      const jobsBefore = await sandbox.ok("kubectl", ["get", "jobs", "-n", "paw", "-o", "name"]);
      const done = await sandbox.run("npx", ["paw", ...args]);
      expect(done.exitCode, done.all).to.equal(code);
      expect(done.stderr).to.match(words);
      const jobsAfter = await sandbox.ok("kubectl", ["get", "jobs", "-n", "paw", "-o", "name"]);
      expect(jobsAfter.stdout).to.equal(jobsBefore.stdout);
    };
    const to = ["restore", "chain", "--to"];

    it("a validator, a node that runs, a node that was not named twice, nobody to be asked", async () => {
      await refused(2, /a validator is never restored.*signs twice/s, ...to, "paw-validator-0");
      await refused(
        1,
        /is running: pod paw-full-node-0 uses the claim data-paw-full-node-0/,
        ...to,
        node,
        "--yes",
        "--confirm",
        node,
      );
      await refused(1, /--yes needs the node's name once more/, ...to, node, "--yes");
      await refused(1, /--confirm names paw-backup/, ...to, node, "--yes", "--confirm", "paw-backup");
      await refused(1, /nobody is here to be asked/, ...to, node);
      await refused(
        1,
        /has no claim paw\/data-paw-full-node-7/,
        ...to,
        "paw-full-node-7",
        "--yes",
        "--confirm",
        "paw-full-node-7",
      );
      await refused(1, /has no CronJob vault\/vault-snapshot/, "backup", "list", "vault");
    });
  });

  it("a node that lost everything: restored, it holds the chain's own state at that height, and goes on", async () => {
    await chain.pod(node).stop();
    rmSync(join(home(), "data"), { recursive: true });
    const begun = Date.now();
    const done = await paw(restore);
    expect(done.exitCode, done.all).to.equal(0);
    expect(done.stdout).to.contain(`data-${node} holds snapshot ${stored.id}`);
    expect(done.all).to.contain(`height ${stored.height}`).and.to.contain("full nodes: 1 again");
    const took = (Date.now() - begun) / 1000;
    const { spec } = await sandbox.stored<{ spec: { replicas: number } }>(
      "statefulset",
      "paw-full-node",
      "-n",
      "paw",
    );
    expect(spec.replicas).to.equal(1);
    expect(readdirSync(home())).not.to.include("restore");
    expect(existsSync(join(home(), "data/node_key.json"))).to.be.false;

    await chain.startNode(node);
    await eventually("it follows", 90, async () => (await chain.height(node)) > stored.height + 2);
    const follows = (Date.now() - begun) / 1000;
    expect(await hashAt(node, stored.height)).to.equal(await hashAt("paw-validator-0", stored.height));
    const earliest = (await chain.rpc(node, "status")).sync_info.earliest_block_height as string;
    expect(earliest, "all blocks are there").to.equal("1");
    const output = chain.pod(node).output("node");
    expect(output).to.contain("Completed ABCI Handshake");
    // It began from the snapshot: what came after was executed, and nothing up to its height once more.
    const executed = (height: number): boolean =>
      new RegExp(`committed state .*height=${height}\\b`).test(stripVTControlCharacters(output));
    expect(executed(stored.height + 2), "the search finds what was executed").to.be.true;
    for (const height of [1, stored.height - 1]) expect(executed(height), String(height)).to.be.false;
    console.info(`      restored in ${took.toFixed(0)} s; follows the chain after ${follows.toFixed(0)} s`);
  });

  it("onto a node that was there: its own key, signing state and address book stay; the rest is the snapshot's", async () => {
    const id = await idOf(node);
    await chain.pod(node).stop();
    const own = ["data/node_key.json", "data/priv_validator_state.json"];
    const was = hashes(home());
    writeFileSync(join(home(), "data/blockstore.db/garbage.ldb"), "what broke it");
    const done = await paw([...restore, "--snapshot", stored.id.slice(0, 10)]);
    expect(done.exitCode, done.all).to.equal(0);
    const now = hashes(home());
    for (const file of own) expect(now[file], file).to.equal(was[file]).and.not.to.equal(undefined);
    expect(existsSync(join(home(), "data/blockstore.db/garbage.ldb"))).to.be.false;
    await chain.startNode(node);
    await eventually("it follows", 90, async () => (await chain.height(node)) > stored.height + 2);
    expect(await idOf(node)).to.equal(id);
  });

  it("killed half way: the node refuses to start, and the same command ends it well", async () => {
    await chain.pod(node).stop();
    const broken = await paw(restore, async (pod, job) => {
      if (job !== `restore-${node}`) return;
      await eventually("it reads", 60, () => existsSync(join(home(), "restore/new")));
      await pod.kill();
    });
    expect(broken.exitCode, broken.all).to.equal(1);
    expect(broken.stderr).to.contain("restoring failed").and.to.contain("--undo");
    const halted = await chain.start(await chain.plan("paw-full-node", 0));
    expect(halted.inits.at(-1)?.output).to.contain("a restore of this volume has not ended");
    const done = await paw(restore);
    expect(done.exitCode, done.all).to.equal(0);
    expect(readdirSync(home())).not.to.include("restore");
    await chain.startNode(node);
    await eventually("it follows", 90, async () => (await chain.height(node)) > stored.height + 2);
  });

  it("a corrupted repository and a wrong password: refused, and every file of the node as it was", async () => {
    await chain.pod(node).stop();
    const was = hashes(home());
    const good = join(chain.folder, "good");
    cpSync(repository(), good, { recursive: true });
    const packs = Object.keys(hashes(join(repository(), "data")))
      .map((path) => join(repository(), "data", path))
      .sort((a, b) => statSync(b).size - statSync(a).size);
    // The largest holds content, which only reading it back shows.
    const bytes = readFileSync(packs[0] ?? "");
    bytes.writeUInt8(bytes.readUInt8(200) ^ 0xff, 200);
    writeFileSync(packs[0] ?? "", bytes, { flag: "r+" });
    const corrupted = await paw(restore);
    expect(corrupted.exitCode, corrupted.all).to.equal(1);
    expect(corrupted.stderr).to.match(/cannot be read back whole|damaged/);
    expect(hashes(home())).to.deep.equal(was);
    const verified = await paw(["backup", "verify", "--read", "all"]);
    expect(verified.exitCode, verified.all).to.equal(1);
    expect(verified.stdout).to.match(/failed +What is stored can be read back/);
    rmSync(repository(), { recursive: true });
    cpSync(good, repository(), { recursive: true });
    await execa("chown", ["-R", "1000:1000", repository()]);

    const password = JSON.stringify({ stringData: { RESTIC_PASSWORD: "another" } });
    await sandbox.ok("kubectl", [
      "patch",
      "secret",
      "paw-backup",
      "-n",
      "paw",
      "--type",
      "merge",
      "-p",
      password,
    ]);
    await chain.reload();
    const wrong = await paw(restore);
    expect(wrong.exitCode, wrong.all).to.equal(1);
    expect(wrong.stderr).to.contain("wrong password");
    expect(hashes(home())).to.deep.equal(was);
  });
});
