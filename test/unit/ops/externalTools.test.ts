/** kind and k3s are not on the test machine: these tests run against stand-ins that write down how they were called. */
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { joinK3s } from "../../../ops/src/cluster/k3s.ts";
import { kind } from "../../../ops/src/cluster/kind.ts";
import { checkTool, requireTools } from "../../../ops/src/cluster/tools.ts";
import type { Target } from "../../../ops/src/cluster/types.ts";
import { UserError } from "../../../ops/src/errors.ts";

describe("tools that paw calls and does not fetch (A17)", () => {
  let folder: string;
  const path = process.env.PATH ?? "";

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "paw-tools-"));
    mkdirSync(join(folder, "bin"));
    process.env.PATH = `${join(folder, "bin")}:/usr/bin:/bin`;
  });
  afterEach(() => {
    process.env.PATH = path;
    rmSync(folder, { recursive: true });
  });

  /** A stand-in that prints a version, or, asked for anything else, runs the given shell lines. */
  const install = (tool: string, version: string, otherwise = "true"): void => {
    const file = join(folder, "bin", tool);
    const lines = [
      "#!/bin/sh",
      `echo "${tool} $*" >> ${join(folder, "calls")}`,
      `case "$*" in version*|--version*) echo "${version}"; exit 0;; esac`,
      otherwise,
    ];
    writeFileSync(file, lines.join("\n"));
    chmodSync(file, 0o755);
  };
  const calls = (): string =>
    existsSync(join(folder, "calls")) ? readFileSync(join(folder, "calls"), "utf8") : "";

  const problemOf = async (work: Promise<unknown>): Promise<UserError> => {
    try {
      await work;
    } catch (error) {
      if (error instanceof UserError) return error;
      throw error;
    }
    throw new Error("it succeeded");
  };

  const versions: ["docker" | "kind" | "kubectl" | "helm" | "k6", string, string, string][] = [
    ["docker", "23.0.6", "24.0.0", "24.0.0"],
    ["kind", "kind v0.19.0 go1.20 linux/amd64", "0.20.0", "kind v0.20.0 go1.20.4 linux/amd64"],
    ["kubectl", "Client Version: v1.27.9", "1.28.0", "Client Version: v1.28.0"],
    ["helm", "v3.11.3+g323249351", "3.12.0", "v3.12.0+gc9f554d"],
    ["k6", "k6 v0.59.0 (go1.24.1, linux/amd64)", "1.0.0", "k6 v1.0.0 (go1.24.2, linux/amd64)"],
  ];
  for (const [tool, old, minimum, enough] of versions) {
    it(`${tool}: the least version is ${minimum}`, async () => {
      install(tool, old);
      expect((await checkTool(tool)).problem).to.contain(`older than ${minimum}`);
      install(tool, enough);
      expect((await checkTool(tool)).problem).to.equal(undefined);
    });
  }

  it("a missing tool is told from one that does not answer", async () => {
    expect((await checkTool("kind")).problem).to.equal("is not on PATH");
    writeFileSync(join(folder, "bin", "docker"), "#!/bin/sh\necho no daemon >&2\nexit 1\n");
    chmodSync(join(folder, "bin", "docker"), 0o755);
    expect((await checkTool("docker")).problem).to.contain("no daemon");
  });

  it("all that is missing comes in one error, with where to get it and another way", async () => {
    install("kind", "kind v0.19.0");
    const error = await problemOf(requireTools("A kind cluster", ["kind", "helm"]));
    expect(error.message)
      .to.contain("kind is 0.19.0, older than 0.20.0")
      .and.to.contain("helm is not on PATH");
    expect(error.hints.join()).to.contain("https://helm.sh").and.to.contain("npx paw cluster up");
  });

  it("kind: makes a registry on loopback and a cluster of its own name (simulated)", async () => {
    install("docker", "24.0.0", 'case "$1" in inspect) exit 1;; esac');
    install("kind", "kind v0.20.0", 'case "$1 $2" in "get nodes") echo node-1;; esac');
    install("kubectl", "Client Version: v1.30.0");
    const target = { name: "try", folder, kubeconfig: join(folder, "kubeconfig") } as Target;
    await kind.up(target, () => undefined);
    expect(calls()).to.contain(
      "docker run --detach --restart=unless-stopped --name paw-try-registry --publish 127.0.0.1:5001:5000",
    );
    expect(calls()).to.match(/kind create cluster --name paw-try --kubeconfig \S+\/kubeconfig/);
    expect(calls()).to.contain("config rename-context kind-paw-try paw-local");
    expect(calls()).to.contain(
      "docker exec -i node-1 cp /dev/stdin /etc/containerd/certs.d/localhost:5001/hosts.toml",
    );
  });

  it("kind: says what is missing before it writes anything down", async () => {
    const error = await problemOf(kind.require());
    expect(error.message).to.contain("docker 24.0.0 or newer").and.to.contain("kind is not on PATH");
  });

  describe("joining a k3s server", () => {
    const request = (): { server: string; tokenFile: string } => ({
      server: "https://10.0.0.5:6443",
      tokenFile: join(folder, "token"),
    });
    it("wants an address and a token file that is there", async () => {
      expect((await problemOf(joinK3s({ ...request(), server: "10.0.0.5" }))).message).to.contain("10.0.0.5");
      expect((await problemOf(joinK3s(request()))).message).to.contain("token");
    });
    it("hands the file on, never the token (simulated)", async function () {
      if (process.getuid?.() !== 0) this.skip();
      install("k3s", "k3s version v1.31.0+k3s1");
      writeFileSync(request().tokenFile, "s3cr3t");
      await joinK3s(request());
      expect(calls()).to.contain(
        `k3s agent --server https://10.0.0.5:6443 --token-file ${request().tokenFile}`,
      );
      expect(calls()).not.to.contain("s3cr3t");
    });
  });
});
