/** The simulator as a process of its own, on free ports of loopback. */
import { type ChildProcess, spawn } from "node:child_process";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

export const mainFile = fileURLToPath(new URL("../../../simulator/main.ts", import.meta.url));

const anyPort = Object.fromEntries(
  ["HTTP_PORT", "RPC_PORT", "WS_PORT", "P2P_PORT", "METRICS_PORT", "SIMULATOR_CONTROL_PORT"].map((name) => [
    name,
    "0",
  ]),
);

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
  /** Milliseconds from start to end. */
  readonly lived: number;
}

export class Simulator {
  /** Ports by name, as the start line tells them. */
  readonly ports: Readonly<Record<string, number>>;
  readonly ended: Promise<Ended>;
  readonly output: { stdout: string; stderr: string };
  private readonly child: ChildProcess;

  private constructor(child: ChildProcess, output: Simulator["output"], ended: Promise<Ended>) {
    this.child = child;
    this.output = output;
    this.ended = ended;
    const told = output.stdout.matchAll(/([\w-]+)=(\d+)/g);
    this.ports = Object.fromEntries([...told].map(([, name = "", port]) => [name, Number(port)]));
  }

  /** Starts it, and waits for the line that names its ports. */
  static async start(env: Readonly<Record<string, string>> = {}, file = mainFile): Promise<Simulator> {
    const { child, output, ended } = launch(env, file);
    const started = new Promise<void>((resolve) => {
      child.stdout?.on("data", () => {
        if (output.stdout.includes("\n")) resolve();
      });
    });
    const early = ended.then(({ stderr }) => Promise.reject(new Error(`it ended at once: ${stderr}`)));
    await Promise.race([started, early]);
    early.catch(() => undefined);
    return new Simulator(child, output, ended);
  }

  /** Runs it to its end, for starts that have to fail. */
  static run(env: Readonly<Record<string, string>>): Promise<Ended> {
    return launch(env, mainFile).ended;
  }

  url(port: string, path = "/", host = "127.0.0.1"): string {
    return `http://${host}:${this.portOf(port)}${path}`;
  }

  portOf(name: string): number {
    const port = this.ports[name];
    if (port === undefined) throw new Error(`no port ${name} in: ${this.output.stdout}`);
    return port;
  }

  async metrics(): Promise<string> {
    const response = await fetch(this.url("rust-metrics", "/metrics"));
    return response.text();
  }

  /** PUT to the control port. */
  put(path: string, content: unknown): Promise<Response> {
    return fetch(this.url("control", path), { method: "PUT", body: JSON.stringify(content) });
  }

  signal(name: NodeJS.Signals): void {
    this.child.kill(name);
  }

  async stop(): Promise<void> {
    this.child.kill("SIGKILL");
    await this.ended;
  }
}

function launch(
  env: Readonly<Record<string, string>>,
  file: string,
): { child: ChildProcess; output: { stdout: string; stderr: string }; ended: Promise<Ended> } {
  const begun = performance.now();
  // None of this process' environment: what a test means to say, it says.
  const child = spawn(process.execPath, [file], {
    env: { HOST: "127.0.0.1", ...anyPort, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (text) => (output.stdout += String(text)));
  child.stderr.on("data", (text) => (output.stderr += String(text)));
  const ended = new Promise<Ended>((resolve) => {
    child.once("close", (code) => {
      resolve({ code, ...output, lived: performance.now() - begun });
    });
  });
  return { child, output, ended };
}

/** Whether a TCP port takes a connection, and what it says first, if anything. */
export function knock(port: number, host = "127.0.0.1"): Promise<{ open: boolean; said: string }> {
  return new Promise((resolve) => {
    const socket = connect(port, host);
    const done = (open: boolean, said = ""): void => {
      socket.destroy();
      resolve({ open, said });
    };
    socket.once("error", () => {
      done(false);
    });
    socket.once("connect", () => {
      socket.once("data", (data) => {
        done(true, data.toString());
      });
      void sleep(200).then(() => {
        done(true);
      });
    });
  });
}

/** Prometheus' text: series, as it is written, to value. A line of another shape is an error. */
export function parseMetrics(text: string): ReadonlyMap<string, number> {
  const series = new Map<string, number>();
  for (const line of text.trimEnd().split("\n")) {
    if (/^# (HELP \w+ \S.*|TYPE \w+ (histogram|counter|gauge))$/.test(line)) continue;
    const [, name = "", value] = /^(\w+(?:\{\w+="[^"]*"\})?) (\S+)$/.exec(line) ?? [];
    if (value === undefined || value === "" || Number.isNaN(Number(value)))
      throw new Error(`not a sample: ${line}`);
    if (series.has(name)) throw new Error(`twice: ${name}`);
    series.set(name, Number(value));
  }
  return series;
}
