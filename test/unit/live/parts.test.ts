/** What a live cluster is made of, which images it has, and what is said of them. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { findGroups, groupOf } from "../../../ops/src/cluster/live/cgroups.ts";
import { imageParts } from "../../../ops/src/cluster/live/images.ts";
import { placedLines } from "../../../ops/src/cluster/live/placed.ts";
import { contentOf } from "../../../ops/src/images/contents.ts";
import { readStack } from "../../../ops/src/stackFile.ts";
import { liveGroups } from "../../../ops/src/toolchain/liveGroups.ts";
import { type Toolchain, liveToolNames } from "../../../ops/src/toolchain/types.ts";

const tools = new Proxy({}, { get: (_, name) => ({ path: `/tools/${String(name)}` }) }) as Toolchain["tools"];

describe("parts of a live cluster", () => {
  it("each tool comes from one group", () => {
    const names = liveGroups.flatMap((group) => group.tools);
    expect(names).to.have.members([...liveToolNames, "coredns", "simd"]);
  });

  it("every image of the local stack but bizra's own can be made", () => {
    const config = readStack("local");
    const names = imageParts(config, tools).map(({ name }) => name);
    expect(names).to.include.members([
      "ghcr.io/cosmos/ibc-go-simd:v7.10.0",
      "docker.io/library/busybox:1.37.0",
      "docker.io/curlimages/curl:8.16.0",
      "docker.io/library/haproxy:3.2-alpine",
      "docker.io/restic/restic:0.18.0",
    ]);
    expect(names.some((name) => name.startsWith("docker.io/library/node:22."))).to.equal(true);
    expect(names).not.to.include(config.bizra.image);
  });

  it("an image of another name has no recipe, whatever its tag", () => {
    const { chain, images } = readStack("local");
    const other = { chain: { ...chain, image: "registry.invalid:5000/some/chain:v7.10.0" }, images };
    const names = imageParts(other, tools).map(({ name }) => name);
    expect(names).not.to.include(other.chain.image);
  });

  it("a program of this machine brings the libraries that it is started with, and a label says so", async () => {
    const parts = { name: "any:1", shell: false, programs: { node: process.execPath }, command: ["node"] };
    const { files, labels } = await contentOf(parts);
    expect(files["usr/bin/node"]).to.have.property("file");
    expect(labels["paw.network/made-of"]).to.contain("node");
    if (process.platform === "linux") {
      expect(Object.keys(files).some((path) => /(^|\/)libc\.(so|musl)/.test(path))).to.equal(true);
    }
  });

  it("a program that is not there is named", async () => {
    let said = "";
    await contentOf({
      name: "any:1",
      shell: false,
      programs: { "no-such-program": undefined },
      command: [],
    }).catch((error: unknown) => {
      said = String(error);
    });
    expect(said).to.contain("any:1").and.to.contain("no no-such-program");
  });
});

describe("what is said of a live cluster's pods", () => {
  const pod = (image: string, nodeSelector?: Record<string, string>): object => ({
    containers: [{ name: "main", image }],
    ...(nodeSelector === undefined ? {} : { nodeSelector }),
  });
  const workload = (name: string, spec: object): never => ({ metadata: { name }, pod: spec }) as never;

  it("which run, which are simulated and for want of which image, and what is not enforced", () => {
    const lines = placedLines([
      workload("paw-validator", pod("a")),
      workload("bizra-apex", pod("b", { "paw.network/simulated": "true" })),
      workload("paw-api", pod("c")),
    ]);
    expect(lines[0]).to.match(/really run on live-0: paw-api, paw-validator\./);
    expect(lines[1]).to.match(/^Simulated.*: bizra-apex \(b\)\.$/);
    expect(lines[2]).to.equal("Not enforced: NetworkPolicies.");
  });

  it("nothing is called simulated where nothing is", () => {
    expect(placedLines([workload("paw-api", pod("c"))]).join()).not.to.match(/Simulated/);
  });
});

describe("cgroups of a live cluster", () => {
  it("are found by the folder of their cluster, wherever they are", () => {
    const root = mkdtempSync(join(tmpdir(), "paw-groups-"));
    const name = groupOf("/some/cluster");
    expect(groupOf("/some/cluster")).to.equal(name);
    expect(groupOf("/some/cluster2")).not.to.equal(name);
    for (const path of [`memory/a/b/${name}/kubepods`, `cpu/${name}`, "pids/other"]) {
      mkdirSync(join(root, path), { recursive: true });
    }
    expect(findGroups(name, root).sort()).to.deep.equal([
      join(root, `cpu/${name}`),
      join(root, `memory/a/b/${name}`),
    ]);
    rmSync(root, { recursive: true });
  });
});
