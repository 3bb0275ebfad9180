import { expect } from "chai";
import fc from "fast-check";

import { podNames } from "../../../components/chain/nodes.ts";
import { peersOf, validatorsThatMayBeAway } from "../../../components/chain/peers.ts";
import { testNetwork } from "../../support/network.ts";

const sizes = fc.record({
  validators: fc.integer({ min: 1, max: 100 }),
  sentries: fc.integer({ min: 1, max: 10 }),
  fullNodes: fc.integer({ min: 1, max: 10 }),
});

/** What a pod's settings say, as it reads them: names of the pods it dials, and ids. */
function topology({ validators, sentries, fullNodes }: Record<string, number> & { validators: number }) {
  const network = testNetwork(validators, sentries ?? 0);
  const counts = { validator: validators, sentry: sentries ?? 0, "full-node": fullNodes ?? 0 };
  const idOf = (pod: string): string => network.nodes[pod]?.nodeId ?? "";
  const podOf = (address: string): string => /@([^.]+)\./.exec(address)?.[1] ?? "";
  const of = (role: "validator" | "sentry" | "full-node") => {
    const peers = peersOf(role, network, counts);
    return { ...peers, dials: peers.persistent.map(podOf) };
  };
  return {
    idOf,
    validators: podNames("validator", validators),
    sentries: podNames("sentry", sentries ?? 0),
    of,
  };
}

describe("A12: peer topology", () => {
  it("validators dial each other and the sentries, nobody else, and take in nobody else", () => {
    fc.assert(
      fc.property(sizes, (counts) => {
        const { of, validators, sentries, idOf } = topology(counts);
        const peers = of("validator");
        expect(peers.dials).to.have.members([...validators, ...sentries]);
        expect(peers.unconditionalIds).to.have.members([...validators, ...sentries].map(idOf));
        expect([peers.pex, peers.maxInbound, peers.maxOutbound]).to.deep.equal([false, 0, 0]);
      }),
    );
  });

  it("sentries keep every validator's id to themselves, and meet the network", () => {
    fc.assert(
      fc.property(sizes, (counts) => {
        const { of, validators, idOf } = topology(counts);
        const peers = of("sentry");
        expect(peers.privateIds).to.have.members(validators.map(idOf));
        expect(peers.dials).to.include.members(validators);
        expect(peers.pex).to.be.true;
      }),
    );
  });

  it("full nodes know sentries alone: no validator's id is in their settings", () => {
    fc.assert(
      fc.property(sizes, (counts) => {
        const { of, validators, sentries, idOf } = topology(counts);
        const peers = of("full-node");
        expect(peers.dials).to.have.members(sentries);
        for (const validator of validators) expect(JSON.stringify(peers)).not.to.contain(idOf(validator));
      }),
    );
  });

  it("the length of the settings grows by a line per node", () => {
    const lengthFor = (validators: number): number =>
      JSON.stringify(topology({ validators, sentries: 1, fullNodes: 1 }).of("validator")).length;
    const perNode = (lengthFor(100) - lengthFor(10)) / 90;
    expect(lengthFor(100)).to.be.at.most(lengthFor(10) + 90 * perNode + 1);
    expect(perNode).to.be.lessThan(250);
  });

  it("names a node that has no id", () => {
    expect(() =>
      peersOf("validator", testNetwork(3, 1), { validator: 4, sentry: 1, "full-node": 1 }),
    ).to.throw("paw-validator-3");
  });
});

describe("A11: validators that may be away", () => {
  for (const [validators, away] of [
    [1, 0],
    [2, 0],
    [3, 0],
    [4, 1],
    [6, 1],
    [7, 2],
    [9, 2],
    [10, 3],
    [100, 33],
  ] as const) {
    it(`${validators}: ${away}`, () => {
      expect(validatorsThatMayBeAway(validators)).to.equal(away);
    });
  }

  it("is always the most that leaves more than two thirds", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), (validators) => {
        const away = validatorsThatMayBeAway(validators);
        if (away > 0) expect(3 * (validators - away)).to.be.greaterThan(2 * validators);
        expect(3 * (validators - away - 1)).to.be.at.most(2 * validators);
      }),
    );
  });
});
