/** What most commands need first: the toolchain, and the environment in this process. */
import { join } from "node:path";

import { KubeConfig } from "@kubernetes/client-node";

import { defaultCluster } from "../cluster/index.ts";
import { ensureStacks, environmentFor } from "../environment.ts";
import { withLock } from "../lock.ts";
import { Progress } from "../progress.ts";
import { localContext, pawFolder } from "../project.ts";
import { type Toolchain, ensureToolchain, plainReporter } from "../toolchain/index.ts";

export interface Session {
  readonly progress: Progress;
  readonly toolchain: Toolchain;
}

/** Finds or makes the toolchain, with progress on stderr. */
export async function openSession(): Promise<Session> {
  const progress = new Progress();
  const toolchain = await ensureToolchain({ report: plainReporter(process.stderr) });
  return { progress, toolchain };
}

/** Puts the stack environment into this process, for Pulumi's Automation API, and makes sure that the stacks exist. */
export async function enterEnvironment(
  { toolchain }: Session,
  cluster = defaultCluster,
): Promise<Record<string, string>> {
  const environment = environmentFor(toolchain, cluster);
  Object.assign(process.env, environment);
  await ensureStacks(environment);
  return environment;
}

/** The local cluster, as {@link enterEnvironment} has made it known. */
export function localCluster(): KubeConfig {
  const kubeconfig = new KubeConfig();
  kubeconfig.loadFromDefault();
  kubeconfig.setCurrentContext(localContext);
  return kubeconfig;
}

/** Runs work that nobody else may do on the `local` stack at the same time; says whom it waits for. */
export function withLocalStack<T>(progress: Progress, work: () => Promise<T>): Promise<T> {
  const onWait = (holder: { pid: number }): void => {
    progress.note(`waiting: process ${holder.pid} is working on the local stack`);
  };
  return withLock(join(pawFolder, "locks", "stack-local"), { onWait }, work);
}
