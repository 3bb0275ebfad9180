import { expect } from "chai";

import { chartSources, isLocation, sourceRefusal } from "../../../components/platform/charts/source.ts";

describe("the source of a stack's charts", () => {
  it("may be any for a stack that has none yet, and stay what it is", () => {
    for (const wanted of chartSources) {
      expect(sourceRefusal({ recorded: undefined, wanted, replaces: undefined })).to.equal(undefined);
      expect(sourceRefusal({ recorded: wanted, wanted, replaces: undefined })).to.equal(undefined);
    }
  });

  for (const recorded of chartSources) {
    for (const wanted of chartSources.filter((each) => each !== recorded)) {
      it(`is not changed from ${recorded} to ${wanted}, unless one says so`, () => {
        const refusal = sourceRefusal({ recorded, wanted, replaces: undefined });
        expect(refusal)
          .to.contain(`paw:charts.source ${recorded}`)
          .and.to.contain(wanted)
          .and.to.contain(`paw:charts.replaces: ${recorded}`);
        expect(sourceRefusal({ recorded, wanted, replaces: wanted })).to.equal(refusal);
        expect(sourceRefusal({ recorded, wanted, replaces: recorded })).to.equal(undefined);
      });
    }
  }

  it("is told to delete the platform where it becomes crds, and only then", () => {
    const words = "delete the platform's charts";
    const refusal = (wanted: "crds" | "mirror"): string | undefined =>
      sourceRefusal({ recorded: "upstream", wanted, replaces: undefined });
    expect(refusal("crds")).to.contain(words);
    expect(refusal("mirror")).to.contain("may differ").and.not.to.contain("delete");
  });

  it("is told to delete the definitions of crds where charts follow", () => {
    expect(sourceRefusal({ recorded: "crds", wanted: "upstream", replaces: undefined })).to.contain(
      "delete the custom resource definitions",
    );
  });

  for (const [text, good] of [
    ["/srv/charts", true],
    ["mirror", true],
    ["oci://registry.example:5000/paw/charts", true],
    ["oci://127.0.0.1:5000", true],
    ["", false],
    ["https://charts.example", false],
    ["oci://me:s3cr3t@registry.example/charts", false],
    ["oci://registry.example/charts/", false],
  ] as const) {
    it(`"${text}" is ${good ? "a" : "no"} location of a mirror`, () => {
      expect(isLocation(text)).to.equal(good);
    });
  }
});
