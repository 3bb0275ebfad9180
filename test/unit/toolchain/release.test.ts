import { expect } from "chai";

import { groups } from "../../../ops/src/toolchain/groups.ts";
import { checksumOf } from "../../../ops/src/toolchain/release.ts";
import { toolNames } from "../../../ops/src/toolchain/types.ts";

const hash = "0123456789abcdef".repeat(4);

describe("checksums", () => {
  const forms: [string, string][] = [
    ["a list", `${"f".repeat(64)}  other.tar.gz\n${hash}  tool.tar.gz\n`],
    ["a list in binary mode", `${hash} *tool.tar.gz`],
    ["a bare hash", `${hash}\n`],
    [
      "GitHub's description",
      JSON.stringify({ assets: [{ name: "x" }, { name: "tool.tar.gz", digest: `sha256:${hash}` }] }),
    ],
  ];
  for (const [what, text] of forms) {
    it(`are read from ${what}`, () => {
      expect(checksumOf("tool.tar.gz", text)).to.equal(hash);
    });
  }
  for (const text of [
    "",
    "not found",
    `${hash}  another-tool.tar.gz`,
    JSON.stringify({ message: "rate limit" }),
  ]) {
    it(`are missing from ${JSON.stringify(text.slice(0, 30))}`, () => {
      expect(checksumOf("tool.tar.gz", text)).to.equal(undefined);
    });
  }
});

describe("groups", () => {
  it("hold every tool once", () => {
    expect(groups.flatMap((group) => group.tools)).to.have.members([...toolNames]);
  });

  for (const os of ["linux", "darwin", "windows"] as const) {
    for (const arch of ["amd64", "arm64"] as const) {
      it(`${os}/${arch}: a release holds all tools of its group, or says why there is none`, () => {
        for (const group of groups) {
          const files = group.release({ os, arch });
          if (typeof files === "string") {
            expect(files).to.contain(os);
            continue;
          }
          expect(files.flatMap((file) => Object.keys(file.holds))).to.have.members([...group.tools]);
          for (const file of files)
            expect(file.url)
              .to.match(/^https:\/\//)
              .and.to.contain(group.version);
        }
      });
    }
  }

  it("the Go modules build all tools, but the script that has no module", () => {
    for (const group of groups) {
      const built = group.modules.flatMap((module) => Object.keys(module.packages));
      expect(built).to.have.members(group.tools.filter((tool) => tool !== "pulumi-analyzer-policy"));
    }
  });
});
