/**
 * Runs a stored pod as processes of this machine: a stand-in for a kubelet, for pods whose cluster only simulates one.
 *
 * Every container gets a root of its own (a mount and a PID namespace, and chroot) with the volumes at the paths that the
 * manifest names, the manifest's user, and a read-only root where it says so. The network is this machine's: the caller
 * rewrites addresses, and nothing else is changed. What a kubelet does and this does not is an error, not a silence.
 */
import { chownSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";

import { type ResultPromise, execa } from "execa";

import { buildRoot, type ImageKind } from "./podRunner/roots.ts";
import { type Sources, fillVolume } from "./podRunner/volumes.ts";

/* eslint-disable @typescript-eslint/no-explicit-any -- manifests come from an API server as they are */

export interface PodPlan {
  readonly name: string;
  readonly namespace: string;
  /** A pod template's content: `metadata` and `spec`. */
  readonly template: any;
  /** Loopback address of the pod. */
  readonly address: string;
  /** What is inside an image, by the beginning of its name. */
  readonly images: Readonly<Record<string, ImageKind>>;
  readonly sources: Sources;
  /** DNS name to address. */
  readonly hosts: Readonly<Record<string, string>>;
  /** Folders of claims that other pods have as well, by the claim's name; others are the pod's own. */
  readonly claims?: Readonly<Record<string, string>>;
  /** Variables that a kubelet adds. */
  readonly environment?: Readonly<Record<string, string>>;
}

export interface InitOutcome {
  readonly name: string;
  readonly exitCode: number;
  readonly output: string;
}

/** Addresses are the one thing that is rewritten: all pods share this machine's network. */
export const atAddress =
  (address: string) =>
  (text: string): string =>
    text.replaceAll(/\b(0\.0\.0\.0|127\.0\.0\.1)\b/g, address);

interface Container {
  readonly child: ResultPromise;
  output: string;
  ended: boolean;
}

export class RunningPod {
  readonly plan: PodPlan;
  readonly inits: InitOutcome[] = [];
  private readonly folder: string;
  private readonly running = new Map<string, Container>();

  /** @param folder what the pod leaves lies here; claims survive the pod. */
  constructor(plan: PodPlan, folder: string) {
    this.plan = plan;
    this.folder = join(folder, plan.name);
  }

  /** Runs the init containers in order, then starts the containers; stops at the first that fails. */
  async start(): Promise<this> {
    const { spec } = this.plan.template;
    rmSync(join(this.folder, "volumes"), { recursive: true, force: true });
    this.inits.length = 0;
    for (const container of spec.initContainers ?? []) {
      const { exitCode = -1 } = await this.launch(container);
      this.inits.push({ name: container.name, exitCode, output: this.output(container.name) });
      this.running.delete(container.name);
      if (exitCode !== 0) return this;
    }
    for (const container of spec.containers) void this.launch(container);
    return this;
  }

  /** Everything that a container has printed. */
  output(container: string): string {
    return this.running.get(container)?.output ?? "";
  }

  /** Waits for a container's end: its exit code, or -1 where a signal ended it. */
  async end(container: string): Promise<number> {
    return (await this.running.get(container)?.child)?.exitCode ?? -1;
  }

  isRunning(container: string): boolean {
    return this.running.get(container)?.ended === false;
  }

  /** Ends all containers at once, as a lost machine would. */
  async kill(): Promise<void> {
    for (const { child } of this.running.values()) child.kill("SIGKILL");
    await Promise.all([...this.running.values()].map(({ child }) => child));
  }

  /** Asks all containers to stop, as a kubelet does, and ends them when they do not within the given seconds. */
  async stop(seconds = 30): Promise<void> {
    const ask = (): void => {
      for (const { child } of this.running.values()) signalInside(child.pid, "SIGTERM");
    };
    ask();
    // Asked once more, since what is only about to start does not listen yet.
    const asking = setInterval(ask, 1000);
    const ended = Promise.all([...this.running.values()].map(({ child }) => child));
    const late = new Promise<void>((resolve) => setTimeout(resolve, seconds * 1000).unref());
    await Promise.race([ended, late]);
    clearInterval(asking);
    await this.kill();
  }

  /** What a kubelet would learn from a probe: 200 to 399 passes. */
  async probe(container: string, probe: string): Promise<{ passed: boolean; status: number; body: string }> {
    const found = this.plan.template.spec.containers.find((each: any) => each.name === container);
    const { path, port } = found[probe].httpGet as { path: string; port: number | string };
    const number = typeof port === "number" ? port : portOf(this.plan.template.spec, port);
    try {
      const response = await fetch(`http://${this.plan.address}:${number}${path}`, {
        signal: AbortSignal.timeout((found[probe].timeoutSeconds ?? 1) * 1000),
      });
      return {
        passed: response.status >= 200 && response.status < 400,
        status: response.status,
        body: await response.text(),
      };
    } catch (error) {
      return { passed: false, status: 0, body: String(error) };
    }
  }

  /** Runs a command in a new root of the same container, and returns what it prints. */
  async look(container: string, command: readonly string[]): Promise<{ exitCode: number; output: string }> {
    const { spec } = this.plan.template;
    const found = [...(spec.initContainers ?? []), ...spec.containers].find(
      (each) => each.name === container,
    );
    const name = `${container}-look`;
    const { exitCode = -1 } = await this.launch({ ...found, name, command, args: [] });
    const output = this.output(name);
    this.running.delete(name);
    return { exitCode, output };
  }

  /** Folder of a claim's data on this machine. */
  claim(volume: string): string {
    return join(this.folder, "claims", volume);
  }

  private launch(container: any): ResultPromise {
    const { plan } = this;
    const rewrite = atAddress(plan.address);
    const environment = this.environmentOf(container, rewrite);
    const expand = (text: string): string =>
      text.replaceAll(/\$\((\w+)\)/g, (whole, name: string) => environment[name] ?? whole);
    const root = join(this.folder, "roots", container.name as string);
    const kind = imageKind(plan, container.image as string);
    const context = { ...plan.template.spec.securityContext, ...container.securityContext };
    const binds = (container.volumeMounts ?? []).map((mount: any) => this.bind(mount, expand));
    const program = [...(container.command ?? []), ...(container.args ?? [])].map((each: string) =>
      rewrite(expand(each)),
    );
    const script = buildRoot({
      root,
      kind,
      hosts: plan.hosts,
      binds,
      readOnly: context.readOnlyRootFilesystem === true,
    });
    // The first word ends the tree with this process, the second one with its own end.
    const wrapped = ["--pdeathsig", "KILL", "unshare", "--mount", "--pid", "--fork", "--kill-child"];
    const child = execa(
      "setpriv",
      [...wrapped, "sh", script, `${context.runAsUser}:${context.runAsGroup}`, ...program],
      { env: environment, extendEnv: false, reject: false, stdin: "ignore", all: true, buffer: false },
    );
    const entry = { child: child as unknown as ResultPromise, output: "", ended: false };
    child.all.on("data", (chunk: Buffer) => (entry.output += chunk.toString()));
    void child.then(() => (entry.ended = true));
    this.running.set(container.name as string, entry);
    return entry.child;
  }

  private environmentOf(container: any, rewrite: (text: string) => string): Record<string, string> {
    const { plan } = this;
    const fields: Record<string, string> = {
      "metadata.name": plan.name,
      "metadata.namespace": plan.namespace,
      "status.podIP": plan.address,
    };
    const environment: Record<string, string> = {
      PATH: "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin",
      ...plan.environment,
    };
    for (const { configMapRef, ...rest } of container.envFrom ?? []) {
      const data = plan.sources.configMaps[configMapRef?.name];
      if (data === undefined || Object.keys(rest as object).length > 0)
        throw new Error(`envFrom: cannot do ${JSON.stringify({ configMapRef, ...rest })}`);
      Object.assign(environment, data);
    }
    for (const { name, value, valueFrom, ...rest } of container.env ?? []) {
      if (Object.keys(rest as object).length > 0)
        throw new Error(`env ${name}: cannot do ${Object.keys(rest as object).join()}`);
      const from = valueFrom?.secretKeyRef ?? {};
      const found =
        valueFrom === undefined
          ? rewrite(
              (value as string).replaceAll(
                /\$\((\w+)\)/g,
                (whole, each: string) => environment[each] ?? whole,
              ),
            )
          : (fields[valueFrom.fieldRef?.fieldPath] ??
            plan.sources.secrets[from.name]?.[from.key]?.toString());
      if (found !== undefined) environment[name] = found;
      else if (from.optional !== true)
        throw new Error(`env ${name}: nothing for ${JSON.stringify(valueFrom)}`);
    }
    return environment;
  }

  /** Makes sure that a mount's volume is there, and says where it goes. */
  private bind(
    mount: any,
    expand: (text: string) => string,
  ): { from: string; to: string; readOnly: boolean } {
    const { plan } = this;
    const { name, mountPath, subPath, subPathExpr, readOnly, ...rest } = mount;
    if (Object.keys(rest as object).length > 0)
      throw new Error(`mount ${name}: cannot do ${Object.keys(rest as object).join()}`);
    const volume = plan.template.spec.volumes.find((each: any) => each.name === name) ?? {
      name,
      persistentVolumeClaim: { claimName: name },
    };
    const isClaim = volume.persistentVolumeClaim !== undefined;
    const shared = plan.claims?.[volume.persistentVolumeClaim?.claimName as string];
    const folder = isClaim
      ? (shared ?? this.claim(name as string))
      : join(this.folder, "volumes", name as string);
    const user = plan.template.spec.securityContext.fsGroup as number;
    fillVolume({ volume, folder, sources: plan.sources, rewrite: atAddress(plan.address), user });
    const inside = expand((subPathExpr ?? subPath ?? "") as string);
    const from = join(folder, inside);
    if (subPath !== undefined && volume.emptyDir !== undefined) {
      mkdirSync(from, { recursive: true });
      chownSync(from, user, user);
    }
    return { from, to: mountPath as string, readOnly: readOnly === true };
  }
}

function imageKind({ images }: PodPlan, image: string): ImageKind {
  const found = Object.entries(images).find(([prefix]) => image.startsWith(prefix));
  if (found === undefined) throw new Error(`nothing stands in for the image ${image}`);
  return found[1];
}

function portOf(spec: any, name: string): number {
  const ports = spec.containers.flatMap((each: any) => each.ports ?? []);
  return ports.find((each: any) => each.name === name).containerPort as number;
}

/** Signals the first process inside: what was started here only waits for it. */
function signalInside(pid: number | undefined, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim().split(" ");
    for (const child of children.filter((each) => each !== "")) process.kill(Number(child), signal);
  } catch {
    // It has ended.
  }
}
