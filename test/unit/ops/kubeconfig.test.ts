import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { UserError } from "../../../ops/src/errors.ts";
import { readKubeconfig } from "../../../ops/src/running/kubeconfig.ts";

describe("the kubeconfig of a stack", () => {
  const folder = mkdtempSync(join(tmpdir(), "paw-kubeconfig-"));
  const before = process.env.KUBECONFIG;

  after(() => {
    if (before === undefined) delete process.env.KUBECONFIG;
    else process.env.KUBECONFIG = before;
    rmSync(folder, { recursive: true });
  });

  const written = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };

  it("is the one that KUBECONFIG names", () => {
    process.env.KUBECONFIG = written(
      "good",
      "contexts: [{ name: ours, context: { cluster: c, user: u } }]\nclusters: []\nusers: []\n",
    );
    expect(
      readKubeconfig("local")
        .getContexts()
        .map(({ name }) => name),
    ).to.deep.equal(["ours"]);
  });

  for (const [fault, file] of [
    ["is not there", join(folder, "nowhere")],
    ["is no YAML", written("bad", "contexts: [")],
  ] as const) {
    it(`that ${fault} is refused by its name`, () => {
      process.env.KUBECONFIG = file;
      expect(() => readKubeconfig("staging"))
        .to.throw(UserError, /^the kubeconfig cannot be read: /)
        .with.property("hints")
        .that.deep.equals([`KUBECONFIG is set to ${file}`]);
    });
  }
});
