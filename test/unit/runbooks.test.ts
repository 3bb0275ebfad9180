import { existsSync, readFileSync, readdirSync } from "node:fs";

import { expect } from "chai";

import { program } from "../../ops/src/cli.ts";

const folder = new URL("../../docs/runbooks/", import.meta.url);
const files = readdirSync(folder).map((name) => ({
  name,
  text: readFileSync(new URL(name, folder), "utf8"),
}));

/** Follows words through the command line; those after the last command are arguments. */
function commandOf(words: readonly string[]): { readonly path: string[]; readonly group: boolean } {
  let command = program();
  const path: string[] = [];
  for (const word of words) {
    const next = command.commands.find((each) => each.name() === word);
    if (!next) break;
    path.push(word);
    command = next;
  }
  return { path, group: path.length === 0 || command.commands.length > 0 };
}

describe("A28: runbooks", () => {
  it("there is one for each trouble that the specification names, and for day two", () => {
    expect(files.map(({ name }) => name)).to.include.members([
      "validator-not-signing.md",
      "consensus-stalled.md",
      "storage.md",
      "secrets-not-syncing.md",
      "pods-pending.md",
      "containers-restarting.md",
      "services-not-accessible.md",
      "metrics-silent.md",
      "resource-usage.md",
      "day-two.md",
    ]);
    const dayTwo = files.find(({ name }) => name === "day-two.md")?.text ?? "";
    for (const task of ["Logs", "A shell", "Scale", "Change of environment"]) {
      expect(dayTwo).to.include(`\n## ${task}\n`);
    }
  });

  for (const { name, text } of files) {
    it(`${name}: its paw commands exist, its links lead somewhere`, () => {
      for (const [, typed = ""] of text.matchAll(/npx paw ([a-z -]+)/g)) {
        expect(commandOf(typed.trim().split(" ")).group, `npx paw ${typed}`).to.be.false;
      }
      for (const [, target = ""] of text.matchAll(/\]\(([^)#\s]+)(?:#[^)]*)?\)/g)) {
        expect(existsSync(new URL(target, folder)), target).to.be.true;
      }
    });

    if (name === "day-two.md" || name === "mesh-anchor.md") continue;
    it(`${name}: symptoms, checks, a way out, and whom to wake`, () => {
      const titles = [...text.matchAll(/^## (.+)$/gm)].map(([, title]) => title);
      expect(titles).to.include.members(["Symptoms", "Checks", "When to wake whom"]);
    });
  }

  it("a command that does not exist would be found", () => {
    expect(commandOf(["silence", "add"]).group).to.be.false;
    expect(commandOf(["silence", "away"]).group).to.be.true;
    expect(commandOf(["rescue"]).group).to.be.true;
  });
});
