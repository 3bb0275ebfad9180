/** Running Go: an environment in which nothing but the pins decides, and an end to all its children at Ctrl-C. */
import { execa } from "execa";

import type { Reachability } from "../../../components/reachability.ts";

export interface GoOptions {
  readonly signal?: AbortSignal | undefined;
  readonly reachability: Reachability;
  /** Folder for what Go makes on the way; Go leaves it behind when it is interrupted. */
  readonly scratch: string;
}

/**
 * Runs `go` in a folder.
 *
 * @throws Error with the end of Go's own output when it fails; the signal's reason when that is aborted.
 */
export async function go(cwd: string, args: readonly string[], options: GoOptions): Promise<string> {
  const { signal } = options;
  const silence = await proxySilence(options.reachability);
  const env = environment(options.scratch, silence === undefined ? {} : { GOPROXY: "off" });
  signal?.throwIfAborted();
  // Go's compilers and linkers are processes of their own, and outlive a Go that is killed. In a process group of
  // their own they can be ended together.
  const grouped = process.platform !== "win32";
  const child = execa("go", args, { cwd, env, reject: false, detached: grouped });
  const stop = (): void => {
    if (child.pid === undefined) return;
    try {
      process.kill(grouped ? -child.pid : child.pid, "SIGKILL");
    } catch {
      // all gone already
    }
  };
  signal?.addEventListener("abort", stop, { once: true });
  const result = await child;
  signal?.removeEventListener("abort", stop);
  signal?.throwIfAborted();
  if (result.exitCode === 0) return result.stdout;
  const lines = [...new Set(result.stderr.split("\n"))].slice(-4).join(" | ");
  const why = silence === undefined ? "" : ` (Go was kept off its module proxy, since ${silence})`;
  throw new Error(`go ${args[0] ?? ""} failed: ${lines}${why}`);
}

/** @throws Error when there is no Go, or none that works. */
export async function requireGo(): Promise<void> {
  const version = await execa("go", ["version"], { reject: false });
  if (version.exitCode === undefined) throw new Error("there is no Go on PATH");
  if (version.exitCode !== 0) throw new Error(`"go version" fails: ${version.stderr}`);
}

function environment(scratch: string, more: Record<string, string>): Record<string, string> {
  return {
    GOTMPDIR: scratch,
    CGO_ENABLED: "0",
    // go.sum pins every module, so nothing has to be looked up, and nothing else may be taken. The cache may lie in
    // somebody's repository, whose state must not get into the tools.
    GOFLAGS: "-mod=readonly -buildvcs=false",
    GOWORK: "off",
    // The tools are for this machine, whatever else its user builds.
    GOOS: "",
    GOARCH: "",
    ...more,
  };
}

/**
 * Why the module proxy cannot be reached; nothing when it can. Go would wait half a minute for it, for each tool; with
 * the proxy "off" it takes the modules that are on this machine, or says at once which one is missing. Left to Go
 * wherever it has another way: a web proxy, several module proxies, or none.
 */
async function proxySilence(reachability: Reachability): Promise<string | undefined> {
  if ((process.env.https_proxy ?? process.env.HTTPS_PROXY ?? "") !== "") return undefined;
  const { stdout } = await execa("go", ["env", "GOPROXY"], { reject: false });
  const [first = "", ...others] = stdout.trim().split(",");
  const alone = others.every((other) => other === "direct" || other === "off");
  if (!alone || !/^https?:\/\/[^|]+$/.test(first)) return undefined;
  return reachability.connects(first);
}
