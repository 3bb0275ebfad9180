/** follow.sh: what the backup's node prints passes through, its last height is noted, and its end is its own. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import { execa } from "execa";

import { type Shell, openShell, scripts, shellNames } from "./shell.ts";

const escape = "\\033";

for (const name of shellNames) {
  describe(`A21: follow.sh, with ${name}`, () => {
    let shell: Shell;
    beforeEach(() => {
      shell = openShell(name);
      mkdirSync(join(shell.folder, "data"));
    });
    afterEach(() => {
      shell.dispose();
    });

    interface Running {
      readonly done: Promise<{ readonly code: number; readonly stdout: string }>;
      readonly stop: () => void;
    }
    function start(program: string): Running {
      const binary = join(shell.folder, "chaind");
      writeFileSync(binary, `#!/bin/sh\n${program}\n`, { mode: 0o755 });
      const path = name === "busybox" ? shell.bin : process.env.PATH;
      const child = execa(name === "busybox" ? join(shell.bin, "sh") : "sh", [join(scripts, "follow.sh")], {
        env: {
          PATH: path,
          BINARY: binary,
          HOME_DIR: shell.folder,
          SCRIPTS: scripts,
          NOTES: shell.folder,
          AFTER_HALT: "exit",
        },
        extendEnv: false,
        reject: false,
      });
      return {
        done: child.then(({ exitCode = -1, stdout }) => ({ code: exitCode, stdout })),
        stop: () => {
          child.kill("SIGTERM");
        },
      };
    }
    const run = (program: string): Running["done"] => start(program).done;
    const height = (): string => readFileSync(join(shell.folder, "height"), "utf8");

    const forms: readonly [form: string, line: string][] = [
      ["plain", "3:17AM INF committed state app_hash=5A7 height=41 module=state num_txs=0 server=node"],
      [
        "coloured",
        `${escape}[90m3:17AM${escape}[0m ${escape}[32mINF${escape}[0m committed state ${escape}[36mheight=${escape}[0m41 ${escape}[36mmodule=${escape}[0mstate`,
      ],
      ["JSON", '{"level":"info","module":"state","height":41,"app_hash":"5A7","message":"committed state"}'],
      ["before it is committed", "3:17AM INF executed block height=41 module=state num_invalid_txs=0"],
      ["as CometBFT 0.38 says it", "3:17AM INF finalized block block_app_hash=5A7 height=41 module=state"],
    ];
    for (const [form, line] of forms) {
      it(`notes the last height, ${form}, and passes every line on`, async () => {
        const done = await run(
          `printf '${line.replace("41", "7")}\\n${line}\\nlatest_height=99 is no block\\nINF halting node per configuration height=0\\n'; exit 0`,
        );
        expect(done.code, done.stdout).to.equal(0);
        expect(height()).to.equal("41\n");
        expect(done.stdout)
          .to.contain("41")
          .and.to.contain("latest_height=99")
          .and.to.contain("caught up and stopped");
      });
    }

    it("a node that tells of no block leaves no height, also not that of the last run", async () => {
      writeFileSync(join(shell.folder, "height"), "40\n");
      expect((await run("echo nothing; exit 0")).code).to.equal(0);
      expect(height()).to.equal("");
    });

    it("its end is the node's: a failure stays one", async () => {
      const done = await run("echo 'committed state height=5'; exit 3");
      expect(done.code).to.equal(3);
      expect(done.stdout).to.contain("the node ended with 3");
    });

    it("told to stop, the node is told, and it is no success", async () => {
      const mark = join(shell.folder, "told");
      const child = start(`trap 'echo yes >${mark}; exit 0' TERM\nwhile :; do sleep 0.1; done`);
      await new Promise((resolve) => setTimeout(resolve, 700));
      child.stop();
      const done = await child.done;
      expect(done.code).to.equal(143);
      expect(existsSync(mark)).to.be.true;
    });
  });
}
