/** probe.sh and the health server around it, asked about a node in every state. */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { type Server, createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";

import { expect } from "chai";
import { execa } from "execa";
import fc from "fast-check";

import { freePort } from "../../../support/daemon.ts";
import { find } from "../../../support/find.ts";
import { type Shell, openShell, scripts, shellNames } from "./shell.ts";

interface NodeState {
  readonly height: number;
  /** Seconds since the last block; a time of its own where it is text. */
  readonly age: number | string;
  readonly catchingUp: boolean;
}

/** `/status` as CometBFT 0.37 and 0.38 print it. */
function statusOf({ height, age, catchingUp }: NodeState): string {
  const time =
    typeof age === "string" ? age : new Date(Date.now() - age * 1000).toISOString().replace("Z", "123456Z");
  return JSON.stringify({
    jsonrpc: "2.0",
    id: -1,
    result: {
      node_info: { id: "ab", listen_addr: "tcp://0.0.0.0:26656", other: { tx_index: "on" } },
      sync_info: {
        latest_block_hash: "AA",
        latest_app_hash: "BB",
        latest_block_height: String(height),
        latest_block_time: time,
        earliest_block_height: "1",
        earliest_block_time: "2026-01-01T00:00:00Z",
        catching_up: catchingUp,
      },
      validator_info: { address: "CC", voting_power: "10" },
    },
  });
}

for (const name of shellNames) {
  describe(`probes, with ${name}`, () => {
    let shell: Shell;
    let server: Server;
    let state: NodeState | "silent" | "replaying" | "strange";

    before(async () => {
      shell = openShell(name);
      server = createServer((request, response) => {
        if (state === "silent") return;
        if (state === "replaying") response.socket?.destroy();
        else if (state === "strange") response.end('{"error":{"code":-32603,"message":"Internal error"}}');
        else response.end(request.url === "/status" ? statusOf(state) : '{"result":{}}');
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      mkdirSync(join(shell.folder, "settings"));
      writeFileSync(join(shell.folder, "settings", "replicas"), "4\n");
    });
    after(() => {
      server.closeAllConnections();
      server.close();
      shell.dispose();
    });

    const environment = (more: Record<string, string> = {}): Record<string, string> => ({
      RPC: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      SETTINGS: join(shell.folder, "settings"),
      ROLE: "sentry",
      POD_NAME: "paw-sentry-0",
      SERVICE: "paw-sentry.paw.svc",
      RESOLVE: "true",
      ...more,
    });
    const probe = async (what: string, more?: Record<string, string>): Promise<[boolean, string]> => {
      const done = await shell.run("probe.sh", [what], environment(more));
      return [done.exitCode === 0, done.stdout];
    };

    const states: [string, typeof state, Record<"startup" | "readiness" | "liveness", boolean>][] = [
      [
        "following",
        { height: 9, age: 3, catchingUp: false },
        { startup: true, readiness: true, liveness: true },
      ],
      [
        "syncing",
        { height: 9, age: 9000, catchingUp: true },
        { startup: true, readiness: false, liveness: true },
      ],
      [
        "halted",
        { height: 9, age: 90, catchingUp: false },
        { startup: true, readiness: false, liveness: true },
      ],
      ["replaying", "replaying", { startup: false, readiness: false, liveness: false }],
      ["answering with an error", "strange", { startup: false, readiness: false, liveness: true }],
    ];
    for (const [what, when, wanted] of states) {
      it(`${what}: ${JSON.stringify(wanted)}`, async () => {
        state = when;
        for (const [question, passes] of Object.entries(wanted)) {
          const [passed, reason] = await probe(question);
          expect(passed, `${question}: ${reason}`).to.equal(passes);
          expect(reason).to.match(/^[^\n]+$/);
        }
      });
    }

    it("a node that takes the question and says nothing fails within seconds", async () => {
      state = "silent";
      const begun = Date.now();
      expect((await probe("liveness", { PATIENCE: "1" }))[0]).to.be.false;
      expect(Date.now() - begun).to.be.lessThan(3000);
    });

    it("the age of a block is exact to the second, at the limit too", async () => {
      state = { height: 9, age: 58, catchingUp: false };
      expect((await probe("readiness"))[0]).to.be.true;
      state = { height: 9, age: 63, catchingUp: false };
      expect((await probe("readiness"))[0]).to.be.false;
      expect((await probe("readiness", { MAX_BLOCK_AGE: "90" }))[0]).to.be.true;
    });

    it("dates of any year are read like Date does", async () => {
      const date = fc.date({ min: new Date("1971-01-01"), max: new Date(), noInvalidDate: true });
      await fc.assert(
        fc.asyncProperty(date, async (when) => {
          state = { height: 9, age: when.toISOString(), catchingUp: false };
          const [, reason] = await probe("readiness", { MAX_BLOCK_AGE: "0" });
          const age = Number(/(\d+) s old/.exec(reason)?.[1]);
          const wanted = Math.floor(Date.now() / 1000) - Math.floor(when.getTime() / 1000);
          expect(Math.abs(age - wanted)).to.be.at.most(1);
        }),
        { numRuns: 25, examples: [[new Date("2024-02-29T23:59:59Z")], [new Date("2000-03-01T00:00:00Z")]] },
      );
    }).timeout(20_000);

    describe("a validator before the others are made", () => {
      /** @param made the validators that have an address, by ordinal. */
      const validator = (ordinal: number, made: readonly number[]): Record<string, string> => {
        const resolve = join(shell.folder, "resolve");
        const names = made.map((each) => `paw-validator-${each}.paw-validator.paw.svc`);
        writeFileSync(resolve, `case " ${names.join(" ")} " in *" $1 "*) ;; *) exit 1 ;; esac\n`);
        return {
          ROLE: "validator",
          POD_NAME: `paw-validator-${ordinal}`,
          SERVICE: "paw-validator.paw.svc",
          RESOLVE: `sh ${resolve}`,
        };
      };
      const stuck: NodeState[] = [
        { height: 0, age: "0001-01-01T00:00:00Z", catchingUp: true },
        { height: 0, age: "1970-01-01T00:00:00Z", catchingUp: false },
        { height: 9, age: 5000, catchingUp: false },
        // What simd 7.10 says of itself when it starts again with a history, and no peer is there.
        { height: 16, age: 5000, catchingUp: true },
      ];
      for (const when of stuck) {
        const what = `height ${when.height}, ${when.catchingUp ? "catching up" : "not catching up"}`;
        it(`${what}: ready until the last one exists`, async () => {
          state = when;
          for (const made of [[0], [0, 1], [0, 1, 2], [0, 2, 3]]) {
            const [passed, reason] = await probe("readiness", validator(0, made));
            const missing = [1, 2, 3].filter((each) => !made.includes(each));
            expect(passed, `${made.join()}: ${reason}`).to.be.true;
            expect(missing.map((each) => `waiting for paw-validator-${each} to be made`)).to.include(
              reason.replace(/^height \d+: /, ""),
            );
          }
          expect((await probe("readiness", validator(2, [0, 1, 2])))[0], "the last is missing").to.be.true;
          expect((await probe("readiness", validator(0, [0, 1, 2, 3])))[0], "all exist").to.be.false;
          expect((await probe("readiness", validator(2, [2, 3])))[0], "earlier ones are missing").to.be.false;
          expect((await probe("readiness", validator(3, [3])))[0], "the last one is strict").to.be.false;
        });
      }
      it("one that nobody can find by name is never ready without blocks", async () => {
        state = { height: 9, age: 5000, catchingUp: false };
        expect((await probe("readiness", { ...validator(0, [0]), SERVICE: "" }))[0]).to.be.false;
      });
      it("a name that cannot have an address counts as missing, asked with the pod's own means", async () => {
        state = { height: 9, age: 5000, catchingUp: false };
        // Longer than a name may be: refused without asking a name server, so this machine's do not matter.
        const nameless = { ...validator(0, [0]), RESOLVE: "", SERVICE: `${"x".repeat(70)}.svc` };
        expect(await probe("readiness", nameless)).to.deep.equal([
          true,
          "height 9: waiting for paw-validator-3 to be made",
        ]);
      });
      it("a sentry is never ready without blocks", async () => {
        state = { height: 0, age: "1970-01-01T00:00:00Z", catchingUp: false };
        expect((await probe("readiness", { ...validator(0, [0]), ROLE: "sentry" }))[0]).to.be.false;
      });
    });

    // The server is busybox's own.
    if (name !== "busybox") return;
    it("the health server ends when asked, also as the first process of its container", async () => {
      const bin = join(shell.folder, "bin");
      // Who is not root needs a user namespace for it.
      const space = [
        "--pid",
        "--fork",
        "--kill-child",
        ...(process.getuid?.() === 0 ? [] : ["--map-root-user"]),
      ];
      const child = execa(find("unshare"), [...space, join(bin, "sh"), join(scripts, "health.sh"), "serve"], {
        env: {
          ...environment(),
          PATH: bin,
          SCRIPTS: scripts,
          ADDRESS: `127.0.0.1:${await freePort()}`,
          WWW: join(shell.folder, "www-first"),
        },
        extendEnv: false,
        reject: false,
      });
      await new Promise((resolve) => child.stdout.once("data", resolve));
      const first = readFileSync(`/proc/${child.pid ?? 0}/task/${child.pid ?? 0}/children`, "utf8").trim();
      process.kill(Number(first), "SIGTERM");
      const late = setTimeout(() => child.kill("SIGKILL"), 5000);
      expect((await child).exitCode).to.equal(0);
      clearTimeout(late);
    });

    it("A15: the health server answers over HTTP, with 200 or 503 and the reason", async () => {
      const port = await freePort();
      const child = execa(join(shell.folder, "bin", "busybox"), ["sh", join(scripts, "health.sh"), "serve"], {
        env: {
          ...environment(),
          PATH: join(shell.folder, "bin"),
          SCRIPTS: scripts,
          ADDRESS: `127.0.0.1:${port}`,
          WWW: join(shell.folder, "www"),
        },
        extendEnv: false,
        reject: false,
      });
      try {
        const ask = async (path: string): Promise<[number, string]> => {
          for (let tries = 0; ; tries++) {
            try {
              const response = await fetch(new URL(path, `http://127.0.0.1:${port}/cgi-bin/`));
              return [response.status, await response.text()];
            } catch (error) {
              if (tries > 50) throw error;
              await new Promise((resolve) => setTimeout(resolve, 100));
            }
          }
        };
        state = { height: 9, age: 3, catchingUp: false };
        // The block goes on ageing while a busy machine answers.
        const old = "height 9, (?:[3-9]|1\\d) s old";
        const [ready, reason] = await ask("ready");
        expect([ready, reason]).to.satisfy(() => ready === 200 && new RegExp(`^${old}\n$`).test(reason));
        const [code, text] = await ask("health");
        expect(code).to.equal(200);
        expect(text).to.match(new RegExp(`^\\{"status":"ok","reason":"${old}"\\}`));
        state = { height: 9, age: 900, catchingUp: true };
        expect(await ask("ready")).to.deep.equal([503, "height 9: catching up\n"]);
        expect((await ask("health"))[0]).to.equal(503);
        expect((await ask("live"))[0]).to.equal(200);
        expect((await ask("startup"))[0]).to.equal(200);
        expect((await ask("../../etc/passwd"))[0]).to.equal(404);
        state = "replaying";
        expect((await ask("live"))[0]).to.equal(503);
        expect(await ask("/up")).to.deep.equal([200, "up\n"]);
      } finally {
        child.kill();
        await child;
      }
    }).timeout(15_000);
  });
}
