import { expect } from "chai";
import { execaSync } from "execa";
import fc from "fast-check";

import { shellLines } from "../../../ops/src/environment.ts";

describe("paw env", () => {
  it("bash reads back exactly what was meant, whatever is in a value", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary-ascii" }), (text) => {
        const value = text.replaceAll("\0", "");
        const script = `${shellLines({ PAW_X: value }, "bash").join("\n")}\nprintf %s "$PAW_X"`;
        expect(execaSync("bash", ["-c", script], { stripFinalNewline: false }).stdout).to.equal(value);
      }),
      { numRuns: 50 },
    );
  });

  it("fish gets PATH as a list, PowerShell its own quoting", () => {
    expect(shellLines({ PATH: "/a b:/c" }, "fish")).to.deep.equal(["set -gx PATH '/a b' '/c';"]);
    expect(shellLines({ PAW_X: "it's" }, "fish")).to.deep.equal(["set -gx PAW_X 'it\\'s';"]);
    expect(shellLines({ PAW_X: "it's $HOME" }, "powershell")).to.deep.equal(["$env:PAW_X = 'it''s $HOME'"]);
  });
});
