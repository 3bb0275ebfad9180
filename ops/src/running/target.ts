/** The running system that a verb looks at or works on: a stack's cluster, and what its stack file says. */
import { CoreV1Api, type KubeConfig } from "@kubernetes/client-node";

import { embeddedMarker } from "../../../components/names.ts";
import type { PawConfig } from "../../../config.ts";
import { UserError, firstLine } from "../errors.ts";
import type { StackName } from "../project.ts";
import { readStack } from "../stackFile.ts";
import { readKubeconfig } from "./kubeconfig.ts";

/** What every verb on a running system takes. */
export interface TargetOptions {
  readonly stack: StackName;
  /** Context of the kubeconfig; that of the stack file by default. */
  readonly context?: string;
}

export interface Target {
  readonly stack: StackName;
  /** What the stack file says. */
  readonly config: PawConfig;
  /** Points at the context. */
  readonly kubeconfig: KubeConfig;
  readonly context: string;
  /** True where kwok simulates pods: what is seen there is simulated, not proven. */
  readonly embedded: boolean;
}

/**
 * Opens the cluster of a stack.
 *
 * @throws UserError when there is no kubeconfig or no such context, or nothing answers there.
 */
export async function openTarget({ stack, context: asked }: TargetOptions): Promise<Target> {
  const config = readStack(stack);
  const context = asked ?? config.cluster.context;
  const kubeconfig = readKubeconfig(stack);
  const known = kubeconfig.getContexts().map(({ name }) => name);
  if (!known.includes(context)) {
    const found = known.length === 0 ? "none" : known.join(", ");
    throw new UserError(`the kubeconfig has no context "${context}"; it has: ${found}`, [
      stack === "local"
        ? "npx paw up starts the local cluster"
        : "name one with --context, or set KUBECONFIG",
    ]);
  }
  kubeconfig.setCurrentContext(context);
  return { stack, config, kubeconfig, context, embedded: await isEmbedded(kubeconfig, context) };
}

async function isEmbedded(kubeconfig: KubeConfig, context: string): Promise<boolean> {
  try {
    const { items } = await kubeconfig.makeApiClient(CoreV1Api).listNamespacedConfigMap({
      namespace: "kube-system",
      fieldSelector: `metadata.name=${embeddedMarker}`,
    });
    return items.length > 0;
  } catch (error) {
    throw new UserError(`the cluster of context "${context}" does not answer: ${firstLine(error)}`, [
      "look with: kubectl get --raw /readyz; npx paw doctor says what else is missing",
    ]);
  }
}
