import { expect } from "chai";
import { execa } from "execa";

import { program } from "../../../ops/src/cli.ts";
import { completionScript } from "../../../ops/src/completion/scripts.ts";
import { wordsOf } from "../../../ops/src/completion/words.ts";

describe("shell completion", () => {
  const words = wordsOf(program());

  /** What bash would offer after some typed words, the last of which is being typed. */
  async function offered(...typed: string[]): Promise<string[]> {
    const script = [
      completionScript(words, "bash"),
      `COMP_WORDS=(paw ${typed.map((word) => `'${word}'`).join(" ")})`,
      `COMP_CWORD=${typed.length}`,
      "_paw",
      'printf "%s\\n" "${COMPREPLY[@]}"',
    ].join("\n");
    const { stdout } = await execa("bash", ["-c", script]);
    return stdout.split("\n").filter((line) => line !== "");
  }

  it("offers commands, their own commands and options, in a real bash", async () => {
    expect(await offered("va")).to.have.members(
      ["validators", "validate", "vault"].filter((w) => w.startsWith("va")),
    );
    expect(await offered("cluster", "")).to.include.members(["up", "stop", "down", "status"]);
    expect(await offered("cluster", "up", "--k")).to.deep.equal(["--kind"]);
  });

  it("offers the values of an option", async () => {
    expect(await offered("verify", "--stack", "")).to.have.members(["local", "staging", "production"]);
    expect(await offered("cluster", "up", "--kind", "k")).to.have.members(["kind", "k3s"]);
  });

  it("every command of the program is in every shell's script", () => {
    const paths = Object.keys(words.after).filter((path) => path !== "");
    expect(paths).to.include.members(["up", "cluster up", "validators init", "record show"]);
    for (const shell of ["bash", "zsh", "fish", "powershell"] as const) {
      const script = completionScript(words, shell);
      for (const path of paths) expect(script, shell).to.contain(path.split(" ").at(-1));
    }
  });
});
