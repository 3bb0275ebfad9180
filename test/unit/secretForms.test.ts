import { expect } from "chai";

import { secretsIn } from "../support/secretForms.ts";

/** The search that shows that no state holds a secret has to find one, or it shows nothing. */
describe("the search for secrets in a text", () => {
  const secrets = { planted: 'p1anted "value" of a key', other: "an0ther value, not there" };
  const base64 = (text: string): string => Buffer.from(text).toString("base64");

  for (const [how, text] of [
    ["as it is", `{"x":${secrets.planted}}`],
    ["in JSON", JSON.stringify({ x: secrets.planted })],
    ["in hexadecimal digits", Buffer.from(secrets.planted).toString("hex")],
    ["in base64", base64(secrets.planted)],
    ["in base64 with one byte before it", base64(`.${secrets.planted}, and more`)],
    ["in base64 with two bytes before it", base64(`..${secrets.planted}, and more`)],
    ["in base64 of a longer text", base64(`a file with ${secrets.planted} inside, and more`)],
  ] as const) {
    it(`finds one ${how}, and no other`, () => {
      expect(secretsIn(text, secrets)).to.deep.equal(["planted"]);
    });
  }

  it("finds none in a text without them", () => {
    expect(secretsIn(`nothing ${base64("nothing at all")}`, secrets)).to.deep.equal([]);
  });

  it("refuses a secret that is too short to prove anything", () => {
    expect(() => secretsIn("x", { short: "root" })).to.throw("proves nothing");
  });
});
