/**
 * B8: images are verified at admission, by the real policy-controller against a real registry, as the stack files'
 * configuration says. Images are pushed and signed by the real cosign.
 *
 * Proven: what the controller admits and refuses. Simulated: that the API server reaches it by a Service of the cluster
 * (it is a process beside it). Not evaluated: signatures of identities, which need Sigstore's public services.
 */
import { expect } from "chai";

import { imagePolicies, verifiedNamespace } from "../../components/platform/admission/imagePolicies.ts";
import { imageVerification } from "../../config/admission.ts";
import { parseConfig } from "../../config.ts";
import { PrivateNetwork } from "../support/privateNetwork.ts";
import { stackConfig } from "../support/rendered.ts";
import { Sandbox } from "../support/sandbox.ts";
import { Verifier, registry } from "./verifier.ts";

const container = (image: string): object => ({ name: "app", image });
const template = (image: string): object => ({
  metadata: { labels: { app: "web" } },
  spec: { containers: [container(image)] },
});
const selector = { matchLabels: { app: "web" } };

/** A workload of each kind, of which policy-controller knows these. */
const kinds: Readonly<Record<string, (image: string) => object>> = {
  Pod: (image) => ({ apiVersion: "v1", spec: { containers: [container(image)] } }),
  "Pod with an init container": (image) => ({
    apiVersion: "v1",
    kind: "Pod",
    spec: { initContainers: [{ name: "first", image }], containers: [container(image)] },
  }),
  Deployment: (image) => ({ apiVersion: "apps/v1", spec: { selector, template: template(image) } }),
  ReplicaSet: (image) => ({ apiVersion: "apps/v1", spec: { selector, template: template(image) } }),
  DaemonSet: (image) => ({ apiVersion: "apps/v1", spec: { selector, template: template(image) } }),
  StatefulSet: (image) => ({
    apiVersion: "apps/v1",
    spec: { selector, serviceName: "web", template: template(image) },
  }),
  Job: (image) => ({ apiVersion: "batch/v1", spec: { template: once(image) } }),
  CronJob: (image) => ({
    apiVersion: "batch/v1",
    spec: { schedule: "0 0 * * *", jobTemplate: { spec: { template: once(image) } } },
  }),
};

function once(image: string): object {
  return { spec: { restartPolicy: "Never", containers: [container(image)] } };
}

function workload(kind: string, image: string, namespace = "verified"): object {
  const metadata = { name: "web", namespace };
  return { kind, ...kinds[kind]?.(image), metadata };
}

describe("B8: policy-controller verifies the images of both systems", () => {
  let sandbox: Sandbox;
  let network: PrivateNetwork | undefined;
  let verifier: Verifier;
  const images: Record<string, string> = {};

  before(async function () {
    this.timeout(1_800_000);
    network = await PrivateNetwork.create();
    if (network === undefined) {
      console.info("  not evaluated: a network of its own takes Linux, root and unshare");
      return this.skip();
    }
    sandbox = await Sandbox.create();
    verifier = new Verifier(sandbox, network);
    await verifier.start("deny");
    const keys = { bizra: await verifier.makeKeys("bizra"), chain: await verifier.makeKeys("chain") };
    await verifier.makeKeys("other");
    for (const tag of ["signed", "unsigned", "other-key", "chain-key", "bundle"]) {
      images[tag] = `${registry}/bizra/node@${await verifier.push("bizra/node", tag)}`;
    }
    images.chain = `${registry}/paw/pawd@${await verifier.push("paw/pawd", "v1")}`;
    images.tools = `${registry}/library/busybox@${await verifier.push("library/busybox", "v1")}`;
    images["other tools"] = `${registry}/library/busybox@${await verifier.push("library/busybox", "v2")}`;
    images.neighbour = `${registry}/bizra/node-of-others@${await verifier.push("bizra/node-of-others", "v1")}`;
    await verifier.sign(image("signed"), "bizra");
    await verifier.sign(image("chain"), "chain");
    await verifier.sign(image("other-key"), "other");
    await verifier.sign(image("chain-key"), "chain");
    await verifier.sign(image("bundle"), "bizra", "bundle");
    await verifier.apply(
      ...Object.entries({ verified: verifiedNamespace, others: {} }).map(([name, labels]) => ({
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name, labels },
      })),
    );
    await applyPolicies("production", keys);
  });

  after(async function () {
    this.timeout(120_000);
    await (verifier as Verifier | undefined)?.dispose();
    await Sandbox.disposeAll();
    network?.dispose();
  });

  const image = (name: string): string => images[name] ?? name;

  /** The objects that a stack file with these keys leads to. */
  async function applyPolicies(
    stack: "staging" | "production",
    keys: Readonly<Record<"bizra" | "chain", string>>,
  ): Promise<void> {
    const own = stackConfig(stack);
    const changed = (key: string, fields: object): Record<string, string> => ({
      [key]: JSON.stringify({ ...(JSON.parse(own[key] ?? "{}") as object), ...fields }),
    });
    const tagged = (name: string): string => image(name).replace("@", ":v1@");
    const { admission } = parseConfig(stack, own);
    const config = parseConfig(stack, {
      ...own,
      ...changed("paw:bizra", { image: tagged("signed") }),
      ...changed("paw:chain", { image: tagged("chain") }),
      ...changed("paw:images", { tools: tagged("tools") }),
      ...changed("paw:admission", {
        images: { mode: admission.images?.mode, bizra: { key: keys.bizra }, chain: { key: keys.chain } },
      }),
    });
    const facts = imageVerification(config);
    if (facts === undefined) throw new Error(`${stack} verifies no images`);
    const policies = Object.entries(imagePolicies(facts));
    await verifier.apply(
      ...policies.map(([name, spec]) => ({
        apiVersion: "policy.sigstore.dev/v1alpha1",
        kind: "ClusterImagePolicy",
        metadata: { name },
        spec,
      })),
    );
    const mode = facts.mode === "warn" ? '"mode":"warn"' : '"mode":"enforce"';
    await verifier.until("the controller has read the policies", async () => {
      const { data = {} } = await verifier.stored<{ data?: Record<string, string> }>(
        ...["configmap", "config-image-policies", "-n", "policy-controller"],
      );
      return policies.every(([name]) => data[name]?.includes(mode));
    });
  }

  for (const kind of Object.keys(kinds)) {
    it(`${kind}: a signed image is admitted, an unsigned one refused`, async () => {
      const good = await verifier.dryRun(workload(kind, image("signed")));
      expect(good.exitCode, good.all).to.equal(0);
      const bad = await verifier.dryRun(workload(kind, image("unsigned")));
      expect(bad.exitCode).to.equal(1);
      expect(bad.stderr).to.contain('admission webhook "policy.sigstore.dev" denied the request');
      expect(bad.stderr).to.contain("paw-bizra").and.to.contain("no signatures found");
    });
  }

  it("an unsigned init container is found beside a signed one", async () => {
    const pod = {
      ...workload("Pod", image("signed")),
      spec: {
        initContainers: [{ name: "first", image: image("unsigned") }],
        containers: [container(image("signed"))],
      },
    };
    const { exitCode, stderr } = await verifier.dryRun(pod);
    expect(exitCode).to.equal(1);
    expect(stderr).to.contain("spec.initContainers[0].image");
  });

  it("a tag is taken for the digest that it has, and verified by it", async () => {
    const { stdout, exitCode, all } = await verifier.dryRun(workload("Pod", `${registry}/bizra/node:signed`));
    expect(exitCode, all).to.equal(0);
    expect(stdout).to.contain(image("signed").split("@")[1]);
    const unsigned = await verifier.dryRun(workload("Pod", `${registry}/bizra/node:unsigned`));
    expect(unsigned.exitCode).to.equal(1);
  });

  for (const [what, name, why] of [
    ["signed by a key that nobody named", "other-key", "paw-bizra"],
    ["of bizra signed by the chain's key", "chain-key", "paw-bizra"],
    // The reason for the format in docs/operations.md; an upgrade that finds bundles has to change both.
    ["whose signature is a bundle, cosign's default", "bundle", "paw-bizra"],
    ["that nobody spoke of", "neighbour", "no matching policies"],
    ["of a tool with another digest than the configured one", "other tools", "no matching policies"],
  ] as const) {
    it(`an image ${what} is refused`, async () => {
      const { exitCode, stderr } = await verifier.dryRun(workload("Pod", image(name)));
      expect(exitCode).to.equal(1);
      expect(stderr).to.contain(why);
    });
  }

  it("the chain's image by its own key, and a tool by its digest, are admitted", async () => {
    for (const name of ["chain", "tools"]) {
      const { exitCode, all } = await verifier.dryRun(workload("StatefulSet", image(name)));
      expect(exitCode, all).to.equal(0);
    }
  });

  it("a namespace that does not ask is left alone", async () => {
    const { exitCode, all } = await verifier.dryRun(workload("Pod", image("unsigned"), "others"));
    expect(exitCode, all).to.equal(0);
  });

  it("staging warns of the same image, and admits it", async () => {
    await applyPolicies("staging", {
      bizra: `${verifier.folder}/bizra.pub`,
      chain: `${verifier.folder}/chain.pub`,
    });
    const { exitCode, stderr } = await verifier.dryRun(workload("Pod", image("unsigned")));
    expect(exitCode, stderr).to.equal(0);
    expect(stderr).to.contain("Warning:").and.to.contain("paw-bizra");
  });

  it("without the controller nothing new starts in a namespace that asks, and everything else goes on", async () => {
    await verifier.stopController();
    const { exitCode, stderr } = await verifier.dryRun(workload("Pod", image("signed")));
    expect(exitCode).to.equal(1);
    expect(stderr).to.contain("failed calling webhook");
    expect((await verifier.dryRun(workload("Pod", image("signed"), "others"))).exitCode).to.equal(0);
  });
});
