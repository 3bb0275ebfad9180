/** `paw:bizra.simulate`: the program with the simulator in bizra's place (spec B2 to B6; the rules of level local). */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { bizraArgs, simulatedBizra } from "../../../config/bizra.ts";
import { imageVerification } from "../../../config/admission.ts";
import { ConfigError, parseConfig } from "../../../config.ts";
import { podTemplate } from "../../../components/bizra/podTemplate.ts";
import { type Judged, assess } from "../../../policy/src/assess.ts";
import { isBlocking } from "../../../policy/src/judge.ts";
import { type KubernetesObject, render, stackConfig } from "../../support/rendered.ts";
import { Simulator } from "./simulator.ts";

function simulated(stack: string): Record<string, string> {
  const config = stackConfig(stack);
  const bizra = JSON.parse(config["paw:bizra"] ?? "{}") as object;
  return { ...config, "paw:bizra": JSON.stringify({ ...bizra, simulate: true }) };
}

describe("the simulator in bizra's place", () => {
  let plain: KubernetesObject[];
  let objects: KubernetesObject[];
  const find = (kind: string, name: string): KubernetesObject => {
    const found = objects.find((object) => object.kind === kind && object.metadata.name === name);
    if (found === undefined) throw new Error(`no ${kind} ${name}`);
    return found;
  };
  before(async () => {
    plain = await render({ stack: "local" });
    objects = await render({ stack: "local", config: simulated("local") });
  });

  it("changes bizra alone: one ConfigMap more, another pod, and a version that says so", () => {
    const names = (list: readonly KubernetesObject[]): string[] =>
      list.map(({ kind, metadata }) => `${kind} ${metadata.namespace ?? ""}/${metadata.name}`);
    expect(names(objects).filter((name) => !names(plain).includes(name))).to.deep.equal([
      "ConfigMap testnet/bizra-simulator",
    ]);
    expect(names(plain).filter((name) => !names(objects).includes(name))).to.deep.equal([]);
    const version = find("Deployment", "bizra-apex").metadata.labels?.["app.kubernetes.io/version"];
    expect(version).to.equal("v2.2.0-rc1-simulated");
  });

  it("is a stock Node that runs main.ts from a read-only mount, with no more rights than bizra", () => {
    const { spec } = find("Deployment", "bizra-apex").spec.template;
    const [container] = spec.containers;
    expect(container.image).to.match(/^docker\.io\/library\/node:22\.\d+\.\d+-alpine$/);
    expect(container.command).to.deep.equal(["node", "/simulator/main.ts"]);
    expect(container.volumeMounts).to.deep.include({
      name: "simulator",
      mountPath: "/simulator",
      readOnly: true,
    });
    expect(spec.volumes).to.deep.include({ name: "simulator", configMap: { name: "bizra-simulator" } });
    expect(spec.securityContext.runAsUser).to.equal(1000);
    const before = plain.find(
      ({ kind, metadata }) => kind === "Deployment" && metadata.name === "bizra-apex",
    );
    expect(container.securityContext).to.deep.equal(before?.spec.template.spec.containers[0].securityContext);
    expect(container.securityContext.readOnlyRootFilesystem).to.equal(true);
  });

  it("breaks no rule that local does not break without it", () => {
    const blocking = (list: readonly KubernetesObject[]): string[] => {
      const given = list.map((manifest) => ({ manifest, source: "local" }));
      const { findings } = assess(given, { stack: "local", minimum: 0, today: "2026-11-25" });
      return findings
        .filter(isBlocking)
        .map(({ rule, subject, found }: Judged) => `${rule.id} ${subject} ${found}`);
    };
    expect(blocking(objects).filter((finding) => !blocking(plain).includes(finding))).to.deep.equal([]);
  });

  it("B2: a change of a source rolls the pods", () => {
    const checksum = (sources: Record<string, string>): unknown =>
      podTemplate({
        image: "x:1",
        settings: { A: "1" },
        configMapName: "c",
        env: {},
        serviceAccountName: "s",
        labels: {},
        selector: {},
        simulator: { image: "node:1", sources, configMapName: "s" },
      }).metadata;
    expect(checksum({ "main.ts": "1" })).not.to.deep.equal(checksum({ "main.ts": "2" }));
    expect(checksum({ "main.ts": "1" })).to.deep.equal(checksum({ "main.ts": "1" }));
  });

  it("runs from the ConfigMap as a kubelet mounts it, with the variables of the pod, and starts ready", async () => {
    const folder = mkdtempSync(join(tmpdir(), "paw-simulator-"));
    const sources = find("ConfigMap", "bizra-simulator").data as Record<string, string>;
    const [container] = find("Deployment", "bizra-apex").spec.template.spec.containers;
    const env = Object.fromEntries(
      (container.env as { name: string; value: string }[]).map(({ name, value }) => [name, value]),
    );
    const settings = find("ConfigMap", "bizra-config").data as Record<string, string>;
    mkdirSync(join(folder, "..2026"));
    symlinkSync("..2026", join(folder, "..data"));
    for (const [name, text] of Object.entries(sources)) {
      writeFileSync(join(folder, "..2026", name), text);
      symlinkSync(join("..data", name), join(folder, name));
    }
    const simulator = await Simulator.start(
      { ...env, ...settings, METRICS_PORT: "0" },
      join(folder, "main.ts"),
    );
    try {
      expect((await fetch(simulator.url("http", container.readinessProbe.httpGet.path))).status).to.equal(
        200,
      );
      expect(await (await fetch(simulator.url("http"))).json()).to.include({
        version: "v2.2.0-rc1-simulated",
        nodeEnv: "testnet",
      });
      expect(simulator.output.stderr).to.equal("");
    } finally {
      await simulator.stop();
      rmSync(folder, { recursive: true });
    }
  });

  it("is named wherever it is said what is simulated, and nowhere without it", () => {
    const [line, ...more] = simulatedBizra(parseConfig("local", simulated("local")));
    expect(line).to.contain("docker.io/library/node:").and.to.contain("ghcr.io/bizra/node:v2.2.0-rc1");
    expect(more).to.deep.equal([]);
    expect(simulatedBizra(parseConfig("local", stackConfig("local")))).to.deep.equal([]);
    expect(bizraArgs(parseConfig("local", stackConfig("local")))).not.to.have.property("simulator");
  });

  it("B8: its image is one of those that need no signer, where images are verified", () => {
    const identity = { issuer: "https://issuer.example", subject: "https://ci.example/release" };
    const admission = JSON.stringify({
      policies: "none",
      images: { mode: "deny", chain: identity, bizra: identity },
    });
    const pinned = (config: Record<string, string>): readonly string[] =>
      imageVerification(parseConfig("local", { ...config, "paw:admission": admission }))?.pinned ?? [];
    const [extra, ...more] = pinned(simulated("local")).filter(
      (image) => !pinned(stackConfig("local")).includes(image),
    );
    expect(extra).to.contain("docker.io/library/node:");
    expect(more).to.deep.equal([]);
  });

  for (const stack of ["staging", "production"]) {
    it(`is refused in ${stack}, in one line`, () => {
      expect(() => parseConfig(stack, simulated(stack)))
        .to.throw(ConfigError)
        .with.property("message")
        .that.contains("1 fault\n  paw:bizra.simulate: found true; is for local alone");
    });
  }
});
