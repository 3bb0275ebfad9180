/** Programs that serve on loopback while a test runs. */
import { type ChildProcess, spawn } from "node:child_process";
import { rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";

export interface Daemon {
  /** Everything that it has printed. */
  readonly said: () => string;
  stop(): Promise<void>;
}

export interface DaemonPlan {
  /** For messages. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  /** Address that answers with success once it serves, or a question of one's own. */
  readonly ready: string | (() => Promise<boolean>);
  /** Seconds until it has to; 20 by default. */
  readonly within?: number;
  /** Where it runs; the test's own folder by default. */
  readonly cwd?: string;
  /** Its variables; the test's own by default. */
  readonly env?: NodeJS.ProcessEnv;
  /** What it works in; removed when it has stopped, or did not start. */
  readonly folder?: string;
}

/**
 * Starts a program, and ends when it answers.
 *
 * @throws Error with what it printed, when it ends or does not answer in time; it does not run then.
 */
export async function startDaemon(plan: DaemonPlan): Promise<Daemon> {
  const child = spawn(plan.command, plan.args, {
    stdio: ["ignore", "pipe", "pipe"],
    ...(plan.cwd === undefined ? {} : { cwd: plan.cwd }),
    ...(plan.env === undefined ? {} : { env: plan.env }),
  });
  let said = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => (said += chunk.toString()));
  }
  const stop = async (): Promise<void> => {
    await end(child);
    if (plan.folder !== undefined) rmSync(plan.folder, { recursive: true });
  };
  try {
    await answering(plan, child);
  } catch (error) {
    await stop();
    const reason = error instanceof Error ? error.message : String(error);
    throw new Error(`${plan.name} did not start: ${reason}\n${said}`, { cause: error });
  }
  return { said: () => said, stop };
}

async function answering({ ready, within = 20 }: DaemonPlan, child: ChildProcess): Promise<void> {
  const failures: Error[] = [];
  child.once("error", (error) => failures.push(error));
  child.once("exit", (code) => failures.push(new Error(`it ended with ${code ?? "a signal"}`)));
  for (const end = Date.now() + within * 1000; Date.now() < end;) {
    if (failures[0]) throw failures[0];
    if (await (typeof ready === "string" ? answersOk(ready) : ready())) return;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`no answer within ${within} seconds`);
}

async function answersOk(address: string): Promise<boolean> {
  return fetch(address).then(
    (response) => response.ok,
    () => false,
  );
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.kill();
  await ended;
}

/** A port of 127.0.0.1 that nobody uses. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => {
        resolve(port);
      });
    });
  });
}
