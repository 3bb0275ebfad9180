/** Finding and ending processes that are known to be ours by their command line. */
import { readFileSync, readdirSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";

import { execaSync } from "execa";

export interface ProcessInfo {
  readonly pid: number;
  /** The whole command line. */
  readonly command: string;
}

/** All processes whose command line holds the text. `ps` may be missing in a slim container, so Linux reads /proc. */
export function findProcesses(text: string): ProcessInfo[] {
  const all = process.platform === "linux" ? fromProc() : fromPs();
  return all.filter((candidate) => candidate.pid !== process.pid && candidate.command.includes(text));
}

function fromProc(): ProcessInfo[] {
  // eslint-disable-next-line no-restricted-syntax -- on Linux alone
  return readdirSync("/proc")
    .filter((entry) => /^\d+$/.test(entry))
    .map((entry) => ({
      pid: Number(entry),
      command: readProc(Number(entry), "cmdline").replaceAll("\0", " ").trim(),
    }));
}

function fromPs(): ProcessInfo[] {
  return execaSync("ps", ["-axww", "-o", "pid=,command="])
    .stdout.split("\n")
    .map((line) => /^\s*(\d+)\s+(.*)$/.exec(line))
    .flatMap((match) => (match ? [{ pid: Number(match[1]), command: match[2] ?? "" }] : []));
}

/** Asks the processes to end, and ends those that have not after the given time (milliseconds). */
export async function endProcesses(find: () => readonly ProcessInfo[], patience = 2000): Promise<void> {
  const deadline = Date.now() + patience;
  signalAll(find(), "SIGTERM");
  while (find().length > 0 && Date.now() < deadline) await sleep(50);
  signalAll(find(), "SIGKILL");
  while (find().length > 0) await sleep(20);
}

function signalAll(processes: readonly ProcessInfo[], signal: NodeJS.Signals): void {
  for (const { pid } of processes) {
    try {
      process.kill(pid, signal);
    } catch {
      // gone already
    }
  }
}

/** Pulumi's own helpers: providers, language hosts, policy analyzers and the Node processes that run a program. */
const pluginCommand = /pulumi-(resource|language|analyzer)-|@pulumi\/pulumi\/cmd\/run/;

/**
 * Ends plugins of Pulumi that an interrupted run left: they live in process groups of their own, so they outlive a
 * killed `pulumi` by up to five minutes. Ours are those whose environment holds the given `NAME=value` and that no
 * living `pulumi` has started. Linux only; elsewhere they end by themselves after that time.
 *
 * @returns how many were ended.
 */
export async function endOrphanedPlugins(variable: string): Promise<number> {
  if (process.platform !== "linux") return 0;
  const find = (): ProcessInfo[] =>
    fromProc().filter(
      ({ pid, command }) =>
        pluginCommand.test(command) && environmentOf(pid).includes(variable) && !hasLivingPulumi(pid),
    );
  const orphans = find().length;
  await endProcesses(find, 3000);
  return orphans;
}

function environmentOf(pid: number): string[] {
  return readProc(pid, "environ").split("\0");
}

function hasLivingPulumi(pid: number): boolean {
  for (let ancestor = parentOf(pid); ancestor > 1; ancestor = parentOf(ancestor)) {
    if (/(^|\/)pulumi$/.test(readProc(ancestor, "cmdline").split("\0")[0] ?? "")) return true;
  }
  return false;
}

function parentOf(pid: number): number {
  // The command's name, in brackets, may hold spaces; the parent is the second field after it.
  const stat = readProc(pid, "stat");
  return Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1] ?? 0);
}

/** A file of a process; empty when the process has ended meanwhile. */
function readProc(pid: number, file: string): string {
  try {
    // eslint-disable-next-line no-restricted-syntax -- on Linux alone
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch {
    return "";
  }
}
