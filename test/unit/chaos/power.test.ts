import { expect } from "chai";

import { powerWithout } from "../../../ops/src/chaos/power.ts";

describe("A24: the power that a fault may take away", () => {
  const voters = (...powers: number[]): { address: string; power: bigint }[] =>
    powers.map((power, index) => ({ address: `V${index}`, power: BigInt(power) }));
  const all = (count: number): Set<string> =>
    new Set(Array.from({ length: count }, (_, index) => `V${index}`));

  const cases: [string, number[], string[], string[], boolean][] = [
    ["one of four", [1, 1, 1, 1], [], ["V3"], true],
    ["two of four", [1, 1, 1, 1], [], ["V2", "V3"], false],
    ["one of four while another is away", [1, 1, 1, 1], ["V0"], ["V3"], false],
    ["the one that is away already", [1, 1, 1, 1], ["V3"], ["V3"], true],
    ["one of three: exactly two thirds are not more than two thirds", [1, 1, 1], [], ["V0"], false],
    ["two of seven", [1, 1, 1, 1, 1, 1, 1], [], ["V0", "V1"], true],
    ["three of seven", [1, 1, 1, 1, 1, 1, 1], [], ["V0", "V1", "V2"], false],
    ["one of four that holds more than a third", [10, 4, 4, 4], [], ["V0"], false],
    ["one that is no validator", [1, 1, 1, 1], [], ["elsewhere"], true],
    ["a third but one, in large numbers", [3_333_333_333_333_333, 6_666_666_666_666_667], [], ["V0"], true],
  ];
  for (const [what, powers, missing, going, survives] of cases) {
    it(`${what}: the chain ${survives ? "goes on" : "would stop"}`, () => {
      const signed = all(powers.length);
      for (const address of missing) signed.delete(address);
      expect(powerWithout({ voters: voters(...powers), signed, going }).survives).to.equal(survives);
    });
  }

  it("says how much there is, and how much would be away", () => {
    const signed = new Set(["V0", "V2", "V3"]);
    expect(powerWithout({ voters: voters(10, 20, 30, 40), signed, going: ["V3"] })).to.deep.equal({
      survives: false,
      total: 100n,
      away: 20n,
      awayThen: 60n,
    });
  });
});
