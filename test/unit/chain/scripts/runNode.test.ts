/** run-node.sh: what ends, what halts, what stays. The chain's binary is played by a script; the e2e suite has a real one. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";
import { execa } from "execa";

import { type Shell, openShell, scripts, shellNames } from "./shell.ts";

for (const name of shellNames) {
  describe(`A27: run-node.sh, with ${name}`, () => {
    let shell: Shell;
    beforeEach(() => {
      shell = openShell(name);
      mkdirSync(join(shell.folder, "data"));
    });
    afterEach(() => {
      shell.dispose();
    });

    /** Starts it around a program that does what it is told; says when it ended, or that it stays. */
    async function run(program: string, env: Record<string, string> = {}): Promise<number | "stays"> {
      const binary = join(shell.folder, "chaind");
      writeFileSync(binary, `#!/bin/sh\necho started >>"${shell.folder}/starts"\n${program}\n`, {
        mode: 0o755,
      });
      const path = name === "busybox" ? join(shell.folder, "bin") : process.env.PATH;
      const child = execa(
        name === "busybox" ? join(shell.folder, "bin", "sh") : "sh",
        [join(scripts, "run-node.sh")],
        {
          env: { PATH: path, BINARY: binary, HOME_DIR: shell.folder, ...env },
          extendEnv: false,
          reject: false,
        },
      );
      const late = new Promise<"stays">((resolve) =>
        setTimeout(() => {
          resolve("stays");
        }, 700),
      );
      const outcome = await Promise.race([child, late]);
      if (outcome !== "stays") return outcome.exitCode ?? -1;
      child.kill("SIGTERM");
      const ended = await child;
      expect(ended.exitCode, "told to stop").to.be.oneOf([0, 143]);
      return "stays";
    }
    const starts = (): number =>
      existsSync(join(shell.folder, "starts"))
        ? readFileSync(join(shell.folder, "starts"), "utf8").split("\n").length - 1
        : 0;

    for (const end of ["kill -TERM $$; sleep 5", "exit 0", "exit 130", "exit 143"]) {
      it(`a halt at the height (${end}): it stays, and stays when it is started again`, async () => {
        expect(await run(end, { HALT_HEIGHT: "7" })).to.equal("stays");
        expect(await run("exit 3", { HALT_HEIGHT: "7" })).to.equal("stays");
        expect(starts()).to.equal(1);
        expect(await run("exit 3", { HALT_HEIGHT: "0" }), "another configuration").to.equal(3);
        expect(starts()).to.equal(2);
      });
    }

    it("the backup's node ends well when it halts, and only then", async () => {
      expect(await run("exit 0", { AFTER_HALT: "exit" })).to.equal(0);
      expect(await run("exit 143", { AFTER_HALT: "exit" })).to.equal(0);
      expect(await run("exit 1", { AFTER_HALT: "exit" })).to.equal(1);
    });

    it("any other end keeps its code, so that the kubelet starts it again", async () => {
      expect(await run("exit 2", { HALT_HEIGHT: "7" })).to.equal(2);
      expect(await run("exit 130"), "no halt was asked for").to.equal(130);
      expect(await run("exit 0"), "an end that nobody asked for is no success").to.equal(1);
      expect(existsSync(join(shell.folder, "data", "halted-at"))).to.be.false;
    });

    it("passes the wish to stop on, and does not take it for a halt", async () => {
      expect(await run("trap 'exit 143' TERM; while :; do sleep 0.1; done", { HALT_HEIGHT: "7" })).to.equal(
        "stays",
      );
      expect(existsSync(join(shell.folder, "data", "halted-at"))).to.be.false;
    });
  });
}
