import { expect } from "chai";

import {
  type Exception,
  exceptionFor,
  parseExceptions,
  readExceptions,
} from "../../policy/src/exceptions.ts";
import { allRules } from "../../policy/src/packs.ts";

const ids = allRules.map(({ id }) => id);
const exception: Exception = {
  object: "DaemonSet agents/exporter",
  rules: ["pss-host-namespaces"],
  reason: "it reads the node",
  owner: "platform",
  expires: "2027-01-31",
  ticket: "ADR 13",
};

describe("exceptions", () => {
  const found = (change: object = {}): Exception | undefined =>
    exceptionFor([exception], {
      rule: "pss-host-namespaces",
      object: "DaemonSet agents/exporter",
      today: "2026-11-24",
      stack: "local",
      ...change,
    });

  it("hold for the object and the rule that they name, up to and with their last day", () => {
    expect(found()).to.equal(exception);
    expect(found({ today: "2027-01-31" })).to.equal(exception);
  });
  it("do not hold for another rule, object, kind or namespace, nor past their end", () => {
    expect(found({ rule: "pss-privileged" })).to.equal(undefined);
    expect(found({ today: "2027-02-01" })).to.equal(undefined);
    expect(found({ object: "Deployment agents/exporter" })).to.equal(undefined);
    expect(found({ object: "DaemonSet paw/exporter" })).to.equal(undefined);
  });
  it("hold in the stacks that they name, or in all", () => {
    const asked = { ...exception, rule: "pss-host-namespaces", today: "2026-11-24" } as const;
    const outside: Exception = { ...exception, stacks: ["staging", "production"] };
    expect(exceptionFor([outside], { ...asked, stack: "production" })).to.equal(outside);
    expect(exceptionFor([outside], { ...asked, stack: "local" })).to.equal(undefined);
  });
  it("of the repository are well formed, and none has ended", () => {
    const today = new Date().toISOString().slice(0, 10);
    for (const each of readExceptions(ids)) expect(each.expires >= today, each.object).to.equal(true);
  });
  it("with faults are refused, all of them in one message", () => {
    const text = [
      "- { objects: [A b], rules: [no-such-rule], reason: r, owner: o, expires: soon, ticket: t }",
      "- { rules: [pss-privileged], reason: r, owner: o, expires: 2027-01-31, ticket: t, until: x }",
      "- { objects: [A b], rules: [pss-privileged], reason: r, owner: o, expires: 2027-01-31, ticket: t, stacks: [prod] }",
    ].join("\n");
    expect(() => parseExceptions(text, ids))
      .to.throw('[0]: there is no rule "no-such-rule"')
      .with.property("message")
      .that.contains("[0]: expires must be a day")
      .and.contains("[1]: objects must name an object")
      .and.contains("[1]: until is not a field")
      .and.contains("[2]: stacks must list some of local, staging, production");
  });
});
