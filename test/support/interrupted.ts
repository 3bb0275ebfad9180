/** `paw up` that something happens to while it runs. */
import { spawn } from "node:child_process";

export interface Interruption {
  /** A text of the run's output at which it happens. */
  readonly sign: string;
  /** What happens; it gets the process group of the run. */
  readonly happens: (group: number) => unknown;
}

/** Ends a run and all that it started, as a machine that loses power does. */
export function killGroup(group: number): void {
  process.kill(group, "SIGKILL");
}

/** Runs `paw up` in a folder, lets the thing happen once, and returns how the run ended. */
export async function upInterrupted(
  folder: string,
  { sign, happens }: Interruption,
): Promise<{ readonly exitCode: number | null; readonly output: string; readonly happened: boolean }> {
  const child = spawn(process.execPath, ["ops/bin/paw.js", "up"], {
    cwd: folder,
    detached: true,
    stdio: ["ignore", "ignore", "pipe"],
  });
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
  let output = "";
  let happened = false;
  child.stderr.on("data", (chunk: Buffer) => {
    output += chunk.toString();
    if (happened || child.pid === undefined || !output.includes(sign)) return;
    happened = true;
    happens(-child.pid);
  });
  return { exitCode: await ended, output, happened };
}
