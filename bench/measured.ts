/** One command, timed as a whole, with the memory of everything it starts. */
import { spawn } from "node:child_process";
import { existsSync, readFileSync, readdirSync } from "node:fs";

export interface Sample {
  readonly seconds: number;
  /** Most that the command and its children held at one time, as far as looks every {@link interval} saw; Linux alone. */
  readonly megabytes: number | undefined;
  /** Both streams. */
  readonly output: string;
}

export interface Place {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Whether a command that fails is measured all the same. */
  readonly mayFail?: boolean;
}

/** Milliseconds between two looks at the memory. */
const interval = 200;

/**
 * Runs a command and measures it.
 *
 * @throws Error with all it printed when it fails.
 */
export async function measured(
  [command = "", ...args]: readonly string[],
  { cwd, env, mayFail = false }: Place,
): Promise<Sample> {
  const begun = performance.now();
  const child = spawn(command, args, {
    ...{ cwd, detached: true, stdio: ["ignore", "pipe", "pipe"] },
    env: { ...process.env, ...env },
  });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk: Buffer) => {
      output += chunk.toString();
    });
  }
  let most = 0;
  const timer = setInterval(() => {
    most = Math.max(most, memoryOf(child.pid ?? 0));
  }, interval);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  }).finally(() => {
    clearInterval(timer);
  });
  const seconds = (performance.now() - begun) / 1000;
  if (code !== 0 && !mayFail)
    throw new Error(`${[command, ...args].join(" ")} exited with ${code ?? "a signal"}:\n${output}`);
  return { seconds, megabytes: most === 0 ? undefined : most, output };
}

/** Resident memory of a process group, in megabytes; pages that processes share are counted for each. */
function memoryOf(group: number): number {
  if (!existsSync("/proc/self/stat")) return 0;
  const pages = readdirSync("/proc").map((name) => {
    if (!/^\d+$/.test(name)) return 0;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, "utf8");
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
      // Fields 5 and 24 of proc(5): the process group, and the resident pages.
      return Number(fields[2]) === group ? Number(fields[21]) : 0;
    } catch {
      return 0; // it ended meanwhile
    }
  });
  return (pages.reduce((sum, each) => sum + each, 0) * 4096) / 1e6;
}

/** Several runs of the same. */
export interface Figures {
  readonly runs: number;
  /** Seconds. */
  readonly median: number;
  readonly least: number;
  readonly most: number;
  /** The most of all runs. */
  readonly megabytes: number | undefined;
}

export function figuresOf(samples: readonly Sample[]): Figures {
  const seconds = samples.map((each) => each.seconds).toSorted((a, b) => a - b);
  const memory = samples.flatMap(({ megabytes }) => megabytes ?? []);
  return {
    runs: samples.length,
    median: medianOf(seconds),
    least: seconds[0] ?? NaN,
    most: seconds.at(-1) ?? NaN,
    megabytes: memory.length === 0 ? undefined : Math.max(...memory),
  };
}

export function medianOf(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? NaN) + upper) / 2;
}

/** Runs two commands in turn, so that both meet the same machine; the second is `b` divided by `a`, pair by pair. */
export async function inTurn(
  runs: number,
  a: () => Promise<Sample>,
  b: () => Promise<Sample>,
): Promise<{ readonly a: Figures; readonly b: Figures; readonly ratio: number }> {
  const pairs: [Sample, Sample][] = [];
  for (let run = 0; run < runs; run += 1) pairs.push([await a(), await b()]);
  return {
    a: figuresOf(pairs.map(([first]) => first)),
    b: figuresOf(pairs.map(([, second]) => second)),
    ratio: medianOf(pairs.map(([first, second]) => second.seconds / first.seconds)),
  };
}
