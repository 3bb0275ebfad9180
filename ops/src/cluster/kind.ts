/** A kind cluster with a registry of its own on loopback, for images that were built here. Needs Docker. */
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { execa } from "execa";

import { UserError } from "../errors.ts";
import { localContext } from "../project.ts";
import { isReady } from "./ready.ts";
import { requireTools } from "./tools.ts";
import type { Driver, Target } from "./types.ts";

/** Port of the local registry, on loopback (kind's own documentation uses the same). */
export const registryPort = 5001;
/** Seconds for a stopped cluster to answer again. */
const startSeconds = 90;
const configFile = fileURLToPath(new URL("kind.yaml", import.meta.url));

export const kind: Driver = {
  require: () => requireTools("A kind cluster", ["docker", "kind", "kubectl"]),

  async up(target, report) {
    if (await kind.isRunning(target)) return;
    if (await exists(target)) {
      report("starting the stopped cluster again, with its data");
      await startNodes(target);
      return;
    }
    report("starting the local registry");
    await startRegistry(target);
    report("creating the kind cluster (its node image is some 300 MB)");
    await execa("kind", [
      ...["create", "cluster", "--name", kindName(target), "--kubeconfig", target.kubeconfig],
      ...["--config", configFile, "--wait", "120s"],
    ]);
    await renameContext(target);
    await execa("docker", ["network", "connect", "kind", registryName(target)], { reject: false });
    await mirrorRegistry(target);
    await tellRegistry(target);
  },

  async stop(target) {
    await execa("docker", ["stop", ...(await nodesOf(target)), registryName(target)]);
  },

  async down(target) {
    await remove(target);
    await execa("docker", ["rm", "--force", registryName(target)], { reject: false });
  },

  async isRunning(target) {
    if (!(await exists(target))) return false;
    return isReady("kubectl", target.kubeconfig);
  },
};

async function exists(target: Target): Promise<boolean> {
  const clusters = await execa("kind", ["get", "clusters"], { reject: false });
  return clusters.exitCode === 0 && clusters.stdout.split("\n").includes(kindName(target));
}

async function nodesOf(target: Target): Promise<string[]> {
  const nodes = await execa("kind", ["get", "nodes", "--name", kindName(target)]);
  return nodes.stdout.split("\n").filter((node) => node !== "");
}

async function startNodes(target: Target): Promise<void> {
  await execa("docker", ["start", ...(await nodesOf(target)), registryName(target)]);
  const deadline = Date.now() + startSeconds * 1000;
  while (!(await kind.isRunning(target))) {
    if (Date.now() > deadline) {
      throw new UserError(
        `The kind cluster "${target.name}" was started and did not answer within ${startSeconds} s.`,
        [`Look at its nodes with docker logs, or start over: npx paw cluster down --name ${target.name}`],
      );
    }
    await sleep(1000);
  }
}

async function startRegistry(target: Target): Promise<void> {
  const running = await execa("docker", ["inspect", "--format", "{{.State.Running}}", registryName(target)], {
    reject: false,
  });
  if (running.stdout === "true") return;
  await execa("docker", ["rm", "--force", registryName(target)], { reject: false });
  await execa("docker", [
    ...["run", "--detach", "--restart=unless-stopped", "--name", registryName(target)],
    ...["--publish", `127.0.0.1:${registryPort}:5000`, "registry:2"],
  ]);
}

/** Inside the nodes, `localhost:5001` means the registry's container. */
async function mirrorRegistry(target: Target): Promise<void> {
  // eslint-disable-next-line no-restricted-syntax -- inside the node's container
  const folder = `/etc/containerd/certs.d/localhost:${registryPort}`;
  for (const node of await nodesOf(target)) {
    await execa("docker", ["exec", node, "mkdir", "-p", folder]);
    // eslint-disable-next-line no-restricted-syntax -- inside the node's container
    await execa("docker", ["exec", "-i", node, "cp", "/dev/stdin", `${folder}/hosts.toml`], {
      input: `[host."http://${registryName(target)}:5000"]\n`,
    });
  }
}

/** The convention by which tools find a cluster's local registry (KEP-1755). */
async function tellRegistry(target: Target): Promise<void> {
  const hosting = {
    host: `localhost:${registryPort}`,
    help: "https://kind.sigs.k8s.io/docs/user/local-registry/",
  };
  const object = {
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "local-registry-hosting", namespace: "kube-public" },
    data: { "localRegistryHosting.v1": JSON.stringify(hosting) },
  };
  await execa("kubectl", ["--kubeconfig", target.kubeconfig, "apply", "-f", "-"], {
    input: JSON.stringify(object),
  });
}

async function renameContext(target: Target): Promise<void> {
  await execa("kubectl", [
    ...["--kubeconfig", target.kubeconfig, "config", "rename-context"],
    ...[`kind-${kindName(target)}`, localContext],
  ]);
}

async function remove(target: Target): Promise<void> {
  await execa("kind", ["delete", "cluster", "--name", kindName(target), "--kubeconfig", target.kubeconfig], {
    reject: false,
  });
}

const kindName = (target: Target): string => `paw-${target.name}`;
const registryName = (target: Target): string => `paw-${target.name}-registry`;
