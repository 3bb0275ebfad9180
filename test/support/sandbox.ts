/** A fresh clone of this checkout as it is now, installed with `npm ci`, in which commands run as a stranger types them. */
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { execa } from "execa";

const checkout = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

export interface Outcome {
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams, in order. */
  readonly all: string;
  /** Seconds. */
  readonly seconds: number;
}

/** The namespaces and custom resource definitions of a cluster that nothing was deployed to. */
export const bareCluster = ["default", "kube-node-lease", "kube-public", "kube-system"].map(
  (name) => `namespace/${name}`,
);

/** What simulates pods has definitions of its own in the cluster. */
export const kwokDefinitions = ".kwok.x-k8s.io";

export class Sandbox {
  readonly folder: string;
  /** Variables that `npx paw env` printed; added to every command after {@link loadEnvironment}. */
  private environment: Record<string, string> = {};

  private static readonly all: Sandbox[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** Variables of {@link loadEnvironment}. */
  get variables(): Readonly<Record<string, string>> {
    return this.environment;
  }

  /** Clones, with uncommitted files, and installs. */
  static async create(): Promise<Sandbox> {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), "paw-e2e-")));
    const listed = await execa("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      cwd: checkout,
    });
    for (const file of listed.stdout
      .split("\0")
      .filter((name) => name !== "" && existsSync(join(checkout, name)))) {
      cpSync(join(checkout, file), join(folder, file));
    }
    const sandbox = new Sandbox(folder);
    Sandbox.all.push(sandbox);
    await sandbox.ok("git", ["init", "--quiet"]);
    await sandbox.ok("git", ["add", "--all"]);
    await sandbox.ok("git", [
      "-c",
      "user.name=test",
      "-c",
      "user.email=test@localhost",
      "commit",
      "--quiet",
      "-m",
      "as it is",
    ]);
    await sandbox.ok("npm", ["ci", "--prefer-offline", "--no-audit", "--no-fund"]);
    return sandbox;
  }

  /** Runs a command; never throws for a non-zero exit. */
  async run(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
    const begun = Date.now();
    const result = await execa(command, args, {
      cwd: this.folder,
      env: { ...this.environment, ...env },
      all: true,
      reject: false,
      stdin: "ignore",
    });
    return {
      exitCode: result.exitCode ?? -1,
      stdout: result.stdout,
      stderr: result.stderr,
      all: result.all,
      seconds: (Date.now() - begun) / 1000,
    };
  }

  /** Runs a command that has to succeed. */
  async ok(command: string, args: readonly string[], env: Record<string, string> = {}): Promise<Outcome> {
    const outcome = await this.run(command, args, env);
    if (outcome.exitCode !== 0) {
      throw new Error(`${command} ${args.join(" ")} exited with ${outcome.exitCode}:\n${outcome.all}`);
    }
    return outcome;
  }

  /** Evaluates what `npx paw env` prints, in bash as a user would, and keeps the result for later commands. */
  async loadEnvironment(): Promise<void> {
    const { stdout } = await this.ok("bash", ["-c", 'eval "$(npx paw env --shell bash)" && env -0']);
    const wanted = /^(PATH|KUBECONFIG|PAW_|PULUMI_|GOGC|NODE_COMPILE_CACHE)/;
    this.environment = Object.fromEntries(
      stdout
        .split("\0")
        .filter((line) => wanted.test(line))
        .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
    );
  }

  /** What the API server has stored, as JSON. */
  async stored<T>(...args: readonly string[]): Promise<T> {
    const { stdout } = await this.ok("kubectl", ["get", "-o", "json", ...args]);
    return JSON.parse(stdout) as T;
  }

  /** Gives the cluster an object, or a list of them. */
  async apply(object: object): Promise<void> {
    const env = { ...this.environment };
    await execa("kubectl", ["apply", "-f", "-"], { env, input: JSON.stringify(object) });
  }

  /** Names of the cluster's namespaces and custom resource definitions; see {@link bareCluster}. */
  async namespacesAndDefinitions(): Promise<string[]> {
    const { stdout } = await this.ok("kubectl", [
      ...["get", "namespaces,customresourcedefinitions", "-o", "name"],
    ]);
    return stdout
      .split("\n")
      .filter((line) => !line.endsWith(kwokDefinitions))
      .sort();
  }

  /** Changes a file for good; gives back what changes it back. */
  change(file: string, change: (text: string) => string): () => void {
    const path = join(this.folder, file);
    const before = readFileSync(path, "utf8");
    const after = change(before);
    if (after === before) throw new Error(`the change did not change ${file}`);
    writeFileSync(path, after);
    return () => {
      writeFileSync(path, before);
    };
  }

  /** Changes a file for the time of a piece of work. */
  async withChange<T>(file: string, change: (text: string) => string, work: () => Promise<T>): Promise<T> {
    const undo = this.change(file, change);
    try {
      return await work();
    } finally {
      undo();
    }
  }

  /** Lines of `git status`; empty when no tracked file changed and nothing new lies about. */
  async gitStatus(): Promise<string> {
    return (await this.ok("git", ["status", "--porcelain"])).stdout;
  }

  /** Removes this sandbox and its clusters' processes. */
  async dispose(): Promise<void> {
    Sandbox.all.splice(Sandbox.all.indexOf(this), 1);
    const listed = await this.run("npx", ["paw", "cluster", "status", "--json"]);
    const clusters = listed.exitCode === 0 ? (JSON.parse(listed.stdout) as { name: string }[]) : [];
    for (const { name } of clusters) await this.run("npx", ["paw", "cluster", "down", "--name", name]);
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  }

  /** Removes all sandboxes; also after a `create` that failed half way. */
  static async disposeAll(): Promise<void> {
    for (const sandbox of [...Sandbox.all]) await sandbox.dispose();
  }
}
