import { existsSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { temporaryFolder, withScratch } from "../../../ops/src/scratch.ts";
import { execa } from "execa";

describe("a temporary folder", () => {
  it("is this user's alone, is where a program puts its temporary files, and goes with the work", async () => {
    let seen = "";
    await withScratch("test", async (folder) => {
      seen = folder;
      expect(statSync(folder).mode & 0o777).to.equal(0o700);
      const print = ["-p", "require('node:os').tmpdir()"];
      const { stdout } = await execa(process.execPath, print, { env: temporaryFolder(folder) });
      expect(stdout).to.equal(folder).and.not.to.equal(tmpdir());
      writeFileSync(join(folder, "kubeconfig1"), "");
    });
    expect(existsSync(seen)).to.equal(false);
  });

  it("goes as well when the work fails, whose error is the caller's", async () => {
    let seen = "";
    const fault = new Error("of the work");
    const thrown = await withScratch("test", (folder) => {
      seen = folder;
      return Promise.reject(fault);
    }).catch((error: unknown) => error);
    expect(thrown).to.equal(fault);
    expect(seen).not.to.equal("");
    expect(existsSync(seen)).to.equal(false);
  });
});
