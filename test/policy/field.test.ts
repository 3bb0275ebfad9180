import { expect } from "chai";

import { show } from "../../policy/src/finding.ts";
import { type Field, MALFORMED, UNKNOWN, at, entries, items } from "../../policy/src/k8s/field.ts";

const field = (value: unknown): Field => ({ path: "f", value });

describe("A field of a manifest", () => {
  it("is reached by names, and absent where there is none, or null", () => {
    expect(at(field({ a: { b: 1 } }), "a", "b")).to.deep.equal({ path: "f.a.b", value: 1 });
    for (const value of [undefined, {}, { a: null }, { a: {} }]) {
      expect(at(field(value), "a", "b")).to.deep.equal({ path: "f.a.b", value: undefined });
    }
  });

  it("is never one that all objects inherit", () => {
    expect(at(field({}), "constructor").value).to.equal(undefined);
  });

  it("is in quotes where its name is no word", () => {
    expect(at(field({}), "a.b/c").path).to.equal('f["a.b/c"]');
  });

  it("is as unknown, or malformed, as the nearest parent that is so, and says which", () => {
    const expected = { path: "f.a.b.c", blockedAt: "f.a" };
    expect(at(field({ a: UNKNOWN }), "a", "b", "c")).to.deep.equal({ ...expected, value: UNKNOWN });
    for (const a of ["text", false, 0, [], MALFORMED]) {
      expect(at(field({ a }), "a", "b", "c")).to.deep.equal({ ...expected, value: MALFORMED });
    }
  });

  it("has the items of a list; a null among them is malformed", () => {
    expect(items(field(undefined))).to.deep.equal([]);
    expect(items(field([1, null]))).to.deep.equal([
      { path: "f[0]", value: 1 },
      { path: "f[1]", value: MALFORMED },
    ]);
  });

  it("has one item, or entry, that blocks, where it is not known or of the wrong form", () => {
    for (const [value, expected] of [
      [UNKNOWN, UNKNOWN],
      ["text", MALFORMED],
    ]) {
      const blocked = { path: "f[*]", value: expected, blockedAt: "f" };
      expect(items(field(value))).to.deep.equal([blocked]);
      expect(entries(field(value))).to.deep.equal([{ ...blocked, key: undefined }]);
    }
  });

  it("has the entries of a map that are set", () => {
    expect(entries(field({ a: 0, b: null, c: UNKNOWN }))).to.deep.equal([
      { path: "f.a", value: 0, key: "a" },
      { path: "f.c", value: UNKNOWN, key: "c" },
    ]);
  });
});

describe("A found value in words", () => {
  it("is shown if it is a truth value or a number", () => {
    expect([true, false, 0].map((value) => show(value))).to.deep.equal(["true", "false", "0"]);
  });

  it("is shown if it is an expected word, and no other text is, not even in a list", () => {
    const mayShow = (text: string): boolean => text === "ALL";
    expect(show("ALL", mayShow)).to.equal("ALL");
    expect(show(["ALL"], mayShow)).to.equal("[ALL]");
    for (const value of ["s3cret", ["s3cret"], { s3cret: "s3cret" }]) {
      expect(show(value, mayShow)).to.not.contain("s3cret");
      expect(show(value)).to.not.contain("s3cret");
    }
  });

  it("tells absent, unknown, malformed and empty values apart", () => {
    expect(show(null)).to.equal(show(undefined));
    const words = [undefined, UNKNOWN, MALFORMED, "", "text", {}, []].map((value) => show(value));
    expect(new Set(words).size).to.equal(words.length);
  });
});
