/** What the documents point at is there. */
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";

import { expect } from "chai";
import { execaSync } from "execa";

const files = execaSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.md"])
  .stdout.split("\n")
  .filter((file) => existsSync(file));

/** Anchors of a page's headings, as code hosts make them. */
function anchorsOf(file: string): string[] {
  const headings = readFileSync(file, "utf8").match(/^#+ .*$/gm) ?? [];
  return headings.map((heading) =>
    heading
      .replace(/^#+ /, "")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\- ]/gu, "")
      .replaceAll(" ", "-"),
  );
}

describe("documents", () => {
  it("there are those that the README sends to", () => {
    expect(files).to.include.members([
      ...["README.md", "CONTRIBUTING.md", "CHANGELOG.md"],
      ...["adapting", "architecture", "comparison", "configuration", "faq", "live", "operations"].map(
        (name) => `docs/${name}.md`,
      ),
      ...["performance", "pull-requests", "report", "security"].map((name) => `docs/${name}.md`),
    ]);
  });

  for (const file of files) {
    it(`${file}: its links lead somewhere`, () => {
      const text = readFileSync(file, "utf8").replaceAll(/```[\s\S]*?```/g, "");
      const links = [...text.matchAll(/\]\((?!https?:|mailto:)([^)\s]+)\)/g)].map(([, link = ""]) => link);
      const broken = links.filter((link) => {
        const [path = "", anchor] = link.split("#");
        const target = path === "" ? file : join(dirname(file), path);
        if (!existsSync(target)) return true;
        return anchor !== undefined && target.endsWith(".md") && !anchorsOf(target).includes(anchor);
      });
      expect(broken).to.deep.equal([]);
    });
  }
});
