/** The processes that a live node is known by on the host, and the way into its namespaces. */
import { spawn } from "node:child_process";
import { mkdirSync, openSync, readFileSync } from "node:fs";
import { type Server, createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { UserError } from "../../errors.ts";
import { type ProcessInfo, endProcesses, findProcesses } from "../../processes.ts";
import type { Target } from "../types.ts";
import { groupOf, removeGroups } from "./cgroups.ts";
import { nodeFolder } from "./prepare.ts";

const bootScript = fileURLToPath(new URL("boot.sh", import.meta.url));

/** What holds the namespaces: boot.sh, then the unshare that it becomes, and the first process inside. */
export function holdersOf({ folder }: Pick<Target, "folder">): ProcessInfo[] {
  return findProcesses(groupOf(folder));
}

/** Ends a node with everything inside its namespaces, and removes its cgroups; what was killed before, too. */
export async function endNode(target: Target): Promise<void> {
  await endProcesses(() => holdersOf(target), 1000);
  await removeGroups(groupOf(target.folder));
}

/**
 * Starts a node behind a port of the host's loopback.
 *
 * @param port the one it had; any free one where it had none.
 * @returns the port.
 */
export async function startNode(target: Target, port: number | undefined): Promise<number> {
  const server = await listen(target, port ?? 0);
  const address = server.address();
  mkdirSync(join(nodeFolder(target), "logs"), { recursive: true, mode: 0o700 });
  const log = openSync(join(nodeFolder(target), "logs", "boot.log"), "a", 0o600);
  const child = spawn("bash", [bootScript, target.folder, groupOf(target.folder)], {
    detached: true,
    cwd: "/",
    stdio: ["ignore", log, log, fileOf(server)],
  });
  child.unref();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === "object" ? (address?.port ?? 0) : 0;
}

/** Number of a server's open file, which a child can be given; Node has no other way to hand over a socket that listens. */
function fileOf(server: Server): number {
  const { _handle: handle } = server as unknown as { readonly _handle?: { readonly fd?: number } };
  if (handle?.fd === undefined || handle.fd < 0) throw new Error("a server of Node has no open file here");
  return handle.fd;
}

/** The command that runs another one in a node's namespaces. */
export function inside(
  target: Pick<Target, "folder">,
  command: string,
  ...args: readonly string[]
): [string, string[]] {
  const pid = firstInside(target);
  const spaces = ["--net", "--mount", "--pid", "--uts", "--ipc", "--cgroup"];
  return ["nsenter", ["--target", String(pid), ...spaces, "--", command, ...args]];
}

/** The first process inside: the child of the unshare. */
function firstInside(target: Pick<Target, "folder">): number {
  const all = holdersOf(target);
  const unshare = all.find(({ command }) => command.startsWith("unshare "));
  const children = readFileSync(`/proc/${unshare?.pid ?? 0}/task/${unshare?.pid ?? 0}/children`, "utf8");
  return Number(children.trim().split(" ")[0]);
}

function listen(target: Target, port: number): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => {
      reject(
        new UserError(
          `The live cluster "${target.name}" cannot start again on its port ${port}: ${error.message}`,
          [
            "End what listens there, or stop the cluster that has it meanwhile: npx paw cluster status",
            `Or start over without its data: npx paw cluster down --name ${target.name}`,
          ],
        ),
      );
    });
    server.listen(port, "127.0.0.1", () => {
      resolve(server);
    });
  });
}
