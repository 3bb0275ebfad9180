/**
 * `paw test smoke|integration|security` as typed, against a local stack: a real API server, behind whose simulated pods a real
 * chain and bizra's simulator run. Each suite holds where nothing is wrong, and each injected fault fails its own check.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { canRunPods, eventually } from "../support/chain.ts";
import { type System, startSystem } from "../support/monitoring/system.ts";
import type { KubernetesObject } from "../support/rendered.ts";
import { Sandbox } from "../support/sandbox.ts";
import { putBehind } from "../support/simulatedPods.ts";
import { type SoloChain, startSoloChain } from "../support/soloChain.ts";
import { type Ran, behindAll, failed, faults, runSuite, verdicts } from "../support/suites.ts";

describe("A22, A23, A25: suites against a running stack", () => {
  let system: System;
  let sandbox: Sandbox;
  let peer: SoloChain;
  let folder: string;

  before(async function () {
    if (!canRunPods()) this.skip();
    this.timeout(600_000);
    folder = mkdtempSync(join(tmpdir(), "paw-suites-"));
    system = await startSystem((clone) => {
      // Votes of 15 seconds instead of two days, and no other change.
      clone.change("ops/src/validators/simapp-genesis.json", (text) =>
        text.replace('"voting_period": "172800s"', '"voting_period": "15s"'),
      );
    });
    ({ sandbox } = system);
    peer = await startSoloChain("paw-peer-1", "127.0.0.81");
    await putBehind(sandbox, await behindAll(system));
    for (const ordinal of [2, 3]) writeMnemonic(`operator-${ordinal}.json`, await operator(ordinal));
    writeMnemonic("peer", peer.mnemonic);
  });

  after(async function () {
    this.timeout(120_000);
    // Nothing was made where the suite was left out.
    await (peer as SoloChain | undefined)?.stop();
    await (system as System | undefined)?.dispose();
    if (folder as string | undefined) rmSync(folder, { recursive: true });
    await Sandbox.disposeAll();
  });

  async function operator(ordinal: number): Promise<string> {
    const { data } = await sandbox.stored<KubernetesObject>("secret", "paw-operator-keys", "-n", "paw");
    const entry = (data as Record<string, string>)[`paw-validator-${ordinal}.json`] ?? "";
    return Buffer.from(entry, "base64").toString();
  }

  function writeMnemonic(name: string, content: string): void {
    writeFileSync(join(folder, name), content, { mode: 0o600 });
  }

  const suite = (name: string, ...args: string[]): Promise<Ran> => runSuite(sandbox, name, args);
  const kubectl = (...args: string[]): Promise<unknown> => sandbox.ok("kubectl", args);
  const apply = (object: object): Promise<void> => sandbox.apply(object);

  describe("A22: smoke", () => {
    it("all holds, and what runs behind simulated pods is called simulated", async () => {
      const ran = await suite("smoke", "--junit", join(folder, "smoke.xml"));
      expect(faults(ran)).to.equal("");
      expect(verdicts(ran)).to.deep.equal({
        "pods-ready": "simulated",
        "service-endpoints": "simulated",
        "node-rpc": "simulated",
        blocks: "simulated",
        health: "simulated",
      });
      expect(ran.exitCode).to.equal(0);
      const found = ran.results.map((each) => each.found).join("\n");
      expect(found).to.include("paw-validator 4/4").and.to.include("6 of 6 answer for paw-local-1");
      // Six nodes, a proxy, and two endpoints of each of bizra's three pods.
      expect(found).to.include("13 of 13 are well");
    }).timeout(120_000);

    it("as text: a table, the counts, and nothing red", async () => {
      const { exitCode, stdout } = await sandbox.run("npx", ["paw", "test", "smoke", "--only", "pods-ready"]);
      expect(exitCode).to.equal(0);
      expect(stdout).to.include("paw test smoke, stack local on paw-local: 1 simulated");
    }).timeout(60_000);

    it("a Service without endpoints fails that check alone", async () => {
      const metadata = { name: "nowhere", namespace: "testnet" };
      const spec = { selector: { app: "nobody" }, ports: [{ port: 80 }] };
      await apply({ apiVersion: "v1", kind: "Service", metadata, spec });
      const ran = await suite("smoke");
      await kubectl("delete", "service", "nowhere", "-n", "testnet");
      expect(failed(ran)).to.deep.equal(["service-endpoints"]);
      expect(faults(ran)).to.equal("testnet/nowhere has no ready address");
      expect(ran.exitCode).to.equal(1);
    }).timeout(120_000);

    it("a stack file that wants more sentries than there are fails the pods alone", async () => {
      const more = (text: string): string => text.replace("sentries: 1", "sentries: 2");
      await sandbox.withChange("Pulumi.local.yaml", more, async () => {
        const ran = await suite("smoke");
        expect(failed(ran)).to.deep.equal(["pods-ready"]);
        expect(faults(ran)).to.equal("paw-sentry: 1 of 2 ready");
      });
    }).timeout(120_000);

    it("a bizra that is not ready fails the health endpoints alone", async () => {
      await system.simulate("faults", ["unready"]);
      const ran = await suite("smoke");
      await system.simulate("faults", []);
      expect(failed(ran)).to.deep.equal(["health"]);
      expect(faults(ran).match(/:8080\/ready: 503/g)).to.have.length(3);
    }).timeout(120_000);

    it("a node that is gone fails its RPC and its health, and the others go on", async () => {
      await system.chain.pod("paw-validator-3").kill();
      const ran = await suite("smoke");
      await system.chain.startNode("paw-validator-3");
      expect(failed(ran)).to.deep.equal(["node-rpc", "health"]);
      expect(faults(ran)).to.match(/^paw-validator-3: /m);
    }).timeout(180_000);
  });

  describe("A23: integration", () => {
    const ibc = (): string[] => ["--ibc-peer", peer.rpc, "--ibc-mnemonic-file", join(folder, "peer")];
    const signers = (...ordinals: number[]): string[] =>
      ordinals.flatMap((ordinal) => ["--mnemonic-file", join(folder, `operator-${ordinal}.json`)]);

    it("without an account nothing is sent, and each check says what it lacks", async () => {
      await eventually(
        "everybody has peers again",
        60,
        async () => failed(await suite("smoke", "--only", "node-rpc")).length === 0,
      );
      const ran = await suite("integration");
      expect(new Set(Object.values(verdicts(ran)))).to.deep.equal(new Set(["not evaluated"]));
      expect(ran.exitCode).to.equal(1);
      expect(ran.results[0]?.notEvaluated).to.include("--mnemonic-file");
    }).timeout(120_000);

    it("a transaction is final, a proposal passes, and a coin goes over a new IBC channel to a second chain", async () => {
      const ran = await suite("integration", ...signers(2, 3), "--propose", ...ibc(), "--accept", "dex");
      expect(faults(ran)).to.equal("");
      expect(verdicts(ran)).to.deep.equal({
        ...{ transaction: "simulated", finality: "simulated", governance: "simulated", ibc: "simulated" },
        dex: "not evaluated",
      });
      expect(ran.exitCode).to.equal(0);
      const by = new Map(ran.results.map((each) => [each.id, each]));
      expect(by.get("finality")?.found).to.match(/on paw-full-node-0 and paw-sentry-0, signed by /);
      expect(by.get("governance")?.found).to.match(/submitted, 2 voted yes, passed$/);
      expect(by.get("ibc")?.found).to.equal(
        "channel-0 to channel-0 of paw-peer-1 opened, one unit over it and acknowledged",
      );
      expect(by.get("dex")?.notEvaluated).to.equal("the chain's binary has no DEX module");
      const { mnemonic } = JSON.parse(await operator(2)) as { mnemonic: string };
      for (const words of [mnemonic, peer.mnemonic]) {
        expect(ran.all).not.to.include(words.split(" ").slice(0, 3).join(" "));
      }
    }).timeout(240_000);

    it("the channel is seen afterwards without the second chain", async () => {
      const ran = await suite("integration", "--only", "ibc");
      expect(ran.results[0]).to.include({
        verdict: "simulated",
        found: "1 of 1 channels open, clients of 1 active",
      });
    }).timeout(60_000);

    it("an account that the chain does not know fails the transaction alone", async () => {
      writeMnemonic("unknown", `${"abandon ".repeat(11)}about`);
      const ran = await suite(
        "integration",
        "--mnemonic-file",
        join(folder, "unknown"),
        "--accept",
        "dex,finality,governance",
      );
      expect(failed(ran)).to.deep.equal(["transaction"]);
      expect(faults(ran)).to.include(
        "the chain has no account cosmos19rl4cm2hmr8afy4kldpxz3fka4jguq0auqdal4",
      );
    }).timeout(60_000);
  });

  describe("A25: security", () => {
    const byApiServer = [
      ...[
        "pod-privileged",
        "pod-host-path",
        "pod-host-network",
        "pod-host-pid",
        "pod-root",
        "pod-escalation",
      ],
      ...["pod-capabilities", "pod-seccomp", "pod-limits", "rbac", "secrets-at-rest", "audit-log"],
    ];

    it("all holds that can be looked at here; what the API server decides is proven", async () => {
      const ran = await suite("security", "--accept", "mesh-mtls,image-signatures,cve-scan");
      expect(faults(ran)).to.equal("");
      expect(verdicts(ran)).to.deep.equal({
        ...Object.fromEntries(byApiServer.map((id) => [id, "proven"])),
        "network-policies": "simulated",
        "mesh-mtls": "not evaluated",
        "image-signatures": "not evaluated",
        "cve-scan": "not evaluated",
      });
      expect(ran.exitCode).to.equal(0);
      const by = new Map(ran.results.map((each) => [each.id, each.found]));
      expect(by.get("pod-privileged")).to.match(/^paw, testnet: violates PodSecurity "restricted:/);
      expect(by.get("secrets-at-rest")).to.match(
        /^(\d+) of \1 Secrets in etcd are encrypted, a new one by secretbox$/,
      );
      expect(by.get("audit-log")).to.include("level Metadata");
      const left = await sandbox.stored<{ items: KubernetesObject[] }>("secrets", "-n", "paw");
      expect(left.items.filter(({ metadata }) => metadata.name.startsWith("paw-test-"))).to.deep.equal([]);
    }).timeout(120_000);

    it("a policy that is gone, and one too many, are found", async () => {
      const policy = await sandbox.stored<KubernetesObject>("networkpolicy", "allow-api", "-n", "paw");
      await kubectl("delete", "networkpolicy", "allow-api", "-n", "paw");
      const gone = await suite("security", "--only", "network-policies,rbac");
      expect(failed(gone)).to.deep.equal(["network-policies"]);
      expect(faults(gone)).to.match(/paw\/api: ingress from ingress\/.*is closed on .*1317\/TCP/);
      await apply({
        ...policy,
        metadata: { ...policy.metadata, resourceVersion: undefined, uid: undefined },
      });
      await apply({
        ...{ apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
        metadata: { name: "debug", namespace: "paw" },
        spec: {
          podSelector: { matchLabels: { "app.kubernetes.io/component": "validator" } },
          egress: [{}],
          policyTypes: ["Egress"],
        },
      });
      const wide = await suite("security", "--only", "network-policies,rbac");
      expect(failed(wide)).to.deep.equal(["network-policies"]);
      expect(faults(wide)).to.match(/^paw\/validator: egress to .* is open on /m);
      await kubectl("delete", "networkpolicy", "debug", "-n", "paw");
    }).timeout(120_000);

    it("a RoleBinding too many is found, and named", async () => {
      await kubectl(
        "create",
        "rolebinding",
        "oops",
        "-n",
        "paw",
        "--clusterrole=edit",
        "--serviceaccount=paw:paw-api",
      );
      const ran = await suite("security", "--only", "rbac,network-policies");
      await kubectl("delete", "rolebinding", "oops", "-n", "paw");
      expect(failed(ran)).to.deep.equal(["rbac"]);
      expect(faults(ran)).to.match(
        /^paw\/paw-api may get secrets in paw: RBAC: allowed by RoleBinding "oops\/paw"/m,
      );
      expect(faults(ran)).not.to.include("paw-backup");
    }).timeout(120_000);

    it("a namespace whose level was lowered, and one without limits, are found", async () => {
      const level = (value: string): Promise<unknown> =>
        kubectl(
          "label",
          "namespace",
          "testnet",
          "--overwrite",
          `pod-security.kubernetes.io/enforce=${value}`,
        );
      await level("baseline");
      const lower = await suite("security", "--only", "pod-root,pod-seccomp,pod-privileged");
      await level("restricted");
      expect(failed(lower)).to.deep.equal(["pod-root"]);
      expect(faults(lower)).to.equal("accepted in testnet");
      await kubectl("delete", "limitrange", "bizra", "-n", "testnet");
      await kubectl("delete", "resourcequota", "bizra", "-n", "testnet");
      const without = await suite("security", "--only", "pod-limits");
      expect(faults(without)).to.equal(
        "testnet: a pod without limits is accepted, and given cpu none, memory none",
      );
    }).timeout(120_000);
  });

  // Mocha runs a block's own cases before its inner blocks; this one comes last.
  describe("a chain that halts", () => {
    it("A22: a chain that halts fails the blocks, and those who are gone their RPC and health", async () => {
      for (const pod of ["paw-validator-2", "paw-validator-3"]) await system.chain.pod(pod).kill();
      const ran = await suite("smoke");
      expect(failed(ran)).to.deep.equal(["node-rpc", "blocks", "health"]);
      expect(ran.results.find(({ id }) => id === "blocks")?.found).to.match(/^no node advances/);
      expect(faults(ran).match(/stands at height \d+/g)).to.have.length(4);
    }).timeout(180_000);
  });
});
