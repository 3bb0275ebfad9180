/** snapshot.sh against a small API server that plays snapshots, and the comparison before a node uses such a volume. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { expect } from "chai";

import { type Shell, openShell, shellNames } from "./shell.ts";

interface Snapshot {
  metadata: { name: string; labels: Record<string, string>; annotations: Record<string, string> };
  spec: { volumeSnapshotClassName: string; source: { persistentVolumeClaimName: string } };
  status?: { readyToUse: boolean };
}

for (const name of shellNames) {
  describe(`snapshot.sh, with ${name}`, () => {
    let shell: Shell;
    let server: Server;
    let snapshots: Snapshot[];
    let tokens: Set<string | undefined>;
    /** Questions until a snapshot is ready; never where it is Infinity. */
    let questions: number;

    beforeEach(async () => {
      shell = openShell(name, ["curl"]);
      snapshots = [];
      tokens = new Set();
      questions = 1;
      server = createServer((request, response) => {
        let body = "";
        request.on("data", (chunk: Buffer) => (body += chunk.toString()));
        request.on("end", () => {
          tokens.add(request.headers.authorization);
          const [code, answer] = answerTo(request.method ?? "", request.url ?? "", body);
          response.writeHead(code, { "content-type": "application/json" });
          response.end(JSON.stringify(answer, null, 2));
        });
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      for (const folder of ["data/blockstore.db", "credentials", "config"]) {
        mkdirSync(join(shell.folder, folder), { recursive: true });
      }
      writeFileSync(join(shell.folder, "credentials/token"), "t0ken");
      writeFileSync(join(shell.folder, "credentials/ca.crt"), "");
      writeFileSync(join(shell.folder, "data/blockstore.db/000001.ldb"), "blocks");
      writeFileSync(join(shell.folder, "data/priv_validator_state.json"), "{}");
    });
    afterEach(() => {
      server.close();
      shell.dispose();
    });

    function answerTo(method: string, url: string, body: string): [number, object] {
      const path = "/apis/snapshot.storage.k8s.io/v1/namespaces/paw/volumesnapshots";
      if (!url.startsWith(path)) return [404, {}];
      const wanted = (url.split("?")[0] ?? "").slice(path.length + 1);
      if (method === "POST") {
        const made = JSON.parse(body) as Snapshot;
        snapshots.push(made);
        return [201, made];
      }
      const found = snapshots.find(({ metadata }) => metadata.name === wanted);
      if (method === "DELETE") {
        snapshots = snapshots.filter((each) => each !== found);
        return [200, {}];
      }
      if (wanted === "") return [200, { kind: "VolumeSnapshotList", items: snapshots }];
      if (found === undefined) return [404, {}];
      found.status = { readyToUse: questions-- <= 0 };
      return [200, found];
    }

    const take = (env: Record<string, string> = {}): ReturnType<Shell["run"]> =>
      shell.run("snapshot.sh", [], {
        CLAIM: "paw-backup",
        SNAPSHOT_CLASS: "csi",
        NAMESPACE: "paw",
        CHAIN_ID: "x-1",
        HOME_DIR: shell.folder,
        CREDENTIALS: join(shell.folder, "credentials"),
        API: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
        ...env,
      });
    const old = (day: string): Snapshot => ({
      metadata: { name: `paw-chain-${day}-031700`, labels: {}, annotations: {} },
      spec: { volumeSnapshotClassName: "csi", source: { persistentVolumeClaimName: "paw-backup" } },
    });
    const hashes = (): string => readFileSync(join(shell.folder, "data.sha256"), "utf8");

    it("asks for a snapshot of the claim, waits until it is ready, and notes each file's hash before", async () => {
      const done = await take();
      expect(done.exitCode, done.all).to.equal(0);
      expect(snapshots).to.have.length(1);
      expect(snapshots[0]?.metadata.name).to.match(/^paw-chain-\d{8}-\d{6}$/);
      expect(snapshots[0]?.metadata.annotations).to.deep.equal({ "paw.network/chain-id": "x-1" });
      expect(snapshots[0]?.spec).to.deep.equal({
        volumeSnapshotClassName: "csi",
        source: { persistentVolumeClaimName: "paw-backup" },
      });
      expect(hashes()).to.match(/^[0-9a-f]{64} {2}data\/blockstore\.db\/000001\.ldb\n$/);
      expect([...tokens]).to.deep.equal(["Bearer t0ken"]);
    });

    it("keeps the youngest, and removes what is older than that", async () => {
      snapshots = [old("20260101"), old("20260103"), old("20260102"), old("20260104")];
      const done = await take({ KEEP: "3" });
      expect(done.exitCode, done.all).to.equal(0);
      const names = snapshots.map(({ metadata }) => metadata.name);
      expect(names).to.have.length(3);
      expect(names).to.include.members(["paw-chain-20260103-031700", "paw-chain-20260104-031700"]);
    });

    it("one that does not become ready is a failure, and older ones stay", async () => {
      questions = Infinity;
      snapshots = [old("20260101")];
      const done = await take({ KEEP: "1", PATIENCE: "2" });
      expect(done.exitCode).to.equal(1);
      expect(done.stderr).to.contain("was not ready after 2 s");
      expect(snapshots.map(({ metadata }) => metadata.name)).to.include("paw-chain-20260101-031700");
    });

    it("a cluster without snapshots is told", async () => {
      const done = await take({ NAMESPACE: "elsewhere" });
      expect(done.exitCode).to.equal(1);
      expect(done.stderr).to.contain("does the cluster have VolumeSnapshots, and the class csi?");
    });

    describe("a node on such a volume", () => {
      async function begin(): ReturnType<Shell["run"]> {
        mkdirSync(join(shell.folder, "defaults/config"), { recursive: true });
        mkdirSync(join(shell.folder, "settings"), { recursive: true });
        for (const file of ["config.toml", "app.toml"]) {
          writeFileSync(join(shell.folder, "defaults/config", file), "[p2p]\npex = true\n");
          writeFileSync(join(shell.folder, "settings", file), "[p2p]\npex = false\n");
        }
        writeFileSync(join(shell.folder, "settings/peers"), `${"a".repeat(40)}@paw-sentry-0.x:26656\n`);
        return shell.run("configure.sh", [], {
          POD_NAME: "paw-full-node-0",
          ROLE: "full-node",
          DEFAULTS: join(shell.folder, "defaults"),
          SETTINGS: join(shell.folder, "settings"),
          HOME_DIR: shell.folder,
        });
      }

      it("compares every file, once", async () => {
        await take();
        const first = await begin();
        expect(first.exitCode, first.all).to.equal(0);
        expect(first.stdout).to.contain("file by file");
        expect(existsSync(join(shell.folder, "data.sha256"))).to.be.false;
        expect((await begin()).stdout).not.to.contain("file by file");
      });

      for (const [what, change] of [
        ["a byte that differs", "blockZ"],
        ["a file that was cut off", "blo"],
      ] as const) {
        it(`refuses ${what}, names the file, and refuses again`, async () => {
          await take();
          writeFileSync(join(shell.folder, "data/blockstore.db/000001.ldb"), change);
          for (let tries = 0; tries < 2; tries++) {
            const done = await begin();
            expect(done.exitCode).to.equal(1);
            expect(done.stderr).to.contain("not what was snapshotted").and.to.contain("000001.ldb");
          }
        });
      }
    });
  });
}
