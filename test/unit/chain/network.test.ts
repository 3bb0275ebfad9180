import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import type { Network } from "../../../components/chain/network.ts";
import { ConfigError, parseConfig } from "../../../config.ts";
import { parseNetwork } from "../../../config/rules.ts";
import { testNetwork } from "../../support/network.ts";
import { render, stackConfig } from "../../support/rendered.ts";

const counts = { validators: 4, sentries: 1, fullNodes: 1 };

/** Faults of a network that was changed in one place. */
function faultsOf(change: (network: Network) => void): string[] {
  const network = testNetwork(4, 1);
  change(network);
  return parseNetwork(network, counts).faults.map(({ key, wanted }) => `${key} ${wanted}`);
}

const nodeOf = (network: Network, pod: string): Network["nodes"][string] => {
  const node = network.nodes[pod];
  if (node === undefined) throw new Error(`the test network has no ${pod}`);
  return node;
};

describe("A11: facts of a network", () => {
  it("a sound one has no fault", () => {
    expect(faultsOf(() => undefined)).to.deep.equal([]);
  });

  it("ids and hashes may be written in either case, and come out in CometBFT's", () => {
    const network = testNetwork(4, 1);
    network.genesisSha256 = network.genesisSha256.toUpperCase();
    nodeOf(network, "paw-sentry-0").nodeId = nodeOf(network, "paw-sentry-0").nodeId.toUpperCase();
    expect(parseNetwork(network, counts).network).to.deep.equal(testNetwork(4, 1));
  });

  const cases: [string, (network: Network) => void, RegExp][] = [
    [
      "a genesis hash that is not hex",
      (n) => (n.genesisSha256 = "z".repeat(64)),
      /genesisSha256.*64 hexadecimal/,
    ],
    ["a genesis hash that is too short", (n) => (n.genesisSha256 = "ab"), /genesisSha256.*64 hexadecimal/],
    [
      "a node id that is not hex",
      (n) => (nodeOf(n, "paw-sentry-0").nodeId = "x"),
      /paw-sentry-0\.nodeId.*40 hex/,
    ],
    [
      "two nodes with one id",
      (n) => (nodeOf(n, "paw-sentry-0").nodeId = nodeOf(n, "paw-validator-2").nodeId),
      /paw-sentry-0\.nodeId must not be that of paw-validator-2/,
    ],
    [
      "two validators with one consensus key",
      (n) => (nodeOf(n, "paw-validator-3").consensusAddress = nodeOf(n, "paw-validator-1").consensusAddress),
      /paw-validator-3\.consensusAddress must not be that of paw-validator-1.*sign twice/,
    ],
    [
      "the same key, written in the other case",
      (n) =>
        (nodeOf(n, "paw-validator-3").consensusAddress = nodeOf(
          n,
          "paw-validator-1",
        ).consensusAddress?.toLowerCase()),
      /paw-validator-3\.consensusAddress must not be that of paw-validator-1/,
    ],
    [
      "a validator that is missing",
      (n) => Reflect.deleteProperty(n.nodes, "paw-validator-3"),
      /nodes\.paw-validator-3 is required/,
    ],
    [
      "a validator without a consensus key",
      (n) => Reflect.deleteProperty(nodeOf(n, "paw-validator-0"), "consensusAddress"),
      /paw-validator-0\.consensusAddress is required/,
    ],
    [
      "a name that is no node's",
      (n) => (n.nodes["paw-validator-00"] = { nodeId: "1".repeat(40), unused: false }),
      /paw-validator-00 is no node's name/,
    ],
    ["a chain id with blanks", (n) => (n.chainId = "paw 1"), /chainId/],
  ];
  for (const [what, change, message] of cases) {
    it(`${what} is one clear fault`, () => {
      const faults = faultsOf(change);
      expect(faults).to.have.length(1);
      expect(faults[0]).to.match(message);
    });
  }

  it("all faults come at once", () => {
    const faults = faultsOf((network) => {
      nodeOf(network, "paw-sentry-0").nodeId = nodeOf(network, "paw-validator-2").nodeId;
      Reflect.deleteProperty(network.nodes, "paw-validator-3");
    });
    expect(faults).to.have.length(2);
  });

  for (const [what, fields] of [
    ["0 validators", { validators: 0 }],
    ["-3 sentries", { sentries: -3 }],
    ["1.5 full nodes", { fullNodes: 1.5 }],
    ["a block age of 0", { maxBlockAge: 0 }],
    ["a halt height below zero", { haltHeight: -1 }],
    ["a trust hash that is not hex", { stateSync: { trustHeight: 5, trustHash: "xyz" } }],
    ["prices that are none", { minimumGasPrices: "cheap" }],
    ["a genesis address without TLS", { genesisUrl: "http://example.com/genesis.json" }],
    ["fewer full nodes at most than at least", { fullNodes: 4, maxFullNodes: 2 }],
    ["a network file that is not there", { network: "networks/none.json" }],
  ] as const) {
    it(`${what} in the stack file is one clear fault`, () => {
      expect(() => parseConfig("local", changedChain(fields))).to.throw(
        ConfigError,
        /: 1 fault\n {2}paw:chain\./,
      );
    });
  }

  it("a network file is read, and its faults are told with those of the stack file", () => {
    const folder = mkdtempSync(join(tmpdir(), "paw-test-"));
    try {
      const file = join(folder, "network.json");
      writeFileSync(file, JSON.stringify(testNetwork(4, 1)));
      expect(parseConfig("local", changedChain({ network: file })).network).to.deep.equal(testNetwork(4, 1));
      writeFileSync(file, JSON.stringify({ ...testNetwork(4, 1), genesisSha256: "no" }));
      expect(() => parseConfig("local", changedChain({ network: file, haltHeight: 5 }))).to.throw(
        ConfigError,
        /network\.json: genesisSha256: found "no"; must be 64 hexadecimal digits/,
      );
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("fewer than four validators are allowed, with a warning", () => {
    expect(parseConfig("local", changedChain({ validators: 3 })).warnings.join()).to.contain("Four survive");
    expect(parseConfig("local", stackConfig("local")).warnings).to.deep.equal([]);
  });
});

describe("a stack without a network", () => {
  it("can be previewed: every value that is missing says so", async () => {
    const objects = await render({ stack: "local", network: null });
    const settings = objects.find(({ metadata }) => metadata.name === "paw-validator-settings");
    expect(settings?.data.peers).to.contain("replace-me-paw-validator-0@paw-validator-0.");
  });

  it("cannot be deployed, and the refusal says what to do", async () => {
    await expectRefusal(
      render({ stack: "local", network: null, preview: false }),
      /npx paw validators init --count 4/,
    );
  });
});

describe("A11: a consensus key that somebody else holds", () => {
  const network = testNetwork(4, 1);
  const address = (nodeOf(network, "paw-validator-1").consensusAddress ?? "").toLowerCase();
  const heldBy = (pod: string, chainId = network.chainId) => [
    { address, spec: { chainId, holder: { namespace: "paw", pod }, used: true } },
  ];

  it("is refused at preview, with the key, both holders and what to do", async () => {
    await expectRefusal(
      render({ stack: "local", reserved: heldBy("paw-validator-0", "other-1") }),
      new RegExp(
        `${address.toUpperCase()} is reserved for paw/paw-validator-0 of chain other-1.*` +
          "paw/paw-validator-1 of chain paw-test-1.*kubectl delete",
        "s",
      ),
    );
  });

  it("is waited for while the API server has just learnt the kind", async () => {
    const run = render({ stack: "local", reserved: heldBy("paw-validator-0", "other-1"), busy: 2 });
    await expectRefusal(run, /is reserved for paw\/paw-validator-0 of chain other-1/);
  }).timeout(10_000);

  it("is no hindrance where the holder is oneself, and a mark that is used up stays used up", async () => {
    const objects = await render({ stack: "local", reserved: heldBy("paw-validator-1") });
    const used = objects
      .filter(({ kind }) => kind === "ConsensusKeyReservation")
      .map(({ spec }) => [spec.holder.pod, spec.used]);
    expect(used).to.have.deep.members([
      ["paw-validator-0", false],
      ["paw-validator-1", true],
      ["paw-validator-2", false],
      ["paw-validator-3", false],
    ]);
  });
});

async function expectRefusal(run: Promise<unknown>, message: RegExp): Promise<void> {
  const outcome = await run.then(
    () => "accepted",
    (error: unknown) => String(error),
  );
  expect(outcome).to.match(message);
}

function changedChain(fields: object): Record<string, string> {
  const config = stackConfig("local");
  const before = JSON.parse(config["paw:chain"] ?? "{}") as object;
  return { ...config, "paw:chain": JSON.stringify({ ...before, ...fields }) };
}
