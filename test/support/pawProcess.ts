/** `paw` as a process that something happens to while it runs. */
import { spawn } from "node:child_process";

import type { Sandbox } from "./sandbox.ts";

export interface Ended {
  readonly exitCode: number | null;
  readonly stdout: string;
  /** What it reported while it ran. */
  readonly stderr: string;
  readonly happened: boolean;
}

/**
 * Runs `paw` in a sandbox, with its environment.
 *
 * @param when a text of its reports at which something happens, once.
 */
export async function pawUntil(
  sandbox: Sandbox,
  args: readonly string[],
  when: {
    readonly sign: string;
    readonly happens: (pid: number) => unknown;
    readonly env?: Readonly<Record<string, string>>;
  },
): Promise<Ended> {
  const child = spawn(process.execPath, ["ops/bin/paw.js", ...args], {
    cwd: sandbox.folder,
    env: { ...process.env, ...sandbox.variables, ...when.env, NO_COLOR: "1" },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  let [stdout, stderr, happened] = ["", "", false];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => {
    stderr += chunk.toString();
    if (happened || child.pid === undefined || !stderr.includes(when.sign)) return;
    happened = true;
    when.happens(child.pid);
  });
  const exitCode = await ended;
  return { exitCode, stdout, stderr, happened };
}
