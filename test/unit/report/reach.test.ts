/** A3, A6, A25: every cell of the report's flow matrix is what a second, independent method makes of the same policies. */
import { randomInt } from "node:crypto";

import { expect } from "chai";

import { compared, differences, inWords } from "../../support/reach/compare.ts";
import { policySet } from "../../support/reach/sets.ts";
import { breaks } from "../../support/reach/breaks.ts";

const first = Number(process.env.PAW_SEED ?? randomInt(2 ** 31));
const sets = Array.from({ length: 200 }, (_, index) => first + index);

describe(`the flow matrix of 200 policy sets by chance (PAW_SEED=${first})`, function () {
  this.timeout(120_000);

  it("is in every cell what the second opinion says", () => {
    let cells = 0;
    const told = new Map<string, number>();
    for (const seed of sets) {
      const set = policySet(seed);
      const found = compared(set);
      cells += found.length;
      for (const { cell } of found)
        for (const word of [`network ${cell.network}`, `mesh ${cell.mesh}`])
          told.set(word, (told.get(word) ?? 0) + 1);
      expect(differences(set).map(inWords), `seed ${seed}`).to.deep.equal([]);
    }
    console.log(`      PAW_SEED=${first}: ${cells} cells`, Object.fromEntries(told));
    // Every word comes up often: sets of which all is open, or closed, would prove nothing.
    expect(cells).to.be.greaterThan(50_000);
    for (const word of [
      ...["network allowed", "network closed at the source", "network closed at the target"],
      ...["network closed at both ends", "mesh allowed", "mesh refused", "mesh no say", "mesh not evaluated"],
    ])
      expect(told.get(word) ?? 0, word).to.be.greaterThan(500);
  });

  for (const [what, spoil] of Object.entries(breaks)) {
    it(`shows when either method does not read ${what}`, () => {
      const [ours, theirs] = [0, 1].map((side) =>
        sets.some((seed) => {
          const spoilt = spoil(policySet(seed));
          return side === 0
            ? differences(spoilt, policySet(seed)).length > 0
            : differences(policySet(seed), spoilt).length > 0;
        }),
      );
      expect({ ours, theirs }).to.deep.equal({ ours: true, theirs: true });
    });
  }
});
