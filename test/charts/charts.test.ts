/**
 * The official charts from a mirror, installed on an embedded cluster by the real engine and provider.
 *
 * `PAW_CHARTS_MIRROR` names a directory that `paw charts pull` filled; without it nothing here is evaluated.
 * Proven: schemas, admission, order, a second run. Simulated: pods, and so every controller of a chart.
 */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { Sandbox } from "../support/sandbox.ts";
import { filledIn, fromMirror, initNetwork, mirror } from "./site.ts";

/** Namespaces that a cluster has of itself. */
const ownNamespaces = ["default", "kube-node-lease", "kube-public", "kube-system"];

/** What is in the cluster beside what a fresh one holds: custom resource definitions, webhooks, namespaces. */
async function leftovers(sandbox: Sandbox, context: string): Promise<string[]> {
  const kinds = [
    "customresourcedefinitions",
    "validatingwebhookconfigurations",
    "mutatingwebhookconfigurations",
    "namespaces",
  ];
  const { stdout } = await sandbox.ok("kubectl", [
    "get",
    kinds.join(","),
    "-o",
    "name",
    "--context",
    context,
  ]);
  return stdout
    .split("\n")
    .filter((line) => line !== "" && !ownNamespaces.includes(line.replace("namespace/", "")));
}

/** Texts that must be nowhere in a state: plain and base64. */
function forms(secret: string): string[] {
  return [secret, Buffer.from(secret).toString("base64").replace(/=+$/, "")];
}

describe(`the platform's charts from ${mirror === "" ? "a mirror" : mirror}`, () => {
  let sandbox: Sandbox;

  before(async function () {
    this.timeout(600_000);
    if (mirror === "") {
      console.info("  not evaluated: PAW_CHARTS_MIRROR names no directory of chart archives");
      return this.skip();
    }
    sandbox = await Sandbox.create();
    await sandbox.ok("npx", ["paw", "charts", "verify", mirror]);
  });

  after(async () => {
    await Sandbox.disposeAll();
  });

  it("local: all of them, then nothing to change, then nothing left", async () => {
    await sandbox.withChange("Pulumi.local.yaml", fromMirror, async () => {
      const up = await sandbox.ok("npm", ["run", "up"]);
      console.info(`      local, first: ${up.seconds.toFixed(0)} s`);
      await sandbox.loadEnvironment();
      for (const [kind, name, namespace] of [
        ["deployment", "cert-manager-webhook", "cert-manager"],
        ["deployment", "trust-manager", "cert-manager"],
        ["deployment", "linkerd-destination", "linkerd"],
        ["deployment", "web", "linkerd-viz"],
        ["daemonset", "linkerd-cni", "linkerd-cni"],
        ["statefulset", "vault", "vault"],
        ["deployment", "external-secrets", "external-secrets"],
        ["prometheus", "prometheus-prometheus", "monitoring"],
        ["deployment", "grafana", "monitoring"],
        ["statefulset", "loki", "monitoring"],
        ["statefulset", "alloy", "monitoring"],
        ["deployment", "argo-rollouts", "argo-rollouts"],
        ["crd", "httproutes.gateway.networking.k8s.io", "default"],
      ] as const) {
        await sandbox.ok("kubectl", ["get", kind, name, "-n", namespace]);
      }
      const again = await sandbox.ok("npm", ["run", "up"]);
      console.info(`      local, again: ${again.seconds.toFixed(0)} s`);
      expect(again.stdout).to.contain(": 0 changes");
      await sandbox.ok("pulumi", ["destroy", "--stack", "local", "--yes"]);
      expect(await leftovers(sandbox, "paw-local")).to.deep.equal([]);
    });
  }).timeout(900_000);

  it("production: all of them, then nothing to change; no secret in its state; then nothing left", async () => {
    await sandbox.ok("npx", ["paw", "cluster", "down", "--name", "paw"]);
    await sandbox.ok("npx", initNetwork);
    await sandbox.withChange("Pulumi.production.yaml", filledIn, async () => {
      await sandbox.loadEnvironment();
      const up = ["up", "--stack", "production", "--yes", "--policy-pack", "policy/checklist"];
      const first = await sandbox.ok("pulumi", up);
      console.info(`      production, first: ${first.seconds.toFixed(0)} s`);
      const again = await sandbox.ok("pulumi", ["preview", "--stack", "production", "--expect-no-changes"]);
      expect(again.all).to.contain("unchanged");

      const { stdout: state } = await sandbox.ok("pulumi", [
        "stack",
        "export",
        "--stack",
        "production",
        "--show-secrets",
      ]);
      const folder = join(sandbox.folder, "net", "secrets");
      const keys = readdirSync(join(folder, "validators", "priv_validator_key"));
      expect(keys).to.have.length(4);
      const secrets = keys.map((file) => {
        const content = readFileSync(join(folder, "validators", "priv_validator_key", file), "utf8");
        return (JSON.parse(content) as { priv_key: { value: string } }).priv_key.value;
      });
      secrets.push(readFileSync(join(folder, "api", "jwt_secret"), "utf8").trim());
      for (const [index, form] of secrets.flatMap(forms).entries()) {
        expect(state.includes(form), `secret ${index} in the state`).to.equal(false);
      }

      // Namespaces and the provider are protected in production: a deliberate step, before a destroy can begin.
      await sandbox.ok("pulumi", ["state", "unprotect", "--all", "--stack", "production", "--yes"]);
      const destroy = { PULUMI_RUN_PROGRAM: "false" };
      const gone = await sandbox.ok("pulumi", ["destroy", "--stack", "production", "--yes"], destroy);
      expect(gone.all).to.contain("keptByDestroy").and.to.contain("ConsensusKeyReservations");
      // Kept on purpose: a key's reservation outlives the stack that signed with it.
      expect(await leftovers(sandbox, "paw-preview")).to.deep.equal([
        "customresourcedefinition.apiextensions.k8s.io/consensuskeyreservations.paw.network",
      ]);
    });
  }).timeout(1_200_000);
});
