import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";
import { parse } from "yaml";

import { notesOf } from "../../.github/scripts/changelog.ts";
import { type Given, comment } from "../../.github/scripts/comment.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Workflow {
  readonly permissions?: object;
  readonly jobs: Readonly<
    Record<
      string,
      { readonly permissions?: object; readonly "timeout-minutes"?: number; readonly steps: readonly Step[] }
    >
  >;
}

const folder = ".github/workflows";
const files = readdirSync(folder);
const read = (file: string): string => readFileSync(join(folder, file), "utf8");

describe("workflows", () => {
  it("there are those for pull requests, their comment, tests, drift, releases and known vulnerabilities", () => {
    expect(files).to.have.members([
      ...["pull-request.yaml", "pull-request-comment.yaml", "ci.yaml"],
      ...["drift.yaml", "release.yaml", "cve-scan.yaml"],
    ]);
  });

  for (const file of files) {
    const { permissions, jobs } = parse(read(file)) as Workflow;
    const steps = Object.values(jobs).flatMap((job) => job.steps);

    it(`${file}: no right that a job does not ask for, and an end to each job`, () => {
      expect(permissions).to.deep.equal({});
      for (const job of Object.values(jobs)) {
        expect(job.permissions).to.be.an("object");
        expect(job["timeout-minutes"]).to.be.a("number");
      }
    });

    it(`${file}: actions by commit, with the version beside it`, () => {
      const used = read(file).match(/uses: .*/g) ?? [];
      expect(used).to.have.length(steps.filter(({ uses }) => uses !== undefined).length);
      for (const line of used) expect(line).to.match(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    });

    it(`${file}: no text of somebody else becomes part of a script, no token stays in the checkout`, () => {
      for (const { run, uses, with: given } of steps) {
        expect(run ?? "").not.to.contain("${{");
        const script = given?.script;
        if (typeof script === "string") expect(script).not.to.contain("${{");
        if (uses?.startsWith("actions/checkout@")) expect(given).to.include({ "persist-credentials": false });
      }
    });
  }

  it("the one that may write to pull requests runs nothing of theirs", () => {
    const { jobs } = parse(read("pull-request-comment.yaml")) as Workflow;
    const steps = Object.values(jobs).flatMap((job) => job.steps);
    expect(steps.some(({ run }) => run !== undefined)).to.equal(false);
    const checkouts = steps.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
    expect(checkouts.map((step) => step.with?.ref)).to.deep.equal([undefined]);
    const writers = files.filter((file) => read(file).includes("pull-requests: write"));
    expect(writers).to.deep.equal(["pull-request-comment.yaml"]);
  });
});

describe("the comment's script", () => {
  const mark = "<!-- paw pr-check -->";
  let place = "";
  before(() => {
    place = mkdtempSync(join(tmpdir(), "paw-comment-"));
  });
  after(() => {
    rmSync(place, { recursive: true });
  });

  type Pull = Awaited<
    ReturnType<Given["github"]["rest"]["repos"]["listPullRequestsAssociatedWithCommit"]>
  >["data"][number];
  interface Comment {
    readonly id: number;
    readonly body: string;
    readonly user: { readonly type: string };
  }
  /** What was asked of a code host that has a pull request and some comments. */
  const asked = async (
    comments: readonly Comment[],
    pull: Pull,
    text = `${mark}\nnew`,
  ): Promise<string[]> => {
    const calls: string[] = [];
    const said = (name: string) => (given: object) => {
      calls.push(`${name} ${JSON.stringify(given)}`);
      return Promise.resolve({ data: [pull] });
    };
    const github = {
      rest: {
        repos: { listPullRequestsAssociatedWithCommit: () => Promise.resolve({ data: [pull] }) },
        issues: { listComments: "list", updateComment: said("update"), createComment: said("create") },
      },
      paginate: () => Promise.resolve(comments),
    };
    const file = join(place, "comment.md");
    writeFileSync(file, text);
    const workflow_run = { head_sha: "abc", head_repository: { id: 7 } };
    const context = { repo: { owner: "o", repo: "r" }, payload: { workflow_run } };
    await comment({ github, context, file });
    return calls;
  };
  const open = { number: 3, state: "open", head: { sha: "abc", repo: { id: 7 } } };

  it("makes a comment, and later writes into the same", async () => {
    const others = { id: 1, body: `${mark}\nsomebody's`, user: { type: "User" } };
    const [made] = await asked([others], open);
    expect(made).to.contain("create").and.to.contain('"issue_number":3').and.to.contain("new");
    const [again] = await asked([others, { ...others, id: 2, user: { type: "Bot" } }], open);
    expect(again).to.contain("update").and.to.contain('"comment_id":2');
  });

  it("goes to no other pull request, and takes no other text", async () => {
    expect(await asked([], { ...open, state: "closed" })).to.deep.equal([]);
    expect(await asked([], { ...open, head: { sha: "def", repo: { id: 7 } } })).to.deep.equal([]);
    expect(await asked([], { ...open, head: { sha: "abc", repo: { id: 8 } } })).to.deep.equal([]);
    const refused = await asked([], open, "something else").then(() => "", String);
    expect(refused).to.contain("is no comment of paw pr-check");
  });
});

describe("a release's notes", () => {
  const changelog = "# Changelog\n\n## 1.10.0 (2027-01-01)\n\n- ten\n\n## 1.1.0\n\n- one\n\n## 1.0.0\n";

  it("are that version's part", () => {
    expect(notesOf("v1.1.0", { changelog, version: "1.1.0" })).to.equal("- one\n");
    expect(notesOf("v1.10.0", { changelog, version: "1.10.0" })).to.equal("- ten\n");
  });

  it("the version of package.json has some", () => {
    const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
    expect(notesOf(`v${version}`, { changelog: readFileSync("CHANGELOG.md", "utf8"), version })).to.contain(
      "- ",
    );
  });

  it("another tag, and a version of which nothing is said, are refused", () => {
    for (const [tag, version, told] of [
      ["v1.2.0", "1.1.0", "package.json says 1.1.0"],
      ["v1.0.0", "1.0.0", 'no part "## 1.0.0"'],
      ["v2.0.0", "2.0.0", 'no part "## 2.0.0"'],
    ] as const) {
      expect(() => notesOf(tag, { changelog, version })).to.throw(told);
    }
  });
});

describe("Renovate", () => {
  it("finds every pin of versions.ts", () => {
    const { customManagers } = JSON.parse(readFileSync("renovate.json", "utf8")) as {
      customManagers: { matchStrings: string[] }[];
    };
    const text = readFileSync("versions.ts", "utf8");
    const found = [...text.matchAll(new RegExp(customManagers[0]?.matchStrings[0] ?? "", "g"))];
    expect(found.map(({ groups }) => groups?.depName)).to.deep.equal(
      [...text.matchAll(/renovate: .*depName=(\S+)/g)].map(([, name]) => name),
    );
    expect(found.length).to.be.greaterThan(25);
    for (const { groups } of found) expect(groups?.currentValue).to.match(/^v?\d+\.\d+/);
  });
});
