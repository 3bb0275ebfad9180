/**
 * The live cluster: the control plane of the embedded one with a real kubelet, container runtime, Service proxy and DNS,
 * in namespaces of its own on this machine; beside it two simulated nodes for pods whose image cannot be made here.
 * Linux and root; docs/live.md says what it takes and why.
 */
import { existsSync, readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { execa } from "execa";

import { UserError } from "../../errors.ts";
import { readStack } from "../../stackFile.ts";
import { ensureToolchain, plainReporter } from "../../toolchain/index.ts";
import { liveGroups } from "../../toolchain/liveGroups.ts";
import { instanceFolder, kubeconfigFor, kubectl, madeMark, workFolder } from "../controlPlane.ts";
import { isReady } from "../ready.ts";
import type { Driver, Target } from "../types.ts";
import { endNode, holdersOf, inside, startNode } from "./holder.ts";
import { type MadeImage, makeImages } from "./images.ts";
import { liveNode } from "./names.ts";
import { startingObjects } from "./objects.ts";
import { answersMark, nodeFolder, prepare } from "./prepare.ts";
import { requireLive } from "./require.ts";

/** Seconds for the control plane, and then for the node; each takes about 15 on two cores. */
const patience = 120;
/** Seconds for one answer of the API server. */
const answer = 10;

export const live: Driver = {
  // eslint-disable-next-line @typescript-eslint/require-await -- a refusal is a rejection, as the other kinds have it
  async require() {
    requireLive();
  },

  async up(target, report) {
    if (await isRunning(target)) return;
    await endNode(target);
    if (!existsSync(madeMark(target))) {
      await rm(nodeFolder(target), { recursive: true, force: true });
      await rm(workFolder(target), { recursive: true, force: true });
    }
    const node = await ensureToolchain({ groups: liveGroups, report: plainReporter(process.stderr) });
    report("making images out of programs of this machine");
    const images = await makeImages(readStack("local"), node);
    await prepare(target, node);
    await rm(answersMark(target), { force: true });
    report("starting etcd, API server, controllers, scheduler, kwok, containerd, kubelet and kube-proxy");
    const port = await startNode(target, portOf(target));
    await writeFile(portFile(target), String(port));
    await waitForApi(target, port);
    report(`giving the node ${images.length} images`);
    await importImages(target, images, node.tools.ctr.path);
    report("adding DNS, and two simulated nodes for pods without an image");
    await applyObjects(target, images);
    await waitForNode(target);
    await writeFile(madeMark(target), "");
  },

  stop: endNode,
  // Everything else lies in the cluster's own folder, which the caller removes.
  down: endNode,

  isRunning,
};

async function isRunning(target: Target): Promise<boolean> {
  if (!existsSync(madeMark(target)) || holdersOf(target).length === 0) return false;
  return isReady(target.toolchain.tools.kubectl.path, target.kubeconfig);
}

async function waitForApi(target: Target, port: number): Promise<void> {
  await until(target, "the API server does not answer", async () => {
    if (!existsSync(answersMark(target))) return false;
    const written = readFileSync(join(instanceFolder(target), "kubeconfig.yaml"), "utf8");
    const kubeconfig = kubeconfigFor(target.name, written, `https://127.0.0.1:${port}`);
    await writeFile(target.kubeconfig, kubeconfig, { mode: 0o600 });
    return isReady(target.toolchain.tools.kubectl.path, target.kubeconfig);
  });
}

async function importImages(target: Target, images: readonly MadeImage[], ctr: string): Promise<void> {
  for (const { name, archive } of images) {
    let said = "";
    await until(target, `the image ${name} is not taken in`, async () => {
      const import_ = ["--namespace", "k8s.io", "images", "import", "--snapshotter", "overlayfs", archive];
      const { exitCode, stderr } = await execa(...inside(target, ctr, ...import_), { reject: false });
      said = stderr;
      return exitCode === 0;
    }).catch((error: unknown) => {
      throw error instanceof UserError && said !== ""
        ? new UserError(`${error.message}: ${said}`, error.hints)
        : error;
    });
  }
}

async function applyObjects(target: Target, images: readonly MadeImage[]): Promise<void> {
  const input = JSON.stringify(startingObjects(images.map(({ name }) => name)));
  await until(target, "the starting objects are not taken", async () => {
    const args = ["apply", "--server-side", "--force-conflicts", "-f", "-"];
    return (await kubectl(target, args, { seconds: answer, input })).exitCode === 0;
  });
}

async function waitForNode(target: Target): Promise<void> {
  const ready = async (...what: string[]): Promise<boolean> =>
    (await kubectl(target, ["wait", "--timeout=5s", ...what], { seconds: answer })).exitCode === 0;
  await until(target, "the node is not ready", () => ready("--for=condition=Ready", `node/${liveNode.name}`));
  await until(target, "DNS is not ready", () =>
    ready("--for=condition=Available", "-n", "kube-system", "deployment/coredns"),
  );
}

async function until(target: Target, what: string, ask: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + patience * 1000;
  while (!(await ask())) {
    const gone = holdersOf(target).length === 0;
    if (gone || Date.now() > deadline) {
      const why = gone ? "its processes have ended" : `${patience} s have passed`;
      throw new UserError(`The live cluster "${target.name}" cannot be had: ${what}, and ${why}.`, [
        `Look into its logs: ${join(nodeFolder(target), "logs")} and ${join(instanceFolder(target), "logs")}`,
        `Start over with: npx paw cluster down --name ${target.name}`,
      ]);
    }
    await sleep(200);
  }
}

function portOf(target: Target): number | undefined {
  return existsSync(portFile(target)) ? Number(readFileSync(portFile(target), "utf8")) : undefined;
}

const portFile = (target: Target): string => join(nodeFolder(target), "port");
