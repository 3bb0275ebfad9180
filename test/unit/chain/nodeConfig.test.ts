/** What is set in config.toml and app.toml, by role. */
import { expect } from "chai";
import fc from "fast-check";

import { type NodeSettings, appToml, configToml } from "../../../components/chain/nodeConfig.ts";
import { type NodeRole, nodeRoles } from "../../../components/chain/nodes.ts";
import { peersOf } from "../../../components/chain/peers.ts";
import { toToml } from "../../../components/chain/toml.ts";
import { testNetwork } from "../../support/network.ts";

const settings: NodeSettings = {
  timeoutCommit: "5s",
  minimumGasPrices: "0.025upaw",
  doubleSignCheckHeight: 10,
  haltHeight: 0,
  grpcWeb: "own",
  snapshotInterval: 1000,
  remoteSigner: false,
};
const counts = { validator: 4, sentry: 2, "full-node": 1 };

/** A setting's value as it is written, by section and key. */
function read(text: string): Record<string, string> {
  let section = "";
  const values: Record<string, string> = {};
  for (const line of text.split("\n")) {
    section = /^\[(.+)\]$/.exec(line)?.[1] ?? section;
    const [, key, value] = /^([\w-]+) = (.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) values[`${section}/${key}`] = value;
  }
  return values;
}
const config = (role: NodeRole, changed: Partial<NodeSettings> = {}): Record<string, string> =>
  read(configToml(role, peersOf(role, testNetwork(4, 2), counts), { ...settings, ...changed }));
const app = (role: NodeRole, changed: Partial<NodeSettings> = {}): Record<string, string> =>
  read(appToml(role, { ...settings, ...changed }));

describe("A11 to A15: node configuration", () => {
  it("A15: every node listens on the ports of the specification", () => {
    for (const role of nodeRoles) {
      expect(config(role), role).to.include({
        "p2p/laddr": '"tcp://0.0.0.0:26656"',
        "rpc/laddr": '"tcp://0.0.0.0:26657"',
        "instrumentation/prometheus": "true",
        "instrumentation/prometheus_listen_addr": '"0.0.0.0:26660"',
      });
    }
    expect(app("full-node")).to.include({
      "api/enable": "true",
      "api/address": '"tcp://0.0.0.0:1317"',
      "grpc/address": '"0.0.0.0:9090"',
      "grpc-web/address": '"0.0.0.0:9091"',
    });
    expect(app("full-node", { grpcWeb: "rest" })).not.to.have.property("grpc-web/address");
  });

  it("validators and sentries serve nothing but their chain", () => {
    for (const role of ["validator", "sentry"] as const) {
      expect(app(role)).to.include({
        "api/enable": "false",
        "grpc/enable": "false",
        "grpc-web/enable": "false",
      });
    }
  });

  it("A12: peers are exchanged by sentries alone, whose books keep the cluster's addresses out", () => {
    expect(nodeRoles.map((role) => config(role)["p2p/pex"])).to.deep.equal(["false", "true", "false"]);
    expect(nodeRoles.map((role) => config(role)["p2p/addr_book_strict"])).to.deep.equal([
      "false",
      "true",
      "false",
    ]);
  });

  it("a validator's key is the one that its pod mounts, and its own signatures are looked for", () => {
    const validator = config("validator");
    expect(validator["/priv_validator_key_file"]).to.equal('"/keys/priv_validator_key.json"');
    expect(validator["consensus/double_sign_check_height"]).to.equal("10");
    expect(validator).not.to.have.property("/priv_validator_laddr");
    for (const role of ["sentry", "full-node"] as const) {
      expect(config(role)).not.to.have.any.keys("/priv_validator_key_file", "/priv_validator_laddr");
    }
  });

  it("a remote signer dials in; no key file is named, and its own signatures do not count as a twin's", () => {
    const validator = config("validator", { remoteSigner: true });
    expect(validator["/priv_validator_laddr"]).to.equal('"tcp://0.0.0.0:26659"');
    expect(validator).not.to.have.any.keys("/priv_validator_key_file", "consensus/double_sign_check_height");
    expect(config("sentry", { remoteSigner: true })).not.to.have.property("/priv_validator_laddr");
  });

  it("A13: state sync is for full nodes, from the first two validators", () => {
    const stateSync = { trustHeight: 7, trustHash: "ab".repeat(32) };
    expect(config("full-node", { stateSync })).to.include({
      "statesync/enable": "true",
      "statesync/rpc_servers":
        '"http://paw-validator-0.paw-validator.paw.svc:26657,http://paw-validator-1.paw-validator.paw.svc:26657"',
      "statesync/trust_height": "7",
      "statesync/trust_hash": `"${"ab".repeat(32)}"`,
    });
    expect(config("validator", { stateSync })).not.to.have.property("statesync/enable");
    expect(nodeRoles.map((role) => app(role)["state-sync/snapshot-interval"])).to.deep.equal([
      "0",
      "1000",
      "1000",
    ]);
  });

  it("A27: the halt height reaches every node", () => {
    for (const role of nodeRoles) expect(app(role, { haltHeight: 42 })["/halt-height"]).to.equal("42");
  });

  it("strings are written so that TOML reads them back", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const line = toToml({ s: { key: text } }).split("\n")[1] ?? "";
        // What stands between TOML's quotes has JSON's escapes.
        expect(JSON.parse(line.slice("key = ".length))).to.equal(text);
      }),
    );
    expect(toToml({ "": { a: 1 }, empty: {}, s: { list: ["x", 'y"'], on: true } })).to.equal(
      'a = 1\n\n[s]\nlist = ["x", "y\\""]\non = true\n',
    );
  });
});
