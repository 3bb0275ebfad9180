/** Chaos Mesh, as far as a cluster without running pods can have it: its definitions, and a stand-in for its controller. */
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { execa } from "execa";

import type { Sandbox } from "./sandbox.ts";

/** The newest state of Chaos Mesh that is published as a Go module; its definitions of these four kinds are those of 2.8. */
const moduleVersion = "github.com/chaos-mesh/chaos-mesh@v0.9.1-0.20260902003049-47411975a8cb";
const kinds = ["podchaos", "networkchaos", "stresschaos", "iochaos"] as const;

/**
 * Folder with Chaos Mesh's own definitions: `PAW_CHAOS_CRDS`, or out of its Go module.
 *
 * @returns nothing where neither can be had.
 */
export async function definitions(): Promise<string | undefined> {
  const named = process.env.PAW_CHAOS_CRDS;
  if (named !== undefined) return named;
  const found = await execa("go", ["mod", "download", "-json", moduleVersion], {
    reject: false,
    cwd: tmpdir(),
  });
  if (found.exitCode !== 0) return undefined;
  const { Dir: folder } = JSON.parse(found.stdout) as { Dir: string };
  const bases = join(folder, "config", "crd", "bases");
  return existsSync(bases) ? bases : undefined;
}

/** Lets a cluster know the four kinds. */
export async function install(sandbox: Sandbox, folder: string): Promise<void> {
  const files = kinds.map((kind) => join(folder, `chaos-mesh.org_${kind}.yaml`));
  await sandbox.ok("kubectl", ["create", ...files.flatMap((file) => ["-f", file])]);
  const names = kinds.map((kind) => `crd/${kind}.chaos-mesh.org`);
  await sandbox.ok("kubectl", ["wait", "--for=condition=Established", "--timeout=30s", ...names]);
}

/** Names of all objects of the four kinds, in all namespaces. */
export async function objects(sandbox: Sandbox): Promise<string[]> {
  const { stdout } = await sandbox.ok("kubectl", ["get", kinds.join(","), "-A", "-o", "name"]);
  return stdout.split("\n").filter((line) => line !== "");
}

interface StoredChaos {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly finalizers?: string[];
    readonly deletionTimestamp?: string;
  };
}

/**
 * Does to objects what Chaos Mesh's controller does, and nothing to pods: it puts its finalizer on, says that all is
 * injected, and lets an object that is deleted go after a while.
 */
export class PlayedController {
  /** Names of objects in the order in which they were let go. */
  readonly released: string[] = [];
  /** Milliseconds for which a deleted object is held. */
  holds = 3000;
  private readonly sandbox: Sandbox;
  private stopped = false;
  private running: Promise<void> = Promise.resolve();
  private readonly deletedSince = new Map<string, number>();

  constructor(sandbox: Sandbox) {
    this.sandbox = sandbox;
  }

  start(): this {
    this.stopped = false;
    this.running = this.play();
    return this;
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.running;
  }

  private async play(): Promise<void> {
    while (!this.stopped) {
      const { items } = await this.sandbox.stored<{ items: StoredChaos[] }>(kinds.join(","), "-A");
      for (const each of items) await this.handle(each);
      await new Promise((resolve) => setTimeout(resolve, 700));
    }
  }

  private async handle({ kind, metadata }: StoredChaos): Promise<void> {
    const { name, namespace, finalizers = [], deletionTimestamp } = metadata;
    // What was deleted in between cannot be patched, and is looked at no more.
    const patch = async (content: object): Promise<boolean> => {
      const args = ["patch", kind.toLowerCase(), name, "-n", namespace, "--type=merge"];
      return (await this.sandbox.run("kubectl", [...args, "-p", JSON.stringify(content)])).exitCode === 0;
    };
    if (deletionTimestamp === undefined && finalizers.length === 0) {
      await patch({
        metadata: { finalizers: ["chaos-mesh/records"] },
        status: {
          experiment: { desiredPhase: "Run" },
          conditions: [{ type: "AllInjected", status: "True" }],
        },
      });
    }
    if (deletionTimestamp === undefined || finalizers.length === 0) return;
    const since = this.deletedSince.get(name) ?? Date.now();
    this.deletedSince.set(name, since);
    if (Date.now() - since < this.holds) return;
    if (await patch({ metadata: { finalizers: [] } })) this.released.push(name);
  }
}
