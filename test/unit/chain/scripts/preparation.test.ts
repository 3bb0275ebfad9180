/** What runs before a node: the genesis and the configuration. */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { type Shell, openShell, shellNames } from "./shell.ts";

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

const ids = ["a", "b", "c"].map((digit) => digit.repeat(40));
const peers = ["paw-validator-0", "paw-validator-1", "paw-sentry-0"]
  .map((pod, index) => `${ids[index] ?? ""}@${pod}.paw-x.paw.svc:26656\n`)
  .join("");

for (const name of shellNames) {
  describe(`scripts before the node, with ${name}`, () => {
    let shell: Shell;
    beforeEach(() => {
      shell = openShell(name);
    });
    afterEach(() => {
      shell.dispose();
    });
    const file = (...parts: string[]): string => join(shell.folder, ...parts);

    describe("verify-genesis.sh", () => {
      it("takes the right genesis over, byte by byte", async () => {
        writeFileSync(file("g.json"), '{"chain_id":"x"}\n');
        const done = await shell.run("verify-genesis.sh", [
          file("g.json"),
          file("t"),
          sha256('{"chain_id":"x"}\n'),
        ]);
        expect(done.exitCode, done.all).to.equal(0);
        expect(readFileSync(file("t"), "utf8")).to.equal('{"chain_id":"x"}\n');
      });

      it("refuses one that differs in a byte, names both hashes, and leaves nothing", async () => {
        writeFileSync(file("g.json"), '{"chain_id":"y"}\n');
        writeFileSync(file("t"), "of an earlier start");
        const wanted = sha256('{"chain_id":"x"}\n');
        const done = await shell.run("verify-genesis.sh", [file("g.json"), file("t"), wanted]);
        expect(done.exitCode).to.equal(1);
        expect(done.stderr).to.contain(wanted).and.to.contain(sha256('{"chain_id":"y"}\n'));
        expect([existsSync(file("t")), existsSync(file("t.new"))]).to.deep.equal([false, false]);
      });

      // busybox runs its own cp, whatever is on PATH; the script is the same.
      if (name === "sh") {
        it("looks at the copy: a right source and a wrong copy are refused", async () => {
          writeFileSync(file("g.json"), '{"chain_id":"x"}\n');
          writeFileSync(file("bin", "cp"), '#!/bin/sh\ncat "$1" >"$2" && echo more >>"$2"\n', {
            mode: 0o755,
          });
          const args = [file("g.json"), file("t"), sha256('{"chain_id":"x"}\n')];
          const done = await shell.run("verify-genesis.sh", args);
          expect(done.exitCode).to.equal(1);
          expect(done.stderr).to.contain(sha256('{"chain_id":"x"}\nmore\n'));
          expect(existsSync(file("t"))).to.be.false;
        });
      }

      it("refuses a source that is not there", async () => {
        const done = await shell.run("verify-genesis.sh", [file("none"), file("t"), sha256("")]);
        expect(done.exitCode).to.equal(1);
        expect(done.stderr).to.contain(`cannot read ${file("none")}`);
        expect(existsSync(file("t"))).to.be.false;
      });

      it("refuses a source that cannot be read, and leaves nothing", async () => {
        mkdirSync(file("folder"));
        const done = await shell.run("verify-genesis.sh", [file("folder"), file("t"), sha256("")]);
        expect(done.exitCode).to.equal(1);
        expect(done.stderr).to.contain(`cannot read ${file("folder")}`);
        expect([existsSync(file("t")), existsSync(file("t.new"))]).to.deep.equal([false, false]);
      });
    });

    describe("configure.sh", () => {
      const defaults = [
        "# top",
        'moniker = "x"',
        "",
        "#######",
        "### P2P ###",
        "[p2p]",
        "# who",
        'persistent_peers = ""',
        "pex = true # of course",
        "",
        "[consensus]",
        "double_sign_check_height = 0",
        "list = [",
        '  "one # ]",',
        "]",
        'after = "stays"',
        "",
      ].join("\n");

      function prepare(role: string): Record<string, string> {
        for (const folder of ["defaults/config", "settings", "chain/config"]) {
          mkdirSync(file(folder), { recursive: true });
        }
        writeFileSync(file("defaults/config/config.toml"), defaults);
        writeFileSync(file("defaults/config/app.toml"), 'pruning = "default"\n\n[api]\nenable = false\n');
        writeFileSync(
          file("settings/config.toml"),
          'node_key_file = "/keys/k"\n\n[p2p]\npex = false\n\n[consensus]\ndouble_sign_check_height = 10\nlist = ["two"]\n\n[new]\nkey = 1\n',
        );
        writeFileSync(file("settings/app.toml"), "halt-height = 0\n\n[api]\nenable = true\n");
        writeFileSync(file("settings/peers"), peers);
        writeFileSync(file("settings/external_addresses"), "paw-sentry-0 203.0.113.7:26656\n");
        return {
          POD_NAME: role === "full-node" ? "paw-full-node-0" : `paw-${role}-0`,
          ROLE: role,
          DEFAULTS: file("defaults"),
          SETTINGS: file("settings"),
          HOME_DIR: file("chain"),
        };
      }
      const written = (what = "config"): string => readFileSync(file(`chain/config/${what}.toml`), "utf8");

      it("puts settings over defaults in place, adds what is missing, and keeps all else", async () => {
        const done = await shell.run("configure.sh", [], prepare("validator"));
        expect(done.exitCode, done.all).to.equal(0);
        expect(written()).to.equal(
          [
            "# top",
            'moniker = "x"',
            'node_key_file = "/keys/k"',
            "",
            "#######",
            "### P2P ###",
            "[p2p]",
            "# who",
            `persistent_peers = "${ids[1] ?? ""}@paw-validator-1.paw-x.paw.svc:26656,${ids[2] ?? ""}@paw-sentry-0.paw-x.paw.svc:26656"`,
            "pex = false",
            "",
            "[consensus]",
            "double_sign_check_height = 10",
            'list = ["two"]',
            'after = "stays"',
            "",
            "[new]",
            "key = 1",
            "",
          ].join("\n"),
        );
        expect(written("app")).to.equal('pruning = "default"\nhalt-height = 0\n\n[api]\nenable = true\n');
      });

      it("writes the same when it runs again", async () => {
        const env = prepare("validator");
        await shell.run("configure.sh", [], env);
        const first = written() + written("app");
        await shell.run("configure.sh", [], env);
        expect(written() + written("app")).to.equal(first);
      });

      for (const [what, state, height] of [
        [
          "looks back for signatures while the key has signed nothing",
          '{\n  "height": "0",\n  "round": 0\n}',
          10,
        ],
        ["does not, once there is a history of its own", '{\n  "height": "17",\n  "round": 0\n}', 0],
      ] as const) {
        it(`a validator ${what}`, async () => {
          const env = prepare("validator");
          mkdirSync(file("chain/data"));
          writeFileSync(file("chain/data/priv_validator_state.json"), state);
          await shell.run("configure.sh", [], env);
          expect(written()).to.contain(`double_sign_check_height = ${height}\n`);
        });
      }

      it("a sentry gets its address for the outside", async () => {
        await shell.run("configure.sh", [], prepare("sentry"));
        expect(written()).to.contain('external_address = "203.0.113.7:26656"');
      });

      it("HALT_TIME=now makes the node stop at the present", async () => {
        const before = Math.floor(Date.now() / 1000);
        await shell.run("configure.sh", [], { ...prepare("full-node"), HALT_TIME: "now" });
        const seconds = Number(/^halt-time = (\d+)$/m.exec(written("app"))?.[1]);
        expect(seconds).to.be.within(before, before + 10);
      });

      it("a node that the facts do not know does not start", async () => {
        const done = await shell.run("configure.sh", [], {
          ...prepare("validator"),
          POD_NAME: "paw-validator-7",
        });
        expect(done.exitCode).to.equal(1);
        expect(done.stderr).to.contain("no line of paw-validator-7");
        expect(existsSync(file("chain/config/config.toml"))).to.be.false;
      });

      for (const [role, others] of [
        ["validator", [1, 2]],
        ["sentry", [0, 1]],
        ["full-node", [0, 1, 2]],
      ] as const) {
        it(`a ${role} dials all that its settings name but itself, and no comment`, async () => {
          const env = prepare(role);
          writeFileSync(file("settings/peers"), `# a@paw-validator-9.paw-x.paw.svc:26656\n${peers}`);
          const done = await shell.run("configure.sh", [], env);
          const wanted = others.map((index) => peers.split("\n")[index]).join(",");
          expect(/^persistent_peers = "(.*)"$/m.exec(written())?.[1]).to.equal(wanted);
          expect(done.stdout).to.equal(
            `configure: ${env.POD_NAME ?? ""} is a ${role} with ${others.length} peers`,
          );
        });
      }

      for (const missing of ["config.toml", "app.toml", "peers"]) {
        it(`without ${missing} in the settings nothing is written`, async () => {
          const env = prepare("full-node");
          rmSync(file("settings", missing));
          const done = await shell.run("configure.sh", [], env);
          expect(done.exitCode).to.equal(1);
          expect(done.stderr).to.contain(`${file("settings", missing)} is missing`);
          expect(existsSync(file("chain/config/config.toml"))).to.be.false;
        });
      }

      it("an empty app.toml in the settings is a fault", async () => {
        const env = prepare("full-node");
        writeFileSync(file("settings/app.toml"), "");
        const done = await shell.run("configure.sh", [], env);
        expect(done.exitCode).to.equal(1);
        expect(done.stderr).to.contain("app.toml is empty");
      });

      it("settings without a place for peers are a fault: the node would run alone", async () => {
        const env = prepare("validator");
        writeFileSync(file("settings/config.toml"), "[consensus]\ndouble_sign_check_height = 10\n");
        const done = await shell.run("configure.sh", [], env);
        expect(done.exitCode).to.equal(1);
        expect(done.stderr).to.contain("has no section [p2p]");
      });

      it("a HALT_TIME that is no time is a fault", async () => {
        const done = await shell.run("configure.sh", [], { ...prepare("full-node"), HALT_TIME: "tomorrow" });
        expect(done.exitCode).to.equal(1);
        expect(done.stderr).to.contain("HALT_TIME is 'tomorrow'");
      });

      it("takes the client's settings over, and keeps comments and long lists that it does not set", async () => {
        const env = prepare("full-node");
        writeFileSync(file("defaults/config/client.toml"), 'chain-id = "x"\n');
        const app = '# first\nlabels = [\n  "a", # why\n  "b",\n]\n\n# about api\n[api]\nenable = false\n';
        writeFileSync(file("defaults/config/app.toml"), app);
        await shell.run("configure.sh", [], { ...env, HALT_TIME: "17" });
        expect(written("client")).to.equal('chain-id = "x"\n');
        expect(written("app")).to.equal(
          app
            .replace("]\n", "]\nhalt-time = 17\nhalt-height = 0\n")
            .replace("enable = false", "enable = true"),
        );
      });

      it("a key that is set twice is a fault", async () => {
        const env = prepare("validator");
        writeFileSync(file("settings/config.toml"), "[p2p]\npex = false\npex = true\n");
        const done = await shell.run("configure.sh", [], env);
        expect(done.exitCode).to.equal(1);
        expect(done.stderr).to.contain("set pex twice in [p2p]");
      });
    });
  });
}
