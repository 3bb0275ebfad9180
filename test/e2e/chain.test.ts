/**
 * The chain that a `local` stack renders, run for real: pods out of what the API server stored, on loopback, with a
 * Cosmos SDK chain as the binary. Only addresses are rewritten.
 */
import { chownSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { newNodeKey } from "../../ops/src/validators/keys.ts";
import {
  type Chain,
  addressOf,
  canRunPods,
  eventually,
  nodes,
  startSixNodes,
  validators,
} from "../support/chain.ts";
import { nodeInfoByGrpc, nodeInfoByGrpcWeb } from "../support/grpc.ts";
import type { KubernetesObject } from "../support/rendered.ts";
import { Sandbox } from "../support/sandbox.ts";

describe("A11 to A15: the rendered chain makes blocks", () => {
  let sandbox: Sandbox;
  let chain: Chain;

  before(async function () {
    if (!canRunPods()) this.skip();
    this.timeout(600_000);
    ({ sandbox, chain } = await startSixNodes());
  });

  after(async function () {
    this.timeout(120_000);
    // Nothing was made where the suite was left out.
    await (chain as Chain | undefined)?.dispose();
    await Sandbox.disposeAll();
  });

  const idsOf = async (name: string): Promise<string[]> =>
    (await chain.rpc(name, "net_info")).peers.map((peer: { node_info: { id: string } }) => peer.node_info.id);
  const ownId = async (name: string): Promise<string> =>
    (await chain.rpc(name, "status")).node_info.id as string;
  const probes = (name: string): Promise<typeof allPass> => chain.probes(name);
  const allPass = { startup: true, readiness: true, liveness: true };
  const advances = (names: readonly string[], by = 2): Promise<void> => chain.advances(names, by);
  const inside = async (name: string, command: string): Promise<string> =>
    (await chain.pod(name).look("node", ["sh", "-c", command])).output.trim();
  const reservations = async (): Promise<[string, boolean][]> =>
    (await sandbox.stored<{ items: KubernetesObject[] }>("consensuskeyreservations")).items.map(
      ({ spec }) => [spec.holder.pod, spec.used],
    );

  describe("six nodes that follow", () => {
    it("blocks advance on all, and all probes pass", async () => {
      await advances(nodes);
      for (const name of nodes) expect(await probes(name), name).to.deep.equal(allPass);
    });

    it("every validator signs, with the key that the network's facts name", async () => {
      const facts = (await sandbox.stored<KubernetesObject>("configmap", "paw-network", "-n", "paw")).data;
      const known = JSON.parse(facts["network.json"]).nodes;
      // The latest commit holds what was enough; the one before holds all that came in time.
      await eventually("a commit with all four signatures", 60, async () => {
        const height = (await chain.height("paw-sentry-0")) - 1;
        const { signatures } = (await chain.rpc("paw-sentry-0", `commit?height=${height}`)).signed_header
          .commit;
        const signers = signatures.map((each: { validator_address: string }) => each.validator_address);
        return validators.every((name) => signers.includes(known[name].consensusAddress));
      });
    });

    it("A15: RPC 26657, metrics 26660 and health 36661 answer everywhere", async () => {
      for (const name of nodes) {
        expect(await chain.rpc(name, "health"), name).to.deep.equal({});
        const metrics = await (await fetch(`http://${addressOf(name)}:26660/metrics`)).text();
        expect(metrics, name).to.match(/^cometbft_consensus_height\{.*\} \d+/m);
        const health = await fetch(`http://${addressOf(name)}:36661/cgi-bin/health`);
        expect(health.status, name).to.equal(200);
        expect(await health.json(), name).to.include({ status: "ok" });
      }
    });

    it("A11: a node exports the SDK's metrics beside CometBFT's, so it needs no sidecar for them", async () => {
      const metrics = await (await fetch(`http://${addressOf("paw-validator-0")}:26660/metrics`)).text();
      expect(metrics).to.match(/^begin_blocker/m);
    });

    it("A15: REST 1317, gRPC 9090 and gRPC-Web 9091 answer on the full node, and on no other", async () => {
      const rest = async (name: string): Promise<string> => {
        const url = `http://${addressOf(name)}:1317/cosmos/base/tendermint/v1beta1/blocks/latest`;
        return (await fetch(url, { signal: AbortSignal.timeout(3000) })).text();
      };
      const full = addressOf("paw-full-node-0");
      // The SDK starts them one after the other, some seconds apart, and REST asks gRPC.
      const questions = {
        REST: () => rest("paw-full-node-0"),
        gRPC: () => nodeInfoByGrpc(`${full}:9090`),
        "gRPC-Web": () => nodeInfoByGrpcWeb(`${full}:9091`),
      };
      for (const [what, ask] of Object.entries(questions)) {
        await eventually(`${what} answers`, 60, async () =>
          (await ask().catch((error: unknown) => String(error))).includes("paw-local-1"),
        );
      }
      for (const name of [...validators, "paw-sentry-0"]) {
        const answer = await rest(name).catch((error: unknown) => String(error));
        expect(answer, name).to.contain("fetch failed");
      }
    });

    it("A12: validators know validators and the sentry alone, the full node the sentry alone", async () => {
      const ids = Object.fromEntries(
        await Promise.all(nodes.map(async (name) => [name, await ownId(name)])),
      ) as Record<string, string>;
      await eventually("the full mesh", 90, async () =>
        (await Promise.all(validators.map(idsOf))).every((found) => found.length === 4),
      );
      for (const name of validators) {
        const others = [...validators, "paw-sentry-0"].filter((other) => other !== name);
        expect(await idsOf(name), name).to.have.members(others.map((other) => ids[other]));
      }
      expect(await idsOf("paw-full-node-0")).to.deep.equal([ids["paw-sentry-0"]]);
    });

    it("A11: a pod sees its own key and no other, as user 1000, on a root that it cannot write", async () => {
      const addresses = new Set<string>();
      for (const name of validators) {
        expect(await inside(name, "ls /keys")).to.equal("node_key.json\npriv_validator_key.json");
        addresses.add(await inside(name, "grep address /keys/priv_validator_key.json"));
        expect(await inside(name, "id -u")).to.equal("1000");
        expect(
          await inside(name, "touch /x /keys/x /settings/x 2>&1 | grep -c -i 'read-only\\|denied'"),
        ).to.equal("2");
      }
      expect(addresses.size).to.equal(4);
      expect(await inside("paw-sentry-0", "ls /keys")).to.equal("node_key.json");
    });

    it("every key's mark is used up", async () => {
      expect(await reservations()).to.have.deep.members(validators.map((name) => [name, true]));
    });
  });

  describe("validators that go away", () => {
    it("one killed: blocks go on; back again: it goes on with its state, and follows", async () => {
      await chain.pod("paw-validator-3").kill();
      const others = nodes.filter((name) => name !== "paw-validator-3");
      await advances(others, 3);
      expect((await probes("paw-validator-3")).liveness).to.be.false;
      const pod = await chain.startNode("paw-validator-3");
      expect(pod.inits.find(({ name }) => name === "start-guard")?.output).to.match(/goes on at height \d+/);
      await advances(nodes);
      await eventually("ready again", 30, async () => (await probes("paw-validator-3")).readiness);
    });

    it("two killed: blocks stop, nobody is ready, and nobody is restarted for it", async () => {
      await Promise.all(["paw-validator-2", "paw-validator-3"].map((name) => chain.pod(name).kill()));
      await new Promise((resolve) => setTimeout(resolve, 5000));
      const halted = await chain.height("paw-validator-0");
      const rest = nodes.slice(0, 2).concat(nodes.slice(4));
      await eventually("the last block is old", 90, async () => !(await probes("paw-validator-0")).readiness);
      expect(await chain.height("paw-validator-0")).to.equal(halted);
      for (const name of rest) {
        const state = await probes(name);
        expect(state, name).to.deep.equal({ startup: true, readiness: false, liveness: true });
      }
    }).timeout(150_000);

    it("both back: the chain resumes at the next height, everybody is ready", async () => {
      const halted = await chain.height("paw-validator-0");
      await chain.startNode("paw-validator-2");
      await chain.startNode("paw-validator-3");
      await eventually("the next block", 90, async () => (await chain.lowest(nodes)) > halted);
      expect(
        Number((await chain.rpc("paw-sentry-0", `block?height=${halted + 1}`)).block.header.height),
      ).to.equal(halted + 1);
      await eventually("all are ready", 60, async () =>
        (await Promise.all(nodes.map(probes))).every((state) => state.readiness),
      );
    }).timeout(180_000);

    it("a node that syncs from the first block is alive and not ready until it follows", async () => {
      const plan = await chain.plan("paw-full-node", 1);
      const pod = await chain.start(plan);
      const seen: boolean[] = [];
      await eventually("it follows", 90, async () => {
        const state = await probes("paw-full-node-1");
        if (state.startup) seen.push(state.readiness);
        if (state.startup) expect(state.liveness).to.be.true;
        return state.readiness;
      });
      expect(seen[0], "the first answer after the start").to.be.false;
      await pod.kill();
    }).timeout(120_000);
  });

  describe("what must not start", () => {
    it("a node with a changed genesis", async () => {
      const plan = await chain.plan("paw-validator", 3);
      const genesis = plan.sources.secrets["paw-genesis"]?.["genesis.json"] ?? Buffer.from("");
      const changed = Buffer.from(
        genesis.toString().replace('"chain_id": "paw-local-1"', '"chain_id": "paw-local-2"'),
      );
      expect(changed.equals(genesis)).to.be.false;
      await chain.pod("paw-validator-3").stop();
      const secrets = { ...plan.sources.secrets, "paw-genesis": { "genesis.json": changed } };
      const pod = await chain.start({ ...plan, sources: { ...plan.sources, secrets } });
      expect(pod.inits.at(-1)).to.include({ name: "genesis", exitCode: 1 });
      expect(pod.inits.at(-1)?.output).to.contain("would be on another chain");
      expect(pod.isRunning("node")).to.be.false;
      await chain.startNode("paw-validator-3");
    });

    it("a key whose signing state is gone: it was accepted once, and never again", async () => {
      await chain.pod("paw-validator-3").stop();
      rmSync(join(chain.pod("paw-validator-3").claim("data"), "data", "priv_validator_state.json"));
      const pod = await chain.start(await chain.plan("paw-validator", 3));
      expect(pod.inits.at(-1)).to.include({ name: "start-guard", exitCode: 1 });
      expect(pod.inits.at(-1)?.output).to.contain("may have signed before");
      expect(pod.isRunning("node")).to.be.false;
    });

    it("the same key on a volume that is new", async () => {
      const pod = await chain.start(await chain.plan("paw-validator", 3));
      rmSync(pod.claim("data"), { recursive: true });
      const again = await chain.start(await chain.plan("paw-validator", 3));
      expect(again.inits.at(-1)?.output).to.contain("may have signed before");
    });

    it("the same key in another workload", async () => {
      const plan = await chain.plan("paw-validator", 0, { namespace: "other", address: "127.0.0.61" });
      const pod = await chain.elsewhere(plan).start();
      expect(pod.inits.at(-1)).to.include({ name: "start-guard", exitCode: 1 });
      expect(pod.inits.at(-1)?.output).to.contain(
        "reserved for paw/paw-validator-0, and this is other/paw-validator-0",
      );
    });

    it("a twin that got past all of that: it finds the key's signatures in the chain, and ends", async () => {
      await advances(["paw-validator-0"], 10);
      const plan = await chain.plan("paw-validator", 0, { address: "127.0.0.62" });
      const nodeKeys = {
        ...plan.sources.secrets["paw-node-keys"],
        "paw-validator-0.json": Buffer.from(newNodeKey().file),
      };
      const secrets = { ...plan.sources.secrets, "paw-node-keys": nodeKeys };
      const pod = chain.elsewhere({ ...plan, sources: { ...plan.sources, secrets } });
      const data = join(pod.claim("data"), "data");
      // A signing state as the guard writes it, forged.
      mkdirSync(data, { recursive: true });
      writeFileSync(join(data, "priv_validator_state.json"), '{"height":"0","round":0,"step":0}');
      for (const path of [pod.claim("data"), data, join(data, "priv_validator_state.json")])
        chownSync(path, 1000, 1000);
      await pod.start();
      await eventually("the twin ends", 90, () => Promise.resolve(!pod.isRunning("node")));
      expect(pod.output("node")).to.contain("found signature from the same key");
    }).timeout(180_000);

    it("a second network with the same keys: its preview is refused, with both holders", async () => {
      const map = await sandbox.stored<KubernetesObject>("configmap", "paw-network", "-n", "paw");
      const facts = { ...JSON.parse(map.data["network.json"]), chainId: "paw-second-1" };
      const file = join(chain.folder, "network.json");
      writeFileSync(file, JSON.stringify(facts));
      const change = (text: string): string => text.replace("network: cluster", `network: ${file}`);
      await sandbox.withChange("Pulumi.local.yaml", change, async () => {
        const preview = await sandbox.run("pulumi", ["preview", "--stack", "local", "--non-interactive"]);
        expect(preview.exitCode).not.to.equal(0);
        expect(preview.all).to.match(
          /reserved for paw\/paw-validator-0 of chain paw-local-1.*chain paw-second-1/s,
        );
      });
    });

    it("A19: no private key, mnemonic or password is in Pulumi's state or in what was printed", async () => {
      const { items } = await sandbox.stored<{ items: KubernetesObject[] }>("secrets", "-n", "paw");
      const texts = items.flatMap(({ data }) =>
        Object.values((data ?? {}) as Record<string, string>).map((value) =>
          Buffer.from(value, "base64").toString(),
        ),
      );
      const values = texts.flatMap((text) => {
        const named = [
          ...text.matchAll(/"priv_key":\s*\{[^}]*"value":\s*"([^"]+)"|"mnemonic":\s*"([^"]+)"/g),
        ];
        const found = named.map(([, key, mnemonic]) => key ?? mnemonic ?? "");
        return found.length > 0 || text.length > 100 ? found : [text];
      });
      const secrets = values.filter((value) => value.length >= 32);
      expect(secrets.length, "4 + 5 keys, 4 mnemonics, token secret, password").to.equal(15);
      const state = await sandbox.ok("pulumi", ["stack", "export", "--stack", "local"]);
      expect(state.stdout).to.contain("paw-validator-keys");
      const files = await sandbox.ok("grep", ["-r", "-c", "", join(sandbox.folder, ".paw", "state")]);
      expect(files.stdout).to.contain("local.json");
      for (const secret of secrets) {
        expect(state.stdout.includes(secret), "in the state").to.be.false;
        const found = await sandbox.run("grep", [
          "-r",
          "-l",
          "-F",
          secret,
          join(sandbox.folder, ".paw", "state"),
        ]);
        expect(found.stdout, "in the state's files and history").to.equal("");
      }
    });

    it("a reservation cannot be given to somebody else, nor a used key become unused", async () => {
      const { items } = await sandbox.stored<{ items: KubernetesObject[] }>("consensuskeyreservations");
      const name = items[0]?.metadata.name ?? "";
      const patch = (spec: object): ReturnType<Sandbox["run"]> =>
        sandbox.run("kubectl", [
          "patch",
          "consensuskeyreservation",
          name,
          "--type=merge",
          "-p",
          JSON.stringify({ spec }),
        ]);
      const stolen = await patch({ holder: { pod: "thief-0" } });
      expect([stolen.exitCode, stolen.all]).to.satisfy(
        ([code, text]: [number, string]) => code !== 0 && text.includes("reserved for another workload"),
      );
      const reset = await patch({ used: false });
      expect(reset.exitCode).not.to.equal(0);
      expect(reset.all).to.contain("cannot become unused again");
    });
  });
});
