/** The `local` stack through Pulumi's Automation API, made safe to run after any interruption. */
import { existsSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";

import type { KubeConfig } from "@kubernetes/client-node";
import { CommandError, LocalWorkspace, type OpMap, type Stack } from "@pulumi/pulumi/automation/index.js";
import { ExecaError, execa } from "execa";

import { bindingType } from "../../components/names.ts";
import { stateFileOf, stateFolder } from "./environment.ts";
import { wakeDefinitions } from "./definitions.ts";
import { UserError } from "./errors.ts";
import { endOrphanedPlugins, findProcesses } from "./processes.ts";
import { type StackName, pawFolder, projectRoot, stackNames } from "./project.ts";
import { temporaryFolder, withScratch } from "./scratch.ts";
import { settlePendingOperations } from "./unrecorded.ts";

type Write = (text: string) => void;

/** Opens the stack and clears what an interrupted run may have left. The environment must be in `process.env`. */
export async function openStack(stackName: string, report: Write): Promise<Stack> {
  const stack = await LocalWorkspace.selectStack({ stackName, workDir: projectRoot });
  await recover(stack, report);
  return stack;
}

/** Brings the state of a stack whose last run was killed in line with the cluster, which has to answer. */
export async function settle(stack: Stack, kubeconfig: KubeConfig, report: Write): Promise<void> {
  const woken = await wakeDefinitions(kubeconfig);
  if (woken.length > 0)
    report(`woke ${woken.length} definition(s) that an API server's end had caught half made`);
  const { recorded, forgotten, releases } = await settlePendingOperations(stack, kubeconfig);
  if (recorded > 0) report(`recorded ${recorded} object(s) that an interrupted run had made`);
  if (forgotten > 0)
    report(`forgot ${forgotten} operation(s) that an interrupted run had not finished; they are done again`);
  if (releases > 0)
    report(
      `forgot ${releases} Helm release(s) that an interrupted run had not finished; they are installed again`,
    );
}

/** Folder of a policy pack, and file of its configuration. */
export interface Policies {
  readonly policyPack: string;
  readonly policyPackConfig: string;
}

/** Is there while the state is not what the cluster holds: from the start of a {@link deploy} until its state is written. */
const unwritten = join(pawFolder, "local.unwritten");

/** Whether the last {@link deploy} was killed, so that the state knows nothing of what it did. */
export function deployWasKilled(): boolean {
  return existsSync(unwritten);
}

export interface DeployOptions {
  readonly policies: Policies;
  readonly write: Write;
  /** Arguments that choose some of the stack's resources. */
  readonly targets?: readonly string[];
  /** Where the program is: this checkout by default. */
  readonly folder?: string;
  /** Whether the cluster is read first, so that what was changed there is put back. */
  readonly refresh?: boolean;
}

/**
 * Deploys, and says how many resources changed in which way.
 *
 * The state is written once, at the end: written whole before and after each resource, it took four fifths of a first run
 * (docs/adr/0020-written-once.md). After a run that was killed, what the state knows is read from the cluster first; what
 * it does not know is taken over as it is made again.
 */
export async function deploy(stack: Stack, options: DeployOptions): Promise<OpMap> {
  const { targets = [], folder = projectRoot } = options;
  const { policyPack, policyPackConfig } = options.policies;
  const refresh = options.refresh === true || deployWasKilled();
  writeFileSync(unwritten, "");
  try {
    const judged = ["--policy-pack", policyPack, "--policy-pack-config", policyPackConfig];
    await run(stack, {
      args: ["up", ...judged, ...targets, ...(refresh ? ["--refresh"] : [])],
      folder,
      env: { PULUMI_SKIP_CHECKPOINTS: "true" },
      write: options.write,
    });
  } finally {
    rmSync(unwritten);
  }
  return (await stack.info())?.resourceChanges ?? {};
}

/** Deletes everything in the stack. */
export async function remove(stack: Stack, write: Write): Promise<void> {
  await run(stack, { args: ["destroy"], folder: projectRoot, env: {}, write });
}

interface Run {
  /** The verb, and what it takes beside the stack. */
  readonly args: readonly string[];
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  readonly write: Write;
}

/** Not by the Automation API, which asks for the stack's outputs twice afterwards: a second that nobody needs. */
async function run(stack: Stack, { args: [verb = "", ...args], folder, env, write }: Run): Promise<void> {
  const asked = ["--stack", stack.name, "--yes", "--skip-preview", "--suppress-outputs", "--non-interactive"];
  await withScratch(verb, async (scratch) => {
    const running = execa("pulumi", [verb, ...asked, ...args], {
      cwd: folder,
      env: { ...env, ...temporaryFolder(scratch) },
      all: true,
      buffer: false,
    });
    running.all.on("data", (chunk: Buffer) => {
      write(chunk.toString());
    });
    await reported(verb, () => running);
  });
}

/**
 * Makes local stacks forget a cluster that is about to be removed: what they remember is gone with it, and the next
 * `up` would refuse its successor.
 */
export async function forgetCluster(uid: string, report: Write): Promise<void> {
  for (const stackName of stackNames) {
    if (recordedUid(stackName) !== uid) continue;
    const args = ["stack", "rm", stackName, "--force", "--preserve-config", "--yes", "--non-interactive"];
    await execa("pulumi", args, { cwd: projectRoot });
    report(`the stack "${stackName}" forgot what it had on this cluster`);
  }
}

/** UID of the cluster that a stack in the local backend is tied to; see the component `Cluster`. */
function recordedUid(stackName: StackName): string | undefined {
  const file = stateFileOf(stackName);
  if (file === undefined) return undefined;
  const bytes = readFileSync(file);
  const state = JSON.parse((file.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString()) as {
    checkpoint?: { latest?: { resources?: { type: string; outputs?: { uid?: string } }[] } };
  };
  const binding = state.checkpoint?.latest?.resources?.find((resource) => resource.type === bindingType);
  return binding?.outputs?.uid;
}

/** A failed pulumi has told its reason on the way; it is not told again. */
async function reported<T>(verb: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof CommandError || error instanceof ExecaError)) throw error;
    throw new UserError(`pulumi ${verb} did not succeed; its own words are above.`, [
      "What was done before is recorded: run the same command again once the cause is mended.",
    ]);
  }
}

/** Clears stale locks and plugin processes without a parent. */
async function recover(stack: Stack, report: Write): Promise<void> {
  const holders = lockHolders(stack.name);
  const alive = holders.find((holder) => holder.alive);
  if (alive) {
    throw new UserError(
      `Another pulumi, process ${alive.pid} on ${alive.host}, is working on the stack "${stack.name}".`,
      [
        "Wait for it to end, or stop it with Ctrl-C where it runs.",
        `If it is surely gone: npx paw env, then: pulumi cancel --stack ${stack.name}`,
      ],
    );
  }
  const orphans = await endOrphanedPlugins(`PULUMI_BACKEND_URL=${process.env.PULUMI_BACKEND_URL ?? ""}`);
  if (orphans > 0) report(`ended ${orphans} process(es) that an interrupted run had left`);
  if (holders.length > 0) {
    await stack.cancel();
    report("removed the lock of an interrupted run");
  }
}

interface LockHolder {
  readonly pid: number;
  readonly host: string;
  readonly alive: boolean;
}

/** Who holds Pulumi's own lock of the stack, as its lock files say; a file that cannot be read counts as stale. */
function lockHolders(stackName: string): LockHolder[] {
  const folder = join(stateFolder, ".pulumi", "locks", "organization", "paw", stackName);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => {
      const { pid, hostname: host } = readLock(join(folder, file));
      const isPulumi = findProcesses("pulumi").some((candidate) => candidate.pid === pid);
      return { pid, host, alive: host === hostname() && isPulumi };
    });
}

function readLock(file: string): { pid: number; hostname: string } {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as { pid: number; hostname: string };
  } catch {
    return { pid: -1, hostname: "" };
  }
}
