/**
 * The embedded cluster: a real etcd, API server, controller manager and scheduler as processes of this machine, with
 * kwok simulating kubelets and volumes. Needs no container engine and no root; listens on loopback only.
 */
import { existsSync, readFileSync } from "node:fs";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { execa } from "execa";

import { UserError } from "../../errors.ts";
import { withLock } from "../../lock.ts";
import { cacheDir } from "../../paths.ts";
import { type ProcessInfo, endProcesses, findProcesses } from "../../processes.ts";
import {
  auditPolicy,
  encryptionConfiguration,
  instanceFolder,
  kubeconfigFor,
  kubectl,
  madeMark,
  workFolder,
} from "../controlPlane.ts";
import { isReady } from "../ready.ts";
import type { Driver, Report, Target } from "../types.ts";
import { startingObjects } from "./objects.ts";
import { portsIn, takenPorts } from "./ports.ts";

const file = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** Seconds for the API server to answer; it takes about 4 on two cores. */
const readySeconds = 60;
/** Seconds for one answer of it. */
const answer = 5;
/** Megabytes of a log file, and how many there are beside the one that is written. */
const auditLog = ["audit-log-maxsize=20", "audit-log-maxbackup=1"];
const components = ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kwok-controller"];

export const embedded: Driver = {
  // The toolchain is all it needs.
  require: () => Promise.resolve(),

  async up(target, report) {
    if (await isRunning(target)) return;
    await endLeftovers(target);
    const whole = existsSync(madeMark(target));
    if (!whole) await rm(workFolder(target), { recursive: true, force: true });
    // Ports are chosen by looking for free ones, so clusters are started one at a time on a machine.
    await withLock(join(cacheDir(), "locks", "cluster-start"), {}, () =>
      whole ? start(target, report) : create(target, report),
    );
  },

  stop: endLeftovers,
  // Everything else lies in the cluster's own folder, which the caller removes.
  down: endLeftovers,

  isRunning,
};

async function create(target: Target, report: Report): Promise<void> {
  report("starting etcd, API server, controllers, scheduler and kwok");
  await mkdir(workFolder(target), { recursive: true, mode: 0o700 });
  const encryption = join(workFolder(target), "encryption.yaml");
  await writeFile(encryption, encryptionConfiguration(), { mode: 0o600 });
  const binary = (tool: keyof typeof target.toolchain.tools): string => target.toolchain.tools[tool].path;
  await kwokctl(target, [
    ...["create", "cluster", "--runtime", "binary"],
    ...["--config", file("kwokctl.yaml")],
    ...["--extra-args", `kwok-controller=config=${file("volumes.yaml")}`],
    ...["--kube-audit-policy", auditPolicy],
    ...auditLog.flatMap((option) => ["--extra-args", `kube-apiserver=${option}`]),
    ...["--extra-args", `kube-apiserver=encryption-provider-config=${encryption}`],
    ...["--etcd-binary", binary("etcd")],
    ...["--kube-apiserver-binary", binary("kube-apiserver")],
    ...["--kube-controller-manager-binary", binary("kube-controller-manager")],
    ...["--kube-scheduler-binary", binary("kube-scheduler")],
    ...["--kwok-controller-binary", binary("kwok")],
  ]);
  await writeKubeconfig(target);
  report("adding five simulated nodes in three zones");
  await applyStartingObjects(target);
  await waitForNodes(target);
  await writeFile(madeMark(target), "");
}

async function start(target: Target, report: Report): Promise<void> {
  report("starting the stopped cluster again, with its data");
  const ports = portsIn(readFileSync(join(instanceFolder(target), "kwok.yaml"), "utf8"));
  const taken = await takenPorts(ports);
  if (taken.length > 0) {
    throw new UserError(
      `The embedded cluster "${target.name}" cannot start again: other processes listen on its ports: ${taken.join(", ")}`,
      [
        "End them, or stop the cluster that has them meanwhile: npx paw cluster status",
        `Or start over without its data: npx paw cluster down --name ${target.name}`,
      ],
    );
  }
  await rm(join(instanceFolder(target), "pids"), { recursive: true, force: true });
  await mkdir(join(instanceFolder(target), "pids"));
  await kwokctl(target, ["start", "cluster"]);
  await writeKubeconfig(target);
  await waitForNodes(target);
}

/** Every part of the cluster alive and the API server answering. */
async function isRunning(target: Target): Promise<boolean> {
  if (!existsSync(madeMark(target))) return false;
  const running = processesOf(target).map((candidate) => candidate.command);
  const alive = components.every((name) => running.some((command) => command.includes(`/bin/${name} `)));
  return alive && (await isReady(target.toolchain.tools.kubectl.path, target.kubeconfig));
}

/** kwokctl ends processes by the number in a file, which may belong to somebody else by now; we look at the command. */
function processesOf(target: Target): ProcessInfo[] {
  return findProcesses(join(instanceFolder(target), "bin/"));
}

async function endLeftovers(target: Target): Promise<void> {
  await endProcesses(() => processesOf(target));
}

async function applyStartingObjects(target: Target): Promise<void> {
  const deadline = Date.now() + readySeconds * 1000;
  for (;;) {
    const applied = await kubectl(target, ["apply", "--server-side", "-f", "-"], {
      seconds: answer,
      input: JSON.stringify(startingObjects()),
    });
    if (applied.exitCode === 0) return;
    if (Date.now() > deadline) throw notReady(target, applied.stderr);
    await sleep(200);
  }
}

async function waitForNodes(target: Target): Promise<void> {
  const deadline = Date.now() + readySeconds * 1000;
  for (;;) {
    const statuses = 'jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}';
    const nodes = await kubectl(target, ["get", "nodes", "-o", statuses], { seconds: answer });
    const ready = nodes.stdout.split(" ").filter((status) => status === "True").length;
    if (ready >= 5) return;
    if (Date.now() > deadline) throw notReady(target, nodes.stderr || `${ready} of 5 nodes ready`);
    await sleep(100);
  }
}

function notReady(target: Target, found: string): UserError {
  return new UserError(
    `The embedded cluster "${target.name}" was not ready within ${readySeconds} s: ${found}`,
    [
      `Look into its logs: ${join(instanceFolder(target), "logs")}`,
      `Start over with: npx paw cluster down --name ${target.name} && npx paw cluster up --name ${target.name}`,
    ],
  );
}

async function writeKubeconfig(target: Target): Promise<void> {
  const written = readFileSync(join(instanceFolder(target), "kubeconfig.yaml"), "utf8");
  await writeFile(target.kubeconfig, kubeconfigFor(target.name, written), { mode: 0o600 });
}

async function kwokctl(target: Target, args: readonly string[]): Promise<void> {
  const result = await execa(target.toolchain.tools.kwokctl.path, [...args, "--name", target.name], {
    env: {
      KWOK_WORKDIR: workFolder(target),
      KWOK_KUBECTL_BINARY: target.toolchain.tools.kubectl.path,
      // kwokctl would add its context to the user's own kubeconfig otherwise.
      KUBECONFIG: join(workFolder(target), "unused-kubeconfig"),
    },
    all: true,
    reject: false,
  });
  if (result.exitCode !== 0) throw notReady(target, result.all.split("\n").slice(-5).join("\n"));
}
