/**
 * The official charts from a mirror, installed on an embedded cluster by the real engine and provider.
 *
 * `PAW_CHARTS_MIRROR` names a directory that `paw charts pull` filled; without it nothing here is evaluated.
 * Proven: schemas, admission, order, a second run. Simulated: pods, and so every controller of a chart.
 */
import { readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect } from "chai";

import { Sandbox, kwokDefinitions } from "../support/sandbox.ts";
import { secretValues, secretsIn } from "../support/secretForms.ts";
import { filledIn, fromMirror, initNetwork, levelsHere, mirror } from "./site.ts";

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
    .filter((line) => !line.endsWith(kwokDefinitions))
    .filter((line) => line !== "" && !ownNamespaces.includes(line.replace("namespace/", "")));
}

/** A state as `pulumi stack export` tells it, with what it keeps encrypted in plain text. */
async function exported(sandbox: Sandbox, stack: string): Promise<string> {
  const { stdout } = await sandbox.ok("pulumi", ["stack", "export", "--stack", stack, "--show-secrets"]);
  expect(stdout).to.contain("kubernetes:apps/v1:Deployment");
  return stdout;
}

/** Values of the files that `paw validators init` made: what would be in Vault. */
function filesOf(folder: string): Record<string, string> {
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((each) => each.isFile());
  return Object.assign(
    {},
    ...files.map(({ name, parentPath }) => {
      const values = Object.entries(secretValues(name, readFileSync(join(parentPath, name), "utf8")));
      return Object.fromEntries(
        values.map(([key, value]) => [`${parentPath.slice(folder.length)}/${key}`, value]),
      );
    }),
  ) as Record<string, string>;
}

/** Values of the Secrets of the validator network in the cluster. */
async function storedSecrets(sandbox: Sandbox): Promise<Record<string, string>> {
  interface Secret {
    readonly metadata: { readonly name: string };
    readonly data?: Readonly<Record<string, string>>;
  }
  const { items } = await sandbox.stored<{ items: Secret[] }>("secrets", "-n", "paw");
  const values = items.flatMap(({ metadata, data = {} }) =>
    Object.entries(data).flatMap(([file, encoded]) =>
      Object.entries(secretValues(file, Buffer.from(encoded, "base64").toString("utf8"))).map(
        ([key, value]) => [`${metadata.name}/${key}`, value] as const,
      ),
    ),
  );
  return Object.fromEntries(values);
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

      const secrets = await storedSecrets(sandbox);
      // 4 consensus keys, 5 node keys, 4 operators, a token secret, a password.
      expect(Object.keys(secrets)).to.have.length(15);
      expect(secretsIn(await exported(sandbox, "local"), secrets)).to.deep.equal([]);

      await sandbox.ok("pulumi", ["destroy", "--stack", "local", "--yes"]);
      expect(await leftovers(sandbox, "paw-local")).to.deep.equal([]);
    });
  }).timeout(900_000);

  for (const stack of ["staging", "production"] as const) {
    it(`${stack}: all of them, then nothing to change; no secret in its state; then nothing left`, async () => {
      // What a user's shell may hold while the program runs.
      const planted = {
        VAULT_TOKEN: "hvs.plantedVaultToken0123",
        AWS_SECRET_ACCESS_KEY: "planted/Secret+Key0123456789",
      };
      for (const name of ["paw", "preview"]) {
        await sandbox.run("npx", ["paw", "cluster", "down", "--name", name]);
      }
      rmSync(join(sandbox.folder, "net"), { recursive: true, force: true });
      await sandbox.ok("npx", initNetwork(stack));
      await sandbox.withChange(`Pulumi.${stack}.yaml`, filledIn, async () => {
        await sandbox.loadEnvironment();
        writeFileSync(join(sandbox.folder, "net", "policy.json"), JSON.stringify(levelsHere(stack)));
        const judged = ["--policy-pack", "policy/checklist", "--policy-pack-config", "net/policy.json"];
        const up = ["up", "--stack", stack, "--yes", ...judged];
        const first = await sandbox.ok("pulumi", up, planted);
        console.info(`      ${stack}, first: ${first.seconds.toFixed(0)} s`);
        const again = await sandbox.ok("pulumi", [...up, "--expect-no-changes"], planted);
        console.info(`      ${stack}, again: ${again.seconds.toFixed(0)} s`);
        expect(again.all).to.match(/\d+ unchanged/);

        const secrets = { ...planted, ...filesOf(join(sandbox.folder, "net", "secrets")) };
        // Beside the planted ones: 4 consensus keys, a node key for each validator and sentry, 4 operators, a token secret,
        // a password.
        expect(Object.keys(secrets)).to.have.length(2 + 4 + (stack === "staging" ? 6 : 7) + 4 + 2);
        expect(secretsIn(await exported(sandbox, stack), secrets)).to.deep.equal([]);

        // Namespaces and the provider are protected in production: a deliberate step, before a destroy can begin.
        await sandbox.ok("pulumi", ["state", "unprotect", "--all", "--stack", stack, "--yes"]);
        const destroy = { PULUMI_RUN_PROGRAM: "false" };
        const gone = await sandbox.ok("pulumi", ["destroy", "--stack", stack, "--yes"], destroy);
        expect(gone.all).to.contain("keptByDestroy").and.to.contain("ConsensusKeyReservations");
        // Kept on purpose: a key's reservation outlives the stack that signed with it.
        expect(await leftovers(sandbox, "paw-preview")).to.deep.equal([
          "customresourcedefinition.apiextensions.k8s.io/consensuskeyreservations.paw.network",
        ]);
      });
    }).timeout(1_200_000);
  }
});
