import { expect } from "chai";

import { parseImageLock, readImageLock } from "../../policy/src/imageLock.ts";

const digest = `sha256:${"ab".repeat(32)}`;
const entry = {
  image: `registry.example.com/paw/pawd:v1@${digest}`,
  digest,
  signedBy: "https://github.com/paw/pawd/.github/workflows/release.yml@refs/tags/v1",
  scanned: "2026-11-20",
  critical: [{ id: "CVE-2026-1", waived: "the code is not built" }],
};

describe("the lock of images", () => {
  it("of the repository is well formed", () => {
    expect(readImageLock()).to.be.an("array");
  });

  it("is read as it stands", () => {
    expect(parseImageLock(JSON.stringify({ images: [entry] }))).to.deep.equal([entry]);
  });

  it("with faults is refused, all of them in one message", () => {
    const wrong = [
      { ...entry, image: "", signedBy: undefined },
      { ...entry, digest: "sha256:12", scanned: "yesterday" },
      { ...entry, image: `x@sha256:${"cd".repeat(32)}`, critical: [{ waived: "no id" }] },
      { ...entry, critical: undefined },
      "nothing",
    ];
    expect(() => parseImageLock(JSON.stringify({ images: wrong })))
      .to.throw("images[0]: image must be a text")
      .with.property("message")
      .that.contains("images[0]: signedBy must say")
      .and.contains("images[1]: digest must be")
      .and.contains("images[1]: scanned must be a day")
      .and.contains("images[2]: image and digest name two digests")
      .and.contains("images[2]: critical must hold an id")
      .and.contains("images[3]: critical must be a list")
      .and.contains("images[4]: must be an object");
    expect(() => parseImageLock("{}")).to.throw('"images" must be a list');
  });
});
