/** A page about every rule, as its data has it. After a change of a rule: npm run docs:policies. */
import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";

import { expect } from "chai";
import { format, resolveConfig } from "prettier";

import { policyDocs } from "../../policy/src/docs.ts";
import { readExceptions } from "../../policy/src/exceptions.ts";
import { allRules } from "../../policy/src/packs.ts";

/** What stands beside the rules' pages: written by another test (`npm run test:precision`), and by people. */
const others = ["precision.md", "mutation.md"];
const pagesIn = (folder: URL): string[] => readdirSync(folder).filter((file) => !others.includes(file));

const folder = new URL("../../docs/policies/", import.meta.url);

async function wanted(): Promise<Map<string, string>> {
  const options = { ...(await resolveConfig(folder)), parser: "markdown" };
  const pages = policyDocs(allRules, readExceptions(allRules.map(({ id }) => id)));
  return new Map(
    await Promise.all([...pages].map(async ([file, text]) => [file, await format(text, options)] as const)),
  );
}

describe("the documents about the rules", () => {
  it("are up to date, one page for each rule and an index", async () => {
    const pages = await wanted();
    if (process.env.UPDATE_DOCS === "1") {
      mkdirSync(folder, { recursive: true });
      for (const file of pagesIn(folder)) rmSync(new URL(file, folder));
      for (const [file, text] of pages) writeFileSync(new URL(file, folder), text);
    }
    expect(existsSync(folder), "run: npm run docs:policies").to.equal(true);
    expect(pagesIn(folder).sort(), "run: npm run docs:policies").to.deep.equal([...pages.keys()].sort());
    for (const [file, text] of pages) {
      expect(readFileSync(new URL(file, folder), "utf8"), `${file}; run: npm run docs:policies`).to.equal(
        text,
      );
    }
  });

  it("say of a rule what it wants, at which level, how to keep it, and what is accepted", () => {
    const rule = {
      id: "a-rule",
      item: 3 as const,
      description: "It is so.",
      severity: "high" as const,
      levels: { local: "advisory", staging: "mandatory", production: "mandatory" } as const,
      fix: "make it so.",
      url: "https://example.com/why",
      frameworks: ["CIS 9.9"],
      note: "How it is meant.",
    };
    const exception = {
      object: "Role a/b",
      reason: "it must",
      owner: "o",
      ticket: "t",
      expires: "2027-01-31",
    };
    const pages = policyDocs([rule], [{ ...exception, rules: ["a-rule"] }]);
    const page = pages.get("a-rule.md") ?? "";
    for (const part of ["It is so.", "CIS 9.9", "make it so.", "https://example.com/why", "How it is meant."])
      expect(page).to.contain(part);
    expect(page).to.contain("| in local | advisory |").and.contain("| in staging | mandatory |");
    expect(page).to.contain("- Role a/b, until 2027-01-31: it must");
    expect(page).to.contain("the whole deployment");
    expect(pages.get("README.md")).to.contain(
      "[a-rule](a-rule.md) | It is so. | high | advisory | mandatory",
    );
  });

  it("two rules of one id are refused", () => {
    const [rule] = allRules;
    expect(() => policyDocs(rule === undefined ? [] : [rule, rule], [])).to.throw("two rules have one id");
  });
});
