/** A k3s server on this machine, and agents on others that join it. Needs root and Linux, as k3s does. */
import { spawn } from "node:child_process";
import { existsSync, openSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { execa } from "execa";

import { UserError } from "../errors.ts";
import { endProcesses, findProcesses } from "../processes.ts";
import { localContext } from "../project.ts";
import { isReady } from "./ready.ts";
import { requireTools } from "./tools.ts";
import type { Driver, Target } from "./types.ts";

const readySeconds = 120;

export const k3s: Driver = {
  async require() {
    await requireTools("A k3s server", ["k3s", "kubectl"]);
    requireRoot("A k3s server");
  },

  async up(target, report) {
    if (await k3s.isRunning(target)) return;
    await endServer(target);
    report("starting the k3s server");
    const written = join(target.folder, "k3s.yaml");
    startDetached(join(target.folder, "k3s.log"), [
      ...["server", "--data-dir", dataFolder(target)],
      ...["--write-kubeconfig", written, "--write-kubeconfig-mode", "0600"],
    ]);
    await waitFor(target, written);
    report(`other machines join with the token file ${join(dataFolder(target), "server", "node-token")}`);
  },

  stop: endServer,
  down: endServer,

  async isRunning(target) {
    if (!existsSync(target.kubeconfig)) return false;
    return isReady("kubectl", target.kubeconfig);
  },
};

function endServer(target: Target): Promise<void> {
  return endProcesses(() => findProcesses(dataFolder(target)), 20_000);
}

/**
 * Joins this machine to a k3s server as an agent, in the foreground.
 *
 * @param request server's URL and a file that holds its token; a file, because arguments can be read by everyone.
 */
export async function joinK3s(request: {
  readonly server: string;
  readonly tokenFile: string;
}): Promise<void> {
  if (!/^https:\/\/[^/\s]+:\d+$/.test(request.server)) {
    throw new UserError(`"${request.server}" is not a k3s server's address`, [
      "Give it as https://HOST:6443",
    ]);
  }
  if (!existsSync(request.tokenFile)) {
    throw new UserError(`There is no token file ${request.tokenFile}`, [
      "Copy it from the server: its path was printed by: paw cluster up --kind k3s",
    ]);
  }
  await requireTools("A k3s agent", ["k3s"]);
  requireRoot("A k3s agent");
  await execa("k3s", ["agent", "--server", request.server, "--token-file", request.tokenFile], {
    stdio: "inherit",
  });
}

function requireRoot(purpose: string): void {
  if (process.getuid?.() === 0) return;
  throw new UserError(
    `${purpose} needs root on Linux; this is user ${process.getuid?.() ?? "unknown"} on ${process.platform}.`,
    ["Run it with sudo, or use the embedded cluster, which needs neither: npx paw cluster up"],
  );
}

function startDetached(logFile: string, args: readonly string[]): void {
  const log = openSync(logFile, "a", 0o600);
  spawn("k3s", args, { detached: true, stdio: ["ignore", log, log] }).unref();
}

async function waitFor(target: Target, written: string): Promise<void> {
  const deadline = Date.now() + readySeconds * 1000;
  while (Date.now() < deadline) {
    if (existsSync(written)) {
      // k3s calls everything "default"; no other word of its kubeconfig ends a line that way.
      const kubeconfig = (await readFile(written, "utf8")).replaceAll(/: default$/gm, `: ${localContext}`);
      await writeFile(target.kubeconfig, kubeconfig, { mode: 0o600 });
      if (await k3s.isRunning(target)) return;
    }
    await sleep(500);
  }
  throw new UserError(`The k3s server was not ready within ${readySeconds} s.`, [
    `Look into its log: ${join(target.folder, "k3s.log")}`,
  ]);
}

const dataFolder = (target: Target): string => join(target.folder, "k3s-data");
