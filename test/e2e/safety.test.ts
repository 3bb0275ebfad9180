/** What must be stopped is stopped, by the commands as they are typed, before anything is sent. */
import { mkdtempSync, readFileSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { expect } from "chai";

import { Sandbox } from "../support/sandbox.ts";

describe("safety", () => {
  let sandbox: Sandbox;
  let other = "";

  before(async function () {
    this.timeout(600_000);
    sandbox = await Sandbox.create();
    await sandbox.ok("npm", ["run", "up"]);
    await sandbox.loadEnvironment();
  });

  after(async () => {
    await Sandbox.disposeAll();
  });

  afterEach(async () => {
    expect(await sandbox.gitStatus(), "git status").to.equal("");
  });

  describe("previews", () => {
    it("pulumi preview --stack local takes under 8 s with everything cached", async () => {
      const { seconds } = await sandbox.ok("pulumi", ["preview", "--stack", "local"]);
      console.info(`      preview of local: ${seconds.toFixed(1)} s`);
      expect(seconds).to.be.lessThan(8);
    });

    for (const stack of ["staging", "production"]) {
      it(`pulumi preview --stack ${stack} works as typed, says what is overridden and what is a placeholder`, async () => {
        const preview = await sandbox.ok("pulumi", ["preview", "--stack", stack]);
        expect(preview.all).to.contain("PAW_OVERRIDES is in force");
        expect(preview.all).to.match(/paw:bizra\.image.*placeholders, which "pulumi up" will refuse/);
        expect(preview.all).to.contain("to create");
        // Where local is up, too: its objects of the same names are on another cluster.
        expect(preview.all).not.to.contain("retrying with name");
        expect(preview.all).not.to.contain("unreachable");
      });
    }

    it("four faults of a stack file come in one message", async () => {
      const preview = await sandbox.withChange(
        "Pulumi.production.yaml",
        (text) =>
          text
            .replace(/(bizra\/node:.*)@sha256:REPLACE-ME/, "$1")
            .replace(/replicas: 3(\s+maxReplicas: 12)/, "replicas: -3$1")
            .replace("memory: 8Gi", "memory: 8 gigs")
            .replace("paw:access:", "paw:acess:"),
        () => sandbox.run("pulumi", ["preview", "--stack", "production"]),
      );
      expect(preview.exitCode).not.to.equal(0);
      const wrong = [
        "paw:bizra.image",
        "paw:bizra.replicas",
        "paw:resources.validator.memory",
        "paw:acess",
        "paw:access",
      ];
      for (const key of wrong) expect(preview.all).to.contain(key);
    });
  });

  describe("refusals of up and destroy", () => {
    const untouched = async (work: () => Promise<void>): Promise<void> => {
      const version = async (): Promise<string> =>
        (
          await sandbox.ok("kubectl", [
            "get",
            "deployment",
            "bizra-apex",
            "-n",
            "testnet",
            "-o",
            "jsonpath={.metadata.resourceVersion}",
          ])
        ).stdout;
      const before = await version();
      await work();
      expect(await version()).to.equal(before);
    };

    it("up of production stops at the placeholder", async () => {
      const up = await sandbox.run("pulumi", ["up", "--stack", "production", "--yes", "--skip-preview"]);
      expect(up.exitCode).not.to.equal(0);
      expect(up.all).to.contain("refused, nothing was sent").and.to.contain("paw:bizra.image");
      const found = await sandbox.run("kubectl", ["get", "namespace", "bizra", "--context", "paw-preview"]);
      expect(found.exitCode).not.to.equal(0);
      expect(found.all).to.contain("NotFound");
    });

    it("up with overrides is refused on a cluster that is not embedded", async () => {
      const marker = ["configmap", "paw-embedded-cluster", "-n", "kube-system", "--context", "paw-preview"];
      await sandbox.ok("kubectl", ["delete", ...marker]);
      try {
        const digest = `sha256:${"0123456789abcdef".repeat(4)}`;
        const up = await sandbox.withChange(
          "Pulumi.staging.yaml",
          (text) => text.replace("sha256:REPLACE-ME", digest),
          () => sandbox.run("pulumi", ["up", "--stack", "staging", "--yes", "--skip-preview"]),
        );
        expect(up.exitCode).not.to.equal(0);
        expect(up.all).to.contain("PAW_OVERRIDES").and.to.contain("not an embedded cluster");
      } finally {
        await sandbox.ok("kubectl", ["create", ...marker]);
      }
    });

    it("a stack pointed at another cluster is refused, by up and by destroy", async () => {
      await sandbox.ok("npx", ["paw", "cluster", "up", "--name", "other"]);
      other = `${sandbox.folder}/.paw/clusters/other/kubeconfig`;
      await untouched(async () => {
        for (const verb of ["up", "destroy"]) {
          const outcome = await sandbox.run("pulumi", [verb, "--stack", "local", "--yes", "--skip-preview"], {
            KUBECONFIG: other,
          });
          expect(outcome.exitCode, verb).not.to.equal(0);
          expect(outcome.all, verb).to.contain("this stack belongs to the cluster with kube-system UID");
        }
      });
      const found = await sandbox.run("kubectl", ["get", "namespace", "testnet"], { KUBECONFIG: other });
      expect(found.exitCode).not.to.equal(0);
    });

    it("no cluster at all is one clear message", async () => {
      const preview = await sandbox.run("pulumi", ["preview", "--stack", "local"], { KUBECONFIG: "nowhere" });
      expect(preview.exitCode).not.to.equal(0);
      expect(preview.all).to.contain("npx paw cluster up");
      expect(preview.all).not.to.match(/\n\s+at /); // no stack trace
      expect(preview.seconds, "seconds until it says so").to.be.lessThan(15);
    });
  });

  it("no run leaves a copy of the kubeconfig behind, as the provider does in the temporary folder", async () => {
    const leftBy = async (command: string, ...args: readonly string[]): Promise<string[]> => {
      const TMPDIR = mkdtempSync(join(tmpdir(), "paw-left-"));
      await sandbox.ok(command, args, { TMPDIR });
      const left = readdirSync(TMPDIR);
      rmSync(TMPDIR, { recursive: true });
      return left;
    };
    // Were it otherwise, the rest would show nothing.
    expect((await leftBy("pulumi", "preview", "--stack", "local")).join(" ")).to.contain("kubeconfig");
    expect(await leftBy("npx", "paw", "up")).to.deep.equal([]);
    expect(await leftBy("npx", "paw", "policy", "check", "--stack", "local")).to.deep.equal([]);
  });

  describe("paw doctor", () => {
    it("finds nothing wrong with the local stack", async () => {
      const { stdout } = await sandbox.ok("npx", ["paw", "doctor", "--json"]);
      const checks = JSON.parse(stdout) as { check: string; verdict: string; found: string }[];
      const verdictOf = (check: string): string | undefined =>
        checks.find((each) => each.check === check)?.verdict;
      expect(verdictOf("toolchain")).to.equal("ok");
      expect(verdictOf("Kubernetes")).to.equal("ok");
      expect(verdictOf("capacity")).to.equal("ok");
    });

    it("fails for a stack whose context is not there, and says which", async () => {
      const outcome = await sandbox.run("npx", ["paw", "doctor", "--stack", "production"]);
      expect(outcome.exitCode).to.equal(1);
      expect(outcome.stdout).to.contain("paw-production");
    });
  });

  describe("the embedded cluster", () => {
    it("is ready in under 10 s", async () => {
      const { seconds } = await sandbox.ok("npx", ["paw", "cluster", "up", "--name", "timed"]);
      await sandbox.ok("npx", ["paw", "cluster", "down", "--name", "timed"]);
      console.info(`      embedded cluster ready after ${seconds.toFixed(1)} s`);
      expect(seconds).to.be.lessThan(10);
    });

    it("has five nodes in three zones and a default StorageClass whose claims are bound", async () => {
      const nodes = await sandbox.stored<{ items: { metadata: { labels: Record<string, string> } }[] }>(
        "nodes",
      );
      expect(nodes.items).to.have.length(5);
      expect(
        new Set(nodes.items.map((node) => node.metadata.labels["topology.kubernetes.io/zone"])).size,
      ).to.equal(3);
      const claim = {
        apiVersion: "v1",
        kind: "PersistentVolumeClaim",
        metadata: { name: "claim" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "3Gi" } } },
      };
      await sandbox.ok("bash", ["-c", `kubectl apply -f - <<'END'\n${JSON.stringify(claim)}\nEND`]);
      await sandbox.ok("kubectl", [
        "wait",
        "pvc/claim",
        "--for=jsonpath={.status.phase}=Bound",
        "--timeout=20s",
      ]);
      const bound = await sandbox.stored<{
        status: { capacity: { storage: string } };
        spec: { volumeName: string };
      }>("pvc", "claim");
      expect(bound.status.capacity.storage).to.equal("3Gi");
      await sandbox.ok("kubectl", ["delete", "pvc", "claim", "--timeout=20s"]);
      await sandbox.ok("kubectl", ["wait", `pv/${bound.spec.volumeName}`, "--for=delete", "--timeout=20s"]);
    });

    it("listens on loopback only", () => {
      const listening = [...listeningSockets("tcp"), ...listeningSockets("tcp6")];
      const own = processesOf(`${sandbox.folder}/.paw/clusters/`).flatMap((pid) => {
        const inodes = socketInodes(pid);
        return listening.filter((socket) => inodes.has(socket.inode));
      });
      expect(own.length, "sockets of the clusters' processes").to.be.at.least(6);
      for (const { address } of own)
        expect(["0100007F", "00000000000000000000000001000000"]).to.include(address);
    });

    it("destroy leaves no namespace of ours, and then no process", async () => {
      await sandbox.ok("pulumi", ["destroy", "--stack", "local", "--yes"]); // typed as it is
      const { items } = await sandbox.stored<{ items: { metadata: { name: string } }[] }>("namespaces");
      expect(items.map((each) => each.metadata.name)).to.have.members([
        "default",
        "kube-node-lease",
        "kube-public",
        "kube-system",
      ]);
      await sandbox.ok("npx", ["paw", "cluster", "down", "--name", "other"]);
      await sandbox.ok("npx", ["paw", "destroy"]);
      expect(processesOf(sandbox.folder)).to.deep.equal([]);
      await sandbox.ok("npx", ["paw", "destroy"]); // nothing to do, and no error
    });
  });
});

interface Socket {
  readonly address: string;
  readonly inode: string;
}

/** Listening sockets as the kernel tells them; addresses are hexadecimal in host byte order. */
function listeningSockets(family: "tcp" | "tcp6"): Socket[] {
  return readFileSync(`/proc/net/${family}`, "utf8")
    .split("\n")
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[3] === "0A")
    .map((fields) => ({ address: fields[1]?.split(":")[0] ?? "", inode: fields[9] ?? "" }));
}

function processesOf(text: string): string[] {
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(text);
      } catch {
        return false;
      }
    });
}

function socketInodes(pid: string): Set<string> {
  const links = readdirSync(`/proc/${pid}/fd`).map((fd) => {
    try {
      return readlinkSync(`/proc/${pid}/fd/${fd}`);
    } catch {
      return "";
    }
  });
  return new Set(links.map((link) => /^socket:\[(\d+)\]$/.exec(link)?.[1] ?? "").filter(Boolean));
}
